// Who one is, and who may do what.
import { levelOf } from "../access.mjs";
import { done, error, json, notFound } from "../replies.mjs";
import { ask } from "./emulated.mjs";

const REPO = "/repos/:owner/:repo";

/** A user as GitHub shows one inside other things. */
export function userOf(world, login) {
  const user = world.tables.users.findOneBy("login", login);
  if (!user) return null;
  const url = `${world.url}/users/${login}`;
  return {
    login, id: user.id, node_id: user.node_id, avatar_url: user.avatar_url, gravatar_id: "", url,
    html_url: `${world.url}/${login}`, followers_url: `${url}/followers`, following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`, starred_url: `${url}/starred{/owner}{/repo}`, subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`, repos_url: `${url}/repos`, events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`, type: user.type, site_admin: false,
  };
}

function me(context) {
  const { who } = context;
  if (!who) return error(401, "Requires authentication");
  return who.app ? error(403, "Resource not accessible by integration") : ask(context);
}

// Only a JSON web token signed by the app's key may ask who the app is; the bot has none.
const app = () => error(401, "A JSON web token could not be decoded");

async function showRepository(context) {
  const { world, repository } = context;
  const shown = await ask(context);
  const whole = { ...shown.json, network_count: 0, subscribers_count: 0 };
  const parent = repository.forked_from_id && world.tables.repos.get(repository.forked_from_id);
  if (!parent) return { ...shown, json: whole };
  const { json: above } = await ask(context, { path: `/repos/${parent.full_name}` });
  return { ...shown, json: { ...whole, parent: above, source: above } };
}

const ROLES = { admin: ["admin", "admin"], maintain: ["write", "maintain"], push: ["write", "write"], triage: ["read", "triage"], pull: ["read", "read"] };

function permission({ world, repository, params }) {
  const user = userOf(world, params.username);
  if (!user) return notFound();
  const level = levelOf(world, params.username, repository);
  const [known, role_name] = ROLES[level] ?? ["none", "none"];
  const permissions = Object.fromEntries(["pull", "triage", "push", "maintain", "admin"].map((name, i, all) => [name, i <= all.indexOf(level)]));
  return json(200, { permission: known, role_name, user: { ...user, permissions, role_name } });
}

function isCollaborator({ world, repository, params }) {
  return levelOf(world, params.username, { ...repository, private: true }) ? done() : notFound();
}

export const routes = [
  ["GET", "/user", me],
  ["GET", "/app", app],
  ["GET", REPO, showRepository],
  ["GET", `${REPO}/collaborators/:username`, isCollaborator],
  ["GET", `${REPO}/collaborators/:username/permission`, permission],
];

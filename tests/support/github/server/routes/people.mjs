// Who one is, and who may do what.
import { LEVELS, levelOf } from "../access.mjs";
import { done, error, json, notFound, page } from "../replies.mjs";
import { ask } from "./emulated.mjs";
import { settingsOf } from "./settings.mjs";

const REPO = "/repos/:owner/:repo";

/** A user as GitHub shows one inside other things. */
export function userOf(world, login) {
  const user = world.tables.users.findOneBy("login", login);
  if (!user) return null;
  const url = `${world.url}/users/${login}`;
  return {
    login,
    id: user.id,
    node_id: user.node_id,
    avatar_url: user.avatar_url,
    gravatar_id: "",
    url,
    html_url: `${world.url}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
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
  const { issues: has_issues } = settingsOf(world, repository);
  const whole = { ...shown.json, has_issues, network_count: 0, subscribers_count: 0 };
  const parent = repository.forked_from_id && world.tables.repos.get(repository.forked_from_id);
  if (!parent) return { ...shown, json: whole };
  const { json: above } = await ask(context, { path: `/repos/${parent.full_name}` });
  return { ...shown, json: { ...whole, parent: above, source: above } };
}

const ROLES = {
  admin: ["admin", "admin"],
  maintain: ["write", "maintain"],
  push: ["write", "write"],
  triage: ["read", "triage"],
  pull: ["read", "read"],
};

/** Somebody with what they may do in a repository. */
function collaborator(world, login, repository) {
  const level = levelOf(world, login, repository);
  const [permission, role_name] = ROLES[level] ?? ["none", "none"];
  const permissions = Object.fromEntries(
    LEVELS.map((name, i) => [name, i <= LEVELS.indexOf(level)]),
  );
  return { permission, role_name, user: { ...userOf(world, login), permissions, role_name } };
}

function permission({ world, repository, params }) {
  if (!userOf(world, params.username)) return notFound();
  return json(200, collaborator(world, params.username, repository));
}

function listCollaborators({ world, repository, request }) {
  const logins = world.tables.users.all().map(({ login }) => login);
  const inside = logins.filter((login) => levelOf(world, login, { ...repository, private: true }));
  return page(
    request,
    inside.map((login) => collaborator(world, login, repository).user),
  );
}

function isCollaborator({ world, repository, params }) {
  return levelOf(world, params.username, { ...repository, private: true }) ? done() : notFound();
}

export const routes = [
  ["GET", "/user", me],
  ["GET", "/app", app],
  ["GET", REPO, showRepository],
  ["GET", `${REPO}/collaborators`, listCollaborators],
  ["GET", `${REPO}/collaborators/:username`, isCollaborator],
  ["GET", `${REPO}/collaborators/:username/permission`, permission],
];

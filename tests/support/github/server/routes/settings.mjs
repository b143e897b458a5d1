// A repository's settings that a bot meets: whether Issues and Actions are on, and what Actions may.
import { levelOf } from "../access.mjs";
import { error, json } from "../replies.mjs";

const PLACE = "/repos/:owner/:repo/actions/permissions";
const USUAL = { issues: true, actions: true, pulls_by_actions: true };

/** The settings of a repository, as a test left them. */
export const settingsOf = (world, repository) => ({
  ...USUAL,
  ...world.settings.get(repository.full_name),
});

/** Change some of them. */
export const setSettings = (world, repository, changed) =>
  world.settings.set(repository.full_name, { ...settingsOf(world, repository), ...changed });

/** What GitHub says where Issues are off, or nothing. */
export const issuesOff = ({ world, repository }) =>
  settingsOf(world, repository).issues
    ? undefined
    : error(410, "Issues has been disabled in this repository.");

/** What GitHub says to the token of Actions that may not open pull requests, or nothing. */
export const pullsRefused = ({ world, repository, who }) =>
  who.login === "github-actions[bot]" && !settingsOf(world, repository).pulls_by_actions
    ? error(403, "GitHub Actions is not permitted to create or approve pull requests.")
    : undefined;

const forAdmins = (answer) => (context) =>
  levelOf(context.world, context.who?.login, context.repository) === "admin"
    ? json(200, answer(settingsOf(context.world, context.repository)))
    : error(403, "Resource not accessible by integration");

/** GitHub Pages, where a test switched it on and named the branch it shows. */
const pages = ({ world, repository }) => {
  const { pages_branch: branch } = settingsOf(world, repository);
  if (!branch) return error(404, "Not Found");
  const [owner, name] = repository.full_name.split("/");
  return json(200, {
    url: `${world.url}/repos/${repository.full_name}/pages`,
    status: "built",
    cname: null,
    custom_404: false,
    html_url: `https://${owner}.github.io/${name}/`,
    build_type: "legacy",
    source: { branch, path: "/" },
    public: true,
  });
};

export const routes = [
  ["GET", "/repos/:owner/:repo/pages", pages],
  ["GET", PLACE, forAdmins(({ actions }) => ({ enabled: actions, allowed_actions: "all" }))],
  [
    "GET",
    `${PLACE}/workflow`,
    forAdmins(({ pulls_by_actions }) => ({
      default_workflow_permissions: "read",
      can_approve_pull_request_reviews: pulls_by_actions,
    })),
  ],
];

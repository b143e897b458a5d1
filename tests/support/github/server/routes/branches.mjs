// Branches as GitHub lists them.
import { error, json, page } from "../replies.mjs";
import { describeCommit } from "./commits.mjs";

const REPO = "/repos/:owner/:repo";

function describeBranch(context, name, sha) {
  const api = `${context.world.url}/repos/${context.repository.full_name}`;
  const isProtected = context.world.branch(context.repository, name).protected;
  return { name, commit: { sha, url: `${api}/commits/${sha}` }, protected: isProtected };
}

function listBranches(context) {
  const branches = context.world.tables.branches.findBy("repo_id", context.repository.id);
  const byName = [...branches].sort((a, b) => (a.name < b.name ? -1 : 1));
  return page(
    context.request,
    byName.map(({ name, sha }) => describeBranch(context, name, sha)),
  );
}

function showBranch(context) {
  const { world, repository, params } = context;
  const branch = world.branch(repository, params.branch);
  if (!branch) return error(404, "Branch not found");
  const api = `${world.url}/repos/${repository.full_name}/branches/${params.branch}`;
  return json(200, {
    ...describeBranch(context, branch.name, branch.sha),
    commit: describeCommit(context, branch.sha),
    _links: { self: api, html: `${world.url}/${repository.full_name}/tree/${params.branch}` },
    protection: { enabled: branch.protected },
    protection_url: `${api}/protection`,
  });
}

export const routes = [
  ["GET", `${REPO}/branches`, listBranches],
  ["GET", `${REPO}/branches/*branch`, showBranch],
];

// Forks, and bringing them up to what they were forked from.
import { isAncestor, mustGit, resolveCommit } from "../git.mjs";
import { mirror } from "../mirror.mjs";
import { error, json } from "../replies.mjs";
import { bodyOf } from "./emulated.mjs";

const REPO = "/repos/:owner/:repo";

function mergeUpstream({ world, request, repository, folder }) {
  const { branch } = bodyOf(request);
  const parent = world.tables.repos.get(repository.forked_from_id ?? 0);
  if (!parent) return error(422, "This repository is not a fork");
  const theirs = resolveCommit(world.folderOf(parent), `refs/heads/${branch}`);
  const ours = world.branch(repository, branch)?.sha;
  if (!theirs || !ours) return error(422, "The branch does not exist here or upstream");
  mustGit(folder, ["fetch", "--quiet", world.folderOf(parent), theirs]);
  const base_branch = `${parent.full_name.split("/")[0]}:${branch}`;
  if (isAncestor(folder, theirs, ours)) {
    return json(200, { message: `This branch is not behind the upstream ${base_branch}.`, merge_type: "none", base_branch });
  }
  // GitHub would merge diverged histories that do not conflict; a rewritten upstream conflicts, which is the case that matters here.
  if (!isAncestor(folder, ours, theirs)) return error(409, "There are merge conflicts");
  mustGit(folder, ["update-ref", `refs/heads/${branch}`, theirs, ours]);
  mirror(world, repository);
  return json(200, { message: `Successfully fetched and fast-forwarded from upstream ${base_branch}.`, merge_type: "fast-forward", base_branch });
}

export const routes = [["POST", `${REPO}/merge-upstream`, mergeUpstream]];

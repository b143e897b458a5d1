// Updating a fork to what it was forked from.
import { commitTree, git, isAncestor, lines, mustGit, resolveCommit } from "../git.mjs";
import { mirror } from "../mirror.mjs";
import { error, json } from "../replies.mjs";
import { bodyOf } from "./emulated.mjs";

const REPO = "/repos/:owner/:repo";

function mergeUpstream({ world, request, repository, folder, who }) {
  const { branch } = bodyOf(request);
  const parent = world.tables.repos.get(repository.forked_from_id ?? 0);
  if (!parent) return error(422, "This repository is not a fork");
  const theirs = resolveCommit(world.folderOf(parent), `refs/heads/${branch}`);
  const ours = world.branch(repository, branch)?.sha;
  if (!theirs || !ours) return error(422, "The branch does not exist here or upstream");
  mustGit(folder, ["fetch", "--quiet", world.folderOf(parent), theirs]);
  const base_branch = `${parent.full_name.split("/")[0]}:${branch}`;
  if (isAncestor(folder, theirs, ours)) {
    return json(200, {
      message: `This branch is not behind the upstream ${base_branch}.`,
      merge_type: "none",
      base_branch,
    });
  }
  const fastForward = isAncestor(folder, ours, theirs);
  const tip = fastForward
    ? theirs
    : mergeCommit(folder, { ours, theirs, login: who.login, from: base_branch });
  if (!tip) return error(409, "There are merge conflicts");
  mustGit(folder, ["update-ref", `refs/heads/${branch}`, tip, ours]);
  mirror(world, repository);
  const merge_type = fastForward ? "fast-forward" : "merge";
  const message = `Successfully fetched and ${fastForward ? "fast-forwarded" : "merged"} from upstream ${base_branch}.`;
  return json(200, { message, merge_type, base_branch });
}

/** GitHub merges a rewritten upstream too, without a word, as long as nothing conflicts. */
function mergeCommit(folder, { ours, theirs, login, from }) {
  const merged = git(folder, ["merge-tree", "--write-tree", ours, theirs]);
  if (!merged.ok) return undefined;
  const message = `Merge branch '${from}'`;
  return commitTree(folder, {
    tree: lines(merged.text)[0],
    parents: [ours, theirs],
    message,
    login,
  });
}

export const routes = [["POST", `${REPO}/merge-upstream`, mergeUpstream]];

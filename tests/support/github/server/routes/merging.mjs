// Merging a pull request, in git.
import { commitTree, git, lines, mustGit } from "../git.mjs";
import { markMerged, mirror } from "../mirror.mjs";
import { done, error, json, notFound, ownTrouble } from "../replies.mjs";
import { bodyOf } from "./emulated.mjs";

const MERGE = "/repos/:owner/:repo/pulls/:number/merge";

function isMerged({ world, repository, params }) {
  return world.pull(repository, params.number)?.merged ? done() : notFound();
}

function titleOf({ number, title, head_ref }, method, owner) {
  return method === "squash"
    ? `${title} (#${number})`
    : `Merge pull request #${number} from ${owner}/${head_ref}`;
}

function merge({ world, request, repository, params, folder, who }) {
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  const {
    sha,
    merge_method: method = "merge",
    commit_title,
    commit_message = "",
  } = bodyOf(request);
  if (pull.state !== "open" || pull.draft) return error(405, "Pull Request is not mergeable");
  if (sha && sha !== pull.head_sha)
    return error(409, "Head branch was modified. Review and try the merge again.");
  if (method === "rebase") return ownTrouble("not emulated: merge_method rebase");
  const merged = git(folder, ["merge-tree", "--write-tree", pull.base_sha, pull.head_sha]);
  if (!merged.ok) return error(405, "Pull Request is not mergeable");
  const title = commit_title ?? titleOf(pull, method, params.owner);
  const parents = method === "squash" ? [pull.base_sha] : [pull.base_sha, pull.head_sha];
  const message = commit_message ? `${title}\n\n${commit_message}` : title;
  const made = commitTree(folder, {
    tree: lines(merged.text)[0],
    parents,
    message,
    login: who.login,
  });
  mustGit(folder, ["update-ref", `refs/heads/${pull.base_ref}`, made, pull.base_sha]);
  markMerged(world, pull, { sha: made, login: who.login });
  mirror(world, repository);
  return json(200, { sha: made, merged: true, message: "Pull Request successfully merged" });
}

export const routes = [
  ["GET", MERGE, isMerged],
  ["PUT", MERGE, merge],
];

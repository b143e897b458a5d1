// The commits and the files of a pull request.
import { lines, mustGit, objectType } from "../git.mjs";
import { notFound, page } from "../replies.mjs";
import { changedFiles } from "./changed_files.mjs";
import { describeCommit } from "./commits.mjs";

const PULL = "/repos/:owner/:repo/pulls/:number";

function listCommits(context) {
  const { world, repository, params, folder, request } = context;
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  const shas = lines(
    mustGit(folder, ["rev-list", "--reverse", `${pull.base_sha}..${pull.head_sha}`]),
  );
  return page(
    request,
    shas.map((sha) => describeCommit(context, sha)),
  );
}

function listFiles(context) {
  const pull = context.world.pull(context.repository, context.params.number);
  if (!pull || !objectType(context.folder, pull.head_sha)) return notFound();
  return page(context.request, changedFiles(context, pull.base_sha, pull.head_sha));
}

export const routes = [
  ["GET", `${PULL}/commits`, listCommits],
  ["GET", `${PULL}/files`, listFiles],
];

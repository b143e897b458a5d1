// Opening and changing pull requests, as strictly as GitHub; what their branches make of them comes from the mirror.
import { levelOf } from "../access.mjs";
import { git, lines, mustGit, objectType } from "../git.mjs";
import { mirror } from "../mirror.mjs";
import { error, invalid, json, notFound, page } from "../replies.mjs";
import { describeCommit } from "./commits.mjs";
import { ask, bodyOf } from "./emulated.mjs";
import { tooLong } from "./limits.mjs";

const REPO = "/repos/:owner/:repo";

function headOf({ world, repository, params }, head) {
  const [owner, name] = head.includes(":") ? head.split(/:(.*)/) : [params.owner, head];
  const isFork = (one) => one.forked_from_id === repository.id && one.full_name.startsWith(`${owner}/`);
  const headRepo = owner === params.owner ? repository : world.tables.repos.all().find(isFork);
  return { owner, name, headRepo, branch: headRepo && world.branch(headRepo, name) };
}

async function open(context) {
  const { world, request, repository, params, folder } = context;
  const body = bodyOf(request);
  const head = headOf(context, String(body.head ?? ""));
  const base = world.branch(repository, String(body.base ?? ""));
  if (typeof body.title !== "string" || !body.title.trim()) return invalid("PullRequest", "title", "missing_field");
  if (!head.branch) return invalid("PullRequest", "head", "invalid");
  if (!base) return invalid("PullRequest", "base", "invalid");
  const same = (one) => one.state === "open" && one.head_repo_id === head.headRepo.id && one.head_ref === head.name && one.base_ref === base.name;
  if (world.tables.pullRequests.findBy("repo_id", repository.id).some(same)) {
    return invalid("PullRequest", undefined, "custom", `A pull request already exists for ${head.owner}:${head.name}.`);
  }
  if (head.headRepo !== repository) mustGit(folder, ["fetch", "--quiet", world.folderOf(head.headRepo), head.branch.sha]);
  if (mustGit(folder, ["rev-list", "--count", `${base.sha}..${head.branch.sha}`]) === "0") {
    return invalid("PullRequest", undefined, "custom", `No commits between ${base.name} and ${head.name}`);
  }
  const long = tooLong(body.body, "Issue");
  if (long) return long;
  const made = await ask(context);
  if (made.status !== 201) return made;
  mirror(world, repository);
  return { ...(await show(context, made.json.number)), status: 201, headers: { location: made.json.url } };
}

const show = ({ world, request, who, params }, number) =>
  ask({ world, request, who }, { method: "GET", path: `/repos/${params.owner}/${params.repo}/pulls/${number}` });

async function edit(context) {
  const { world, request, repository, params } = context;
  const body = bodyOf(request);
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  if (body.base !== undefined && !world.branch(repository, body.base)) return invalid("PullRequest", "base", "invalid");
  const long = tooLong(body.body, "Issue");
  if (long) return long;
  const reopens = body.state === "open" && pull.state === "closed";
  if (reopens && (pull.merged || !world.branch(world.tables.repos.get(pull.head_repo_id), pull.head_ref))) {
    return invalid("PullRequest", "state", "invalid", "state cannot be changed. The branch was deleted or merged.");
  }
  const { draft, ...known } = body; // only GraphQL changes a draft; REST ignores the field
  const edited = await ask(context, { body: known });
  if (edited.status !== 200) return edited;
  mirror(world, repository);
  return show(context, params.number);
}

async function requestReviewers(context) {
  const { world, request, repository, params } = context;
  const { reviewers = [] } = bodyOf(request);
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  if (reviewers.includes(world.tables.users.get(pull.user_id).login)) {
    return error(422, "Review cannot be requested from pull request author.");
  }
  const collaborates = (login) => world.tables.users.findOneBy("login", login) && levelOf(world, login, { ...repository, private: true });
  if (!reviewers.every(collaborates)) {
    return error(422, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not "
      + `a collaborator of the ${repository.full_name} repository.`);
  }
  return shortPull({ ...(await ask(context)), status: 201 });
}

/** This one answer has labels without null descriptions, by GitHub's own account. */
function shortPull(reply) {
  const labels = reply.json.labels?.map((label) => ({ ...label, description: label.description ?? "" }));
  return { ...reply, json: { ...reply.json, ...(labels && { labels }) } };
}

async function listReviewers(context) {
  const { status, json: pull } = await show(context, context.params.number);
  return status === 200 ? json(200, { users: pull.requested_reviewers, teams: pull.requested_teams }) : notFound();
}

function listCommits(context) {
  const { world, repository, params, folder, request } = context;
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  const shas = lines(mustGit(folder, ["rev-list", "--reverse", `${pull.base_sha}..${pull.head_sha}`]));
  return page(request, shas.map((sha) => describeCommit(context, sha)));
}

const STATUS = { A: "added", D: "removed", M: "modified", R: "renamed", T: "changed" };

/** The changed files between two commits, as GitHub lists them. */
export function changedFiles({ world, repository, folder }, base, head) {
  const range = `${base}...${head}`;
  const counts = lines(mustGit(folder, ["diff", "--numstat", "--no-renames", range])).map((line) => line.split("\t"));
  const raw = lines(mustGit(folder, ["diff", "--raw", "--abbrev=40", "--no-renames", range]));
  return raw.map((line, i) => {
    const [, , , sha, letter] = line.split(/\s+/);
    const [additions, deletions] = counts[i].slice(0, 2).map((count) => Number(count) || 0);
    const filename = counts[i][2];
    const patch = git(folder, ["diff", range, "--", filename]).text.split("\n").slice(4).join("\n");
    const page_ = `${world.url}/${repository.full_name}`;
    return {
      sha, filename, status: STATUS[letter[0]] ?? "changed", additions, deletions, changes: additions + deletions,
      blob_url: `${page_}/blob/${head}/${filename}`,
      raw_url: `${page_}/raw/${head}/${filename}`,
      contents_url: `${world.url}/repos/${repository.full_name}/contents/${filename}?ref=${head}`,
      patch,
    };
  });
}

function listFiles(context) {
  const pull = context.world.pull(context.repository, context.params.number);
  if (!pull || !objectType(context.folder, pull.head_sha)) return notFound();
  return page(context.request, changedFiles(context, pull.base_sha, pull.head_sha));
}

export const routes = [
  ["POST", `${REPO}/pulls`, open],
  ["PATCH", `${REPO}/pulls/:number`, edit],
  ["GET", `${REPO}/pulls/:number/commits`, listCommits],
  ["GET", `${REPO}/pulls/:number/files`, listFiles],
  ["GET", `${REPO}/pulls/:number/requested_reviewers`, listReviewers],
  ["POST", `${REPO}/pulls/:number/requested_reviewers`, requestReviewers],
  ["DELETE", `${REPO}/pulls/:number/requested_reviewers`, async (context) => shortPull(await ask(context))],
];

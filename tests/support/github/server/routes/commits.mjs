// Commits, and how far apart two of them are.
import { git, lines, mustGit, resolveCommit } from "../git.mjs";
import { error, json, notFound, page } from "../replies.mjs";
import { changedFiles } from "./changed_files.mjs";
import { userOf } from "./people.mjs";

const REPO = "/repos/:owner/:repo";
const FIELDS = ["%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"];

function read(folder, sha) {
  const shown = mustGit(folder, [
    "show",
    "--no-patch",
    `--format=${FIELDS.join("%x00")}`,
    sha,
  ]).split("\0");
  const [tree, parents, name, email, date, committer, committerEmail, committed, message] = shown;
  return {
    tree,
    parents: parents.split(" ").filter(Boolean),
    message,
    author: { name, email, date },
    committer: { name: committer, email: committerEmail, date: committed },
  };
}

const UNSIGNED = {
  verified: false,
  reason: "unsigned",
  signature: null,
  payload: null,
  verified_at: null,
};

/** A commit as /git/commits shows it. */
export function describeGitCommit({ world, repository, folder }, sha) {
  const { tree, parents, ...rest } = read(folder, sha);
  const api = `${world.url}/repos/${repository.full_name}/git`;
  const html = `${world.url}/${repository.full_name}/commit`;
  return {
    sha,
    node_id: `C_${sha}`,
    url: `${api}/commits/${sha}`,
    html_url: `${html}/${sha}`,
    ...rest,
    tree: { sha: tree, url: `${api}/trees/${tree}` },
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${api}/commits/${parent}`,
      html_url: `${html}/${parent}`,
    })),
    verification: UNSIGNED,
  };
}

/** A commit as everything else shows it. */
export function describeCommit(context, sha) {
  const { world, repository } = context;
  const { tree, parents, author, committer, message } = describeGitCommit(context, sha);
  const api = `${world.url}/repos/${repository.full_name}`;
  const html_url = `${world.url}/${repository.full_name}/commit/${sha}`;
  const account = ({ email }) =>
    userOf(world, world.tables.users.all().find((one) => one.email === email)?.login);
  return {
    sha,
    node_id: `C_${sha}`,
    url: `${api}/commits/${sha}`,
    html_url,
    comments_url: `${api}/commits/${sha}/comments`,
    commit: {
      url: `${api}/git/commits/${sha}`,
      author,
      committer,
      message,
      tree,
      comment_count: 0,
      verification: UNSIGNED,
    },
    author: account(author),
    committer: account(committer),
    parents: parents.map((parent) => ({ ...parent, url: `${api}/commits/${parent.sha}` })),
  };
}

function list(context) {
  const { query } = context.request;
  const start = resolveCommit(
    context.folder,
    query.get("sha") ?? context.repository.default_branch,
  );
  if (!start) return notFound();
  const path = query.get("path");
  const shas = lines(mustGit(context.folder, ["rev-list", start, ...(path ? ["--", path] : [])]));
  const listed = page(context.request, shas);
  return { ...listed, json: listed.json.map((sha) => describeCommit(context, sha)) };
}

function show(context) {
  const sha = resolveCommit(context.folder, context.params.ref);
  if (!sha) return error(422, `No commit found for SHA: ${context.params.ref}`);
  const [parent] = read(context.folder, sha).parents;
  const files = parent ? changedFiles(context, parent, sha) : [];
  const sum = (name) => files.reduce((total, file) => total + file[name], 0);
  const stats = { additions: sum("additions"), deletions: sum("deletions"), total: sum("changes") };
  return json(200, { ...describeCommit(context, sha), stats, files });
}

/** The commit of a name, which may be a branch of what this was forked from: `owner:branch`. */
function inNetwork({ world, repository, folder }, name) {
  const [owner, branch] = name.split(":");
  if (branch === undefined) return resolveCommit(folder, name);
  const parent = world.tables.repos.get(repository.forked_from_id ?? 0);
  if (parent?.full_name.split("/")[0] !== owner) return undefined;
  const theirs = resolveCommit(world.folderOf(parent), `refs/heads/${branch}`);
  if (theirs) mustGit(folder, ["fetch", "--quiet", world.folderOf(parent), theirs]);
  return theirs;
}

function compare(context) {
  const { world, repository, folder, params } = context;
  const [base, head] = params.basehead.split("...").map((name) => inNetwork(context, name));
  if (!base || !head) return notFound();
  const [behind_by, ahead_by] = mustGit(folder, [
    "rev-list",
    "--left-right",
    "--count",
    `${base}...${head}`,
  ])
    .split("\t")
    .map(Number);
  const status =
    ahead_by && behind_by ? "diverged" : ahead_by ? "ahead" : behind_by ? "behind" : "identical";
  const merge = git(folder, ["merge-base", base, head]);
  if (!merge.ok) return notFound(); // GitHub does not compare histories without a common commit
  const commits = lines(mustGit(folder, ["rev-list", "--reverse", `${base}..${head}`])).map((sha) =>
    describeCommit(context, sha),
  );
  const html = `${world.url}/${repository.full_name}/compare/${params.basehead}`;
  return json(200, {
    url: `${world.url}/repos/${repository.full_name}/compare/${params.basehead}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: describeCommit(context, base),
    merge_base_commit: describeCommit(context, merge.text.trim()),
    status,
    ahead_by,
    behind_by,
    total_commits: commits.length,
    commits,
    files: changedFiles(context, base, head),
  });
}

export const routes = [
  ["GET", `${REPO}/commits`, list],
  ["GET", `${REPO}/commits/*ref`, show],
  ["GET", `${REPO}/compare/*basehead`, compare],
];

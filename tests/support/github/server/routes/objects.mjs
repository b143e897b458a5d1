// Git objects made and read through the API: blobs, trees, commits, annotated tags.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { git, lines, mustGit, objectType } from "../git.mjs";
import { error, json, notFound } from "../replies.mjs";
import { bodyOf } from "./emulated.mjs";
import { describeGitCommit } from "./commits.mjs";

const REPO = "/repos/:owner/:repo";
const urlOf = ({ world, repository }, kind, sha) =>
  `${world.url}/repos/${repository.full_name}/git/${kind}/${sha}`;
const is = ({ folder }, sha, type) =>
  /^[0-9a-f]{40}$/.test(sha ?? "") && objectType(folder, sha) === type;

function createBlob(context) {
  const { content = "", encoding = "utf-8" } = bodyOf(context.request);
  const input = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
  const sha = mustGit(context.folder, ["hash-object", "-w", "--stdin"], { input });
  return json(201, { sha, url: urlOf(context, "blobs", sha) });
}

function showBlob(context) {
  const { sha } = context.params;
  if (!is(context, sha, "blob")) return notFound();
  const content = git(context.folder, ["cat-file", "blob", sha]).bytes;
  return json(200, {
    sha,
    node_id: `B_${sha}`,
    size: content.length,
    url: urlOf(context, "blobs", sha),
    content: content.toString("base64"),
    encoding: "base64",
  });
}

function describeTree(context, sha, recursive) {
  const args = ["ls-tree", "-z", "-l", ...(recursive ? ["-r", "-t"] : []), sha];
  const tree = git(context.folder, args)
    .text.split("\0")
    .filter(Boolean)
    .map((line) => {
      const [facts, path] = line.split(/\t(.*)/s);
      const [mode, type, id, size] = facts.split(/\s+/);
      return {
        path,
        mode,
        type,
        sha: id,
        ...(type === "blob" && { size: Number(size) }),
        ...(type !== "commit" && { url: urlOf(context, `${type}s`, id) }),
      };
    });
  return { sha, url: urlOf(context, "trees", sha), tree, truncated: false };
}

function createTree(context) {
  const { base_tree, tree = [] } = bodyOf(context.request);
  if (base_tree && !["tree", "commit"].includes(objectType(context.folder, base_tree)))
    return error(422, "base_tree is not a valid tree oid");
  const env = { GIT_INDEX_FILE: join(context.folder, "api-index") };
  mustGit(context.folder, base_tree ? ["read-tree", base_tree] : ["read-tree", "--empty"], { env });
  const entries = tree.map(({ path, mode, sha, content }) => {
    if (sha === null) return `0 ${"0".repeat(40)}\t${path}\0`;
    const id =
      sha ?? mustGit(context.folder, ["hash-object", "-w", "--stdin"], { input: content ?? "" });
    return `${mode} ${id}\t${path}\0`;
  });
  const made = git(context.folder, ["update-index", "-z", "--index-info"], {
    env,
    input: entries.join(""),
  });
  const written = made.ok && git(context.folder, ["write-tree"], { env });
  rmSync(env.GIT_INDEX_FILE, { force: true });
  if (!written || !written.ok) return error(422, "tree.sha is not a valid object");
  return json(201, describeTree(context, written.text.trim(), false));
}

function showTree(context) {
  const { sha } = context.params;
  const found = git(context.folder, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${sha}^{tree}`,
  ]);
  return found.ok
    ? json(200, describeTree(context, found.text.trim(), context.request.query.has("recursive")))
    : notFound();
}

function createCommit(context) {
  const { folder, who, request } = context;
  const { message, tree, parents = [], author = {}, committer = author } = bodyOf(request);
  if (!is(context, tree, "tree")) return error(422, "Tree SHA does not exist");
  if (!parents.every((sha) => is(context, sha, "commit")))
    return error(422, "Parent SHA does not exist or is not a commit object");
  const mail = `${who.login.replace(/\W/g, "-")}@example.org`;
  const now = new Date().toISOString();
  const env = {
    GIT_AUTHOR_NAME: author.name ?? who.login,
    GIT_AUTHOR_EMAIL: author.email ?? mail,
    GIT_AUTHOR_DATE: author.date ?? now,
    GIT_COMMITTER_NAME: committer.name ?? who.login,
    GIT_COMMITTER_EMAIL: committer.email ?? mail,
    GIT_COMMITTER_DATE: committer.date ?? now,
  };
  const sha = mustGit(folder, ["commit-tree", tree, ...parents.flatMap((p) => ["-p", p])], {
    env,
    input: message,
  });
  return json(201, describeGitCommit(context, sha));
}

const showCommit = (context) =>
  is(context, context.params.sha, "commit")
    ? json(200, describeGitCommit(context, context.params.sha))
    : notFound();

function createTag(context) {
  const { tag, message, object, type, tagger } = bodyOf(context.request);
  if (!is(context, object, type)) return error(422, "Object does not exist");
  const { name, email, date } = {
    name: context.who.login,
    email: "tagger@example.org",
    date: new Date().toISOString(),
    ...tagger,
  };
  const seconds = Math.floor(Date.parse(date) / 1000);
  const input = `object ${object}\ntype ${type}\ntag ${tag}\ntagger ${name} <${email}> ${seconds} +0000\n\n${message}\n`;
  return json(201, describeTag(context, mustGit(context.folder, ["mktag"], { input })));
}

function describeTag(context, sha) {
  const text = mustGit(context.folder, ["cat-file", "tag", sha]);
  const [head, message] = text.split(/\n\n(.*)/s);
  const field = Object.fromEntries(lines(head).map((line) => line.split(/ (.*)/)));
  const [, name, email, seconds] = /^(.*) <(.*)> (\d+)/.exec(field.tagger);
  return {
    node_id: `TA_${sha}`,
    tag: field.tag,
    sha,
    url: urlOf(context, "tags", sha),
    message,
    tagger: { name, email, date: new Date(Number(seconds) * 1000).toISOString() },
    object: {
      type: field.type,
      sha: field.object,
      url: urlOf(context, `${field.type}s`, field.object),
    },
  };
}

const showTag = (context) =>
  is(context, context.params.sha, "tag")
    ? json(200, describeTag(context, context.params.sha))
    : notFound();

export const routes = [
  ["POST", `${REPO}/git/blobs`, createBlob],
  ["GET", `${REPO}/git/blobs/:sha`, showBlob],
  ["POST", `${REPO}/git/trees`, createTree],
  ["GET", `${REPO}/git/trees/*sha`, showTree],
  ["POST", `${REPO}/git/commits`, createCommit],
  ["GET", `${REPO}/git/commits/:sha`, showCommit],
  ["POST", `${REPO}/git/tags`, createTag],
  ["GET", `${REPO}/git/tags/:sha`, showTag],
];

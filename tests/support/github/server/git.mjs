// Real git, on bare repositories: the only truth about commits, branches and tags.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const GIT_ENV = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  LC_ALL: "C",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};
const DATE = "2020-03-16T12:00:00Z"; // of the first commits: the same ids in every run

// GitHub's words, so that what people read in a failed push is what they would read there.
const UPDATE_HOOK = `#!/bin/sh
if [ -n "$EMULATOR_DECLINE" ]; then echo "$EMULATOR_DECLINE" >&2; exit 1; fi
if grep -qxF "$1" protected 2>/dev/null; then
  echo "error: GH006: Protected branch update failed for $1." >&2; exit 1
fi
case "$1" in refs/pull/*) echo "error: deny updating a hidden ref" >&2; exit 1;; esac
`;

/** Run git in a bare repository; `ok` says whether it succeeded. */
export function git(folder, args, { input, env = {} } = {}) {
  const run = spawnSync("git", args, {
    cwd: folder,
    input,
    env: { ...GIT_ENV, ...env },
    maxBuffer: 1 << 28,
  });
  if (run.error) throw run.error;
  return {
    ok: run.status === 0,
    bytes: run.stdout,
    text: run.stdout.toString("utf8"),
    error: run.stderr.toString("utf8"),
  };
}

/** The same where failure is a mistake of ours. */
export function mustGit(folder, args, options) {
  const run = git(folder, args, options);
  if (!run.ok) throw new Error(`git ${args.join(" ")}: ${run.error}`);
  return run.text.trim();
}

export const lines = (text) => text.split("\n").filter(Boolean);

/** Write the hook all repositories share. */
export function writeHooks(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "update"), UPDATE_HOOK);
  chmodSync(join(folder, "update"), 0o755);
}

/** Make a bare repository that behaves as GitHub's do, with one commit; give the commit. */
export function makeRepository(folder, { title, hooks }) {
  mkdirSync(folder, { recursive: true });
  mustGit(folder, ["init", "--quiet", "--bare", "--initial-branch=main", "--template=", "."]);
  mustGit(folder, ["config", "core.hooksPath", hooks]);
  for (const setting of [
    "http.receivepack",
    "uploadpack.allowFilter",
    "uploadpack.allowAnySHA1InWant",
  ]) {
    mustGit(folder, ["config", setting, "true"]);
  }
  const files = { "README.md": Buffer.from(`# ${title}\n`).toString("base64") };
  const sha = commitFiles(folder, {
    branch: "main",
    files,
    message: "Initial commit",
    login: "maintainer",
    date: DATE,
  });
  mustGit(folder, ["pack-refs", "--all"]);
  return sha;
}

/** Let a repository borrow the objects it has, so that a copy of it is a handful of files. */
export function lendObjects(folder, store) {
  mkdirSync(join(store, ".."), { recursive: true });
  renameSync(join(folder, "objects"), store);
  mkdirSync(join(folder, "objects/info"), { recursive: true });
  writeFileSync(join(folder, "objects/info/alternates"), `${store}\n`);
}

/** Branches and tags: full name → object. */
export function readRefs(folder) {
  const out = mustGit(folder, [
    "for-each-ref",
    "--format=%(refname) %(objectname)",
    "refs/heads",
    "refs/tags",
  ]);
  return Object.fromEntries(lines(out).map((line) => line.split(" ")));
}

/** The commit a branch, tag or id means, or nothing. */
export function resolveCommit(folder, name) {
  for (const candidate of [`refs/heads/${name}`, `refs/tags/${name}`, name]) {
    const found = git(folder, [
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${candidate}^{commit}`,
    ]);
    if (found.ok) return found.text.trim();
  }
  return undefined;
}

export const objectType = (folder, sha) => {
  const found = git(folder, ["cat-file", "-t", sha]);
  return found.ok ? found.text.trim() : undefined;
};

export const isAncestor = (folder, old, young) =>
  git(folder, ["merge-base", "--is-ancestor", old, young]).ok;

/** Make a commit object. */
export function commitTree(
  folder,
  { tree, parents, message, login, date = new Date().toISOString() },
) {
  const email = `${login.replace(/\W/g, "-")}@example.org`;
  const env = {
    GIT_AUTHOR_NAME: login,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: login,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
  return mustGit(
    folder,
    ["commit-tree", tree, ...parents.flatMap((p) => ["-p", p]), "-m", message],
    { env },
  );
}

/** Commit files (base64; null deletes) onto a branch; a new one starts from `from`. */
export function commitFiles(folder, { branch, from, files, message, login, date }) {
  const tip =
    resolveCommit(folder, `refs/heads/${branch}`) ?? (from && resolveCommit(folder, from));
  const env = { GIT_INDEX_FILE: join(folder, "person-index") };
  mustGit(folder, tip ? ["read-tree", tip] : ["read-tree", "--empty"], { env });
  for (const [path, content] of Object.entries(files)) {
    if (content === null) mustGit(folder, ["update-index", "--force-remove", "--", path], { env });
    else {
      const blob = mustGit(folder, ["hash-object", "-w", "--stdin"], {
        input: Buffer.from(content, "base64"),
      });
      mustGit(folder, ["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], { env });
    }
  }
  const tree = mustGit(folder, ["write-tree"], { env });
  rmSync(env.GIT_INDEX_FILE, { force: true });
  const made = commitTree(folder, { tree, parents: tip ? [tip] : [], message, login, date });
  mustGit(folder, ["update-ref", `refs/heads/${branch}`, made]);
  return made;
}

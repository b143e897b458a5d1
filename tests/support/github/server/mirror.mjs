// From git to emulate's tables, never back: branches as they are, pull requests as their branches
// make them.
import { git, isAncestor, lines, mustGit, readRefs } from "./git.mjs";

/** Bring the tables up to git after anything moved a ref; `refs` where they are known already. */
export function mirror(world, repository, refs = readRefs(world.folderOf(repository))) {
  const { branches } = world.tables;
  const heads = Object.entries(refs).filter(([ref]) => ref.startsWith("refs/heads/"));
  const names = new Map(heads.map(([ref, sha]) => [ref.slice("refs/heads/".length), sha]));
  for (const row of branches.findBy("repo_id", repository.id))
    if (!names.has(row.name)) branches.delete(row.id);
  for (const [name, sha] of names) {
    const row = world.branch(repository, name);
    if (row) branches.update(row.id, { sha });
    else branches.insert({ repo_id: repository.id, name, sha, protected: false });
  }
  world.tables.repos.update(repository.id, { pushed_at: new Date().toISOString() });
  for (const pull of world.tables.pullRequests.all())
    if (pull.state === "open") mirrorPull(world, pull);
}

function mirrorPull(world, pull) {
  const { repos, pullRequests } = world.tables;
  const [headRepo, baseRepo] = [repos.get(pull.head_repo_id), repos.get(pull.base_repo_id)];
  const [head, base] = [
    world.branch(headRepo, pull.head_ref),
    world.branch(baseRepo, pull.base_ref),
  ];
  if (!head || !base) return closePull(world, pull);
  const folder = world.folderOf(baseRepo);
  if (headRepo.id !== baseRepo.id)
    mustGit(folder, ["fetch", "--quiet", world.folderOf(headRepo), head.sha]);
  if (isAncestor(folder, head.sha, base.sha)) {
    // Merged when the base came to the head, closed when the head went back to the base: as GitHub.
    return head.sha === pull.head_sha
      ? markMerged(world, pull, { sha: base.sha })
      : closePull(world, pull, head.sha);
  }
  const seen = { head_sha: head.sha, base_sha: base.sha, ...measure(folder, base.sha, head.sha) };
  const isNews = Object.entries(seen).some(([name, value]) => pull[name] !== value);
  if (!isNews) return; // a change would move `updated_at`
  mustGit(folder, ["update-ref", `refs/pull/${pull.number}/head`, head.sha]);
  pullRequests.update(pull.id, seen);
}

function measure(folder, base, head) {
  if (!git(folder, ["merge-base", base, head]).ok)
    return { mergeable: false, mergeable_state: "dirty" };
  const counts = lines(mustGit(folder, ["diff", "--numstat", `${base}...${head}`])).map((line) =>
    line.split("\t"),
  );
  const sum = (column) => counts.reduce((total, row) => total + (Number(row[column]) || 0), 0);
  const clean = git(folder, ["merge-tree", "--write-tree", base, head]).ok;
  return {
    mergeable: clean,
    mergeable_state: clean ? "clean" : "dirty",
    changed_files: counts.length,
    additions: sum(0),
    deletions: sum(1),
    commits: Number(mustGit(folder, ["rev-list", "--count", `${base}..${head}`])),
  };
}

function closePull(world, pull, head_sha = pull.head_sha) {
  setBoth(world, pull, { state: "closed", closed_at: new Date().toISOString() });
  world.tables.pullRequests.update(pull.id, { head_sha });
}

/** Record a merge that happened in git. */
export function markMerged(world, pull, { sha, login }) {
  const closed_at = new Date().toISOString();
  const merged_by_id = world.tables.users.findOneBy("login", login ?? "")?.id ?? pull.user_id;
  setBoth(world, pull, { state: "closed", closed_at });
  const merge = {
    merged: true,
    merged_at: closed_at,
    merged_by_id,
    merge_commit_sha: sha,
    mergeable: null,
  };
  world.tables.pullRequests.update(pull.id, { ...merge, mergeable_state: "unknown" });
}

/** A pull request is an issue too: change what both rows share. */
export function setBoth(world, pull, change) {
  const issue = world.tables.issues
    .findBy("repo_id", pull.repo_id)
    .find((one) => one.number === pull.number);
  world.tables.pullRequests.update(pull.id, change);
  world.tables.issues.update(issue.id, change);
}

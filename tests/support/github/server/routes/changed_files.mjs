// What changed between two commits, file by file.
import { git, lines, mustGit } from "../git.mjs";

const STATUS = { A: "added", D: "removed", M: "modified", R: "renamed", T: "changed" };

/** The changed files between two commits, as GitHub lists them. */
export function changedFiles({ world, repository, folder }, base, head) {
  const range = `${base}...${head}`;
  const counts = lines(mustGit(folder, ["diff", "--numstat", "--no-renames", range])).map((line) =>
    line.split("\t"),
  );
  const raw = lines(mustGit(folder, ["diff", "--raw", "--abbrev=40", "--no-renames", range]));
  return raw.map((line, i) => {
    const [, , , sha, letter] = line.split(/\s+/);
    const [additions, deletions] = counts[i].slice(0, 2).map((count) => Number(count) || 0);
    const filename = counts[i][2];
    const patch = git(folder, ["diff", range, "--", filename]).text.split("\n").slice(4).join("\n");
    const page_ = `${world.url}/${repository.full_name}`;
    return {
      sha,
      filename,
      status: STATUS[letter[0]] ?? "changed",
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${page_}/blob/${head}/${filename}`,
      raw_url: `${page_}/raw/${head}/${filename}`,
      contents_url: `${world.url}/repos/${repository.full_name}/contents/${filename}?ref=${head}`,
      patch,
    };
  });
}

// A repository as plain data, for tests to compare.
import { createHash } from "node:crypto";
import { readRefs } from "./git.mjs";

const sha256 = (content) => createHash("sha256").update(content).digest("hex");

/** Everything the bot may have changed in one repository. */
export function snapshot(world, { repo }) {
  const repository = world.repository(repo);
  const rows = (table) => world.tables[table].findBy("repo_id", repository.id);
  return {
    pulls: rows("pullRequests").map((row) => pull(world, row)),
    issues: rows("issues")
      .filter((row) => !row.is_pull_request)
      .map((row) => thread(world, row)),
    comments: rows("comments").map((row) => comment(world, row)),
    labels: rows("labels").map(({ name, color, description }) => ({ name, color, description })),
    releases: rows("releases").map((row) => release(world, row)),
    refs: readRefs(world.folderOf(repository)),
  };
}

const login = (world, id) => world.tables.users.get(id).login;

function thread(world, { number, title, body, state, user_id, label_ids }) {
  const labels = label_ids.map((id) => world.tables.labels.get(id).name);
  return { number, title, body, state, author: login(world, user_id), labels };
}

function pull(world, row) {
  const { draft, merged, head_ref: head, head_sha, base_ref: base } = row;
  const reviewers = row.requested_reviewer_ids.map((id) => login(world, id));
  return { ...thread(world, row), draft, merged, head, head_sha, base, reviewers };
}

function comment(world, { id, issue_number: issue, user_id, body }) {
  const reactions = world.reactions
    .filter((one) => one.kind === "comment" && one.target === id)
    .map((one) => `${one.login} ${one.content}`);
  return { id, issue, author: login(world, user_id), body, reactions };
}

function release(world, row) {
  const { id, tag_name: tag, name, body, draft, target_commitish: target } = row;
  const assets = world.tables.releaseAssets.findBy("release_id", id).map((asset) => ({
    name: asset.name,
    size: asset.size,
    state: asset.state,
    sha256: sha256(world.assetBytes.get(asset.id)),
  }));
  return { id, tag, name, body, draft, target, assets };
}

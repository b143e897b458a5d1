// What tests tell the emulator, and ask it; never in the ledger, never hit by a fault.
import { createHash } from "node:crypto";
import { TOKENS } from "./seed.mjs";
import { act } from "./answer.mjs";
import { commitFiles, mustGit, readRefs } from "./git.mjs";
import { mirror } from "./mirror.mjs";
import { json, ownTrouble } from "./replies.mjs";
import { setProtected } from "./routes/protection.mjs";

const sha256 = (content) => createHash("sha256").update(content).digest("hex");

function snapshot(world, { repo }) {
  const repository = world.repository(repo);
  const { tables } = world;
  const mine = (table) => tables[table].findBy("repo_id", repository.id);
  const login = (id) => tables.users.get(id)?.login;
  const labels = (row) => row.label_ids.map((id) => tables.labels.get(id).name);
  const reactions = (kind, target) =>
    world.reactions
      .filter((one) => one.kind === kind && one.target === target)
      .map((one) => `${one.login} ${one.content}`);
  const thread = (row) => ({
    number: row.number,
    title: row.title,
    body: row.body,
    state: row.state,
    author: login(row.user_id),
    labels: labels(row),
  });
  return {
    pulls: mine("pullRequests").map((row) => ({
      ...thread(row),
      draft: row.draft,
      merged: row.merged,
      head: row.head_ref,
      head_sha: row.head_sha,
      base: row.base_ref,
      reviewers: row.requested_reviewer_ids.map(login),
    })),
    issues: mine("issues")
      .filter((row) => !row.is_pull_request)
      .map(thread),
    comments: mine("comments").map((row) => ({
      id: row.id,
      issue: row.issue_number,
      author: login(row.user_id),
      body: row.body,
      reactions: reactions("comment", row.id),
    })),
    labels: mine("labels").map((row) => ({
      name: row.name,
      color: row.color,
      description: row.description,
    })),
    releases: mine("releases").map((row) => ({
      id: row.id,
      tag: row.tag_name,
      name: row.name,
      body: row.body,
      draft: row.draft,
      target: row.target_commitish,
      assets: tables.releaseAssets
        .findBy("release_id", row.id)
        .map(({ id, name, size, state }) => ({
          name,
          size,
          state,
          sha256: sha256(world.assetBytes.get(id)),
        })),
    })),
    refs: readRefs(world.folderOf(repository)),
  };
}

const tokenFor = (login) =>
  Object.entries(TOKENS).find(([, one]) => one.login === login && one.scopes.includes("repo"))[0];

/** Do something through the API as somebody, behind the bot's back. */
async function as(world, { login, method, path, body }) {
  const url = new URL(path, world.url);
  const headers = {
    authorization: `Bearer ${tokenFor(login)}`,
    "content-type": "application/json",
  };
  const bytes = Buffer.from(body === undefined ? "" : JSON.stringify(body));
  const request = {
    method,
    headers,
    url: url.href,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    bytes,
  };
  const { reply } = await act(world, request);
  return { status: reply.status, json: reply.json };
}

function commit(world, { repo, branch, files, message, login }) {
  const repository = world.repository(repo);
  const from = repository.default_branch;
  const sha = commitFiles(world.folderOf(repository), { branch, from, files, message, login });
  mirror(world, repository);
  return { sha };
}

/** Replace what a repository holds by a local one. */
function adopt(world, { repo, folder }) {
  const repository = world.repository(repo);
  mustGit(world.folderOf(repository), [
    "fetch",
    "--quiet",
    "--prune",
    "--force",
    folder,
    "+refs/heads/*:refs/heads/*",
    "+refs/tags/*:refs/tags/*",
  ]);
  mirror(world, repository);
  return readRefs(world.folderOf(repository));
}

const COMMANDS = {
  reset: async (world) => ({ generation: (await world.reset()) ?? world.generation }),
  fault: (world, fault) => (world.faults.add(fault), { left: world.faults.left }),
  faults_left: (world) => ({ left: world.faults.left }),
  clear_faults: (world) => (world.faults.clear(), {}),
  ledger: (world, { since = 0 }) => world.ledger.entries.slice(since),
  mark: (world) => world.ledger.entries.length,
  protect: (world, { repo, branch, on }) => (
    setProtected(world, world.repository(repo), branch, on),
    {}
  ),
  snapshot,
  as,
  commit,
  adopt,
};

/** Carry out one command: POST /_emulator/NAME with a JSON object. */
export async function control(world, request) {
  const command = COMMANDS[request.path.slice("/_emulator/".length)];
  if (!command) return ownTrouble(`no such command: ${request.path}`);
  return json(200, await command(world, JSON.parse(request.bytes.toString("utf8") || "{}")));
}

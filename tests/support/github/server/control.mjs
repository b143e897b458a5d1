// What tests tell the emulator, and ask it; never in the ledger, never hit by a fault.
import { TOKENS } from "./seed.mjs";
import { act } from "./answer.mjs";
import { commitFiles, mustGit, readRefs } from "./git.mjs";
import { mirror } from "./mirror.mjs";
import { json, ownTrouble } from "./replies.mjs";
import { setRuns, stateOf } from "./routes/actions.mjs";
import { setProtected } from "./routes/protection.mjs";
import { setSettings } from "./routes/settings.mjs";
import { snapshot } from "./snapshot.mjs";

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
  settle: async (world) => ({ ended: (await Promise.allSettled([...world.inFlight])).length }),
  mark: (world) => world.ledger.entries.length,
  protect: (world, { repo, branch, on }) => (
    setProtected(world, world.repository(repo), branch, on),
    {}
  ),
  runs: (world, { repo, name, runs, state }) => (
    setRuns(world, world.repository(repo), name, runs, state),
    {}
  ),
  workflow_state: (world, { repo, name }) => ({
    state: stateOf(world, world.repository(repo), name),
  }),
  settings: (world, { repo, changed }) => (
    setSettings(world, world.repository(repo), changed),
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

// git over HTTP: `git http-backend` behind GitHub's rules on who may read and push.
import { spawn } from "node:child_process";
import { identify, levelOf, mayPush, tokenOf } from "./access.mjs";
import { GIT_ENV, readRefs } from "./git.mjs";
import { mirror } from "./mirror.mjs";
import { bytes } from "./replies.mjs";

const ROUTE = /^\/([^/]+\/[^/]+?)(?:\.git)?(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/;

/** The repository and the service a git request names, or nothing. */
export function gitRoute(path) {
  const found = ROUTE.exec(path);
  return found ? { fullName: found[1], service: found[2] } : undefined;
}

const plain = (status, text, headers = {}) =>
  bytes(Buffer.from(`${text}\n`), "text/plain", { status, headers });

function refuse(world, { who, fullName, push }) {
  const repository = world.repository(fullName);
  const hidden = !repository || repository.private;
  const challenge = { "www-authenticate": 'Basic realm="GitHub"' };
  if (who === null) return plain(401, "Invalid username or token.", challenge);
  if (!who && (push || hidden)) return plain(401, "Authentication required.", challenge);
  if (!repository || (hidden && !levelOf(world, who.login, repository)))
    return plain(404, "Repository not found.");
  if (push && !(who.scopes.includes("repo") && mayPush(world, who.login, repository))) {
    return plain(403, `Permission to ${fullName}.git denied to ${who.login}.`);
  }
  return undefined;
}

/** Answer one git request. `decline`: words with which the remote rejects every ref of a push. */
export async function answerGit(world, request, { fullName, service }, decline = "") {
  const push =
    service === "/git-receive-pack" || request.query.get("service") === "git-receive-pack";
  const refused = refuse(world, { who: identify(tokenOf(request.headers)), fullName, push });
  if (refused) return { reply: closing(refused), wrote: false };
  const repository = world.repository(fullName);
  const folder = world.folderOf(repository);
  const moves = push && request.method === "POST";
  const before = moves && JSON.stringify(readRefs(folder));
  const { generation } = world;
  const reply = await runBackend(world, request, { path: `/${fullName}.git${service}`, decline });
  const wrote =
    moves && world.generation === generation && JSON.stringify(readRefs(folder)) !== before;
  if (wrote) mirror(world, repository);
  return { reply: closing(reply), wrote };
}

// curl silently asks again when a connection it had used before is cut; a new one shows the cut.
const closing = (reply) => ({ ...reply, headers: { ...reply.headers, connection: "close" } });

function runBackend(world, request, { path, decline }) {
  const env = {
    ...GIT_ENV,
    GIT_PROJECT_ROOT: world.root,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: path,
    QUERY_STRING: request.query.toString(),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    CONTENT_LENGTH: String(request.bytes.length),
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    GIT_PROTOCOL: request.headers["git-protocol"] ?? "",
    REMOTE_USER: "pusher",
    REMOTE_ADDR: "127.0.0.1",
    EMULATOR_DECLINE: decline,
  };
  return new Promise((resolve, reject) => {
    const backend = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "inherit"] });
    const chunks = [];
    backend.stdout.on("data", (chunk) => chunks.push(chunk));
    backend.on("error", reject);
    backend.on("close", () => resolve(parseCgi(Buffer.concat(chunks))));
    backend.stdin.on("error", () => {}); // it may answer without reading everything
    backend.stdin.end(request.bytes);
  });
}

function parseCgi(output) {
  const cut = output.indexOf("\r\n\r\n");
  if (cut < 0) return plain(500, "git http-backend gave no answer");
  const headers = {};
  for (const line of output.toString("latin1", 0, cut).split("\r\n")) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line);
    headers[name.toLowerCase()] = value;
  }
  const { status = "200", ...rest } = headers;
  return { status: parseInt(status, 10), bytes: output.subarray(cut + 4), headers: rest };
}

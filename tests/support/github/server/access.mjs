// Who asks, and whether GitHub would let them.
import { createHash } from "node:crypto";
import { TOKENS } from "./seed.mjs";
import { error, notFound } from "./replies.mjs";

/** The token of a request, from a Bearer, token or Basic header. */
export function tokenOf(headers) {
  const [scheme, value = ""] = (headers.authorization ?? "").split(/\s+/);
  if (/^basic$/i.test(scheme))
    return Buffer.from(value, "base64")
      .toString("utf8")
      .replace(/^[^:]*:/, "");
  return value;
}

/** Enough to tell two tokens apart, too little to use one. */
export const fingerprint = (token) =>
  token ? createHash("sha256").update(token).digest("hex").slice(0, 8) : null;

/** The person or app behind a token: undefined for none, null for a bad one. */
export function identify(token) {
  if (!token) return undefined;
  return Object.hasOwn(TOKENS, token) ? { token, ...TOKENS[token] } : null;
}

export const LEVELS = ["pull", "triage", "push", "maintain", "admin"];

/** What someone may do in a repository: a level, or nothing. */
export function levelOf(world, login, repository) {
  if (login === repository.full_name.split("/")[0]) return "admin";
  const user = world.tables.users.findOneBy("login", login);
  const row = world.tables.collaborators
    .findBy("repo_id", repository.id)
    .find((one) => one.user_id === user?.id);
  return row?.permission ?? (repository.private ? undefined : "pull");
}

export const mayPush = (world, login, repository) =>
  LEVELS.indexOf(levelOf(world, login, repository)) >= LEVELS.indexOf("push");

// Readers may open issues and pull requests, comment, react, and change what is their own.
const OPEN_TO_READERS = [
  ["POST", /^\/(issues|pulls)$/],
  ["POST", /^\/issues\/\d+\/comments$/],
  ["POST", /^\/issues\/(comments\/)?\d+\/reactions$/],
];
const OWN = /^\/(issues|pulls|issues\/comments)\/(\d+)$/;

function isOwn(world, who, repository, rest) {
  const [, kind, number] = OWN.exec(rest) ?? [];
  if (!kind) return false;
  const row =
    kind === "issues/comments"
      ? world.tables.comments.get(Number(number))
      : world.tables.issues
          .findBy("repo_id", repository.id)
          .find((one) => one.number === Number(number));
  return world.tables.users.get(row?.user_id)?.login === who.login;
}

/** The refusal a repository request meets, or nothing. `rest` is the path behind the repository. */
export function refusal(world, { who, repository, method, rest }) {
  const write = !["GET", "HEAD"].includes(method);
  if (!repository || (repository.private && !(who && levelOf(world, who.login, repository))))
    return notFound();
  if (!write) return undefined;
  if (!who) return error(401, "Requires authentication");
  if (!who.scopes.includes("repo"))
    return error(403, "Resource not accessible by personal access token");
  if (mayPush(world, who.login, repository)) return undefined;
  if (OPEN_TO_READERS.some(([verb, path]) => verb === method && path.test(rest))) return undefined;
  return isOwn(world, who, repository, rest)
    ? undefined
    : error(403, "Must have push access to repository.");
}

// Handing requests on to emulate, in this process.

/** Let emulate answer; `change` replaces method, path or body. */
export async function ask({ world, request, who }, change = {}) {
  const { method = request.method, path, body } = change;
  const target = path ? new URL(path, world.url) : new URL(request.url);
  const headers = { accept: "application/vnd.github+json", "content-type": "application/json" };
  if (who) headers.authorization = `Bearer ${who.token}`;
  const sends = !["GET", "HEAD"].includes(method);
  const content = body === undefined ? request.bytes : JSON.stringify(body);
  const response = await world.fetch(
    new Request(target, { method, headers, body: sends ? content : undefined }),
  );
  const text = await response.text();
  const link = response.headers.get("link");
  return {
    status: response.status,
    json: text ? JSON.parse(text) : undefined,
    headers: link ? { link } : {},
  };
}

/** The JSON of a request; undefined where it is none. */
export function bodyOf(request) {
  try {
    return JSON.parse(request.bytes.toString("utf8") || "null") ?? {};
  } catch {
    return {};
  }
}

const pass = (context) => ask(context);
const REPO = "/repos/:owner/:repo";

// What emulate answers as GitHub would, once permission is checked.
export const emulated = [
  ["GET", "/users/:username", pass],
  ["GET", "/rate_limit", pass],
  ["GET", `${REPO}/pulls`, pass],
  ["GET", `${REPO}/pulls/:number`, pass],
  ["GET", `${REPO}/labels`, pass],
  ["GET", `${REPO}/labels/:name`, pass],
  ["DELETE", `${REPO}/labels/:name`, pass],
  ["GET", `${REPO}/issues/:number/labels`, pass],
  ["DELETE", `${REPO}/issues/:number/labels`, pass],
  ["DELETE", `${REPO}/issues/:number/labels/:name`, pass],
];

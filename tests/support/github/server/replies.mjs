// What GitHub's answers look like.

const DOCS = "https://docs.github.com/rest";

export const json = (status, body, headers = {}) => ({ status, json: body, headers });
export const done = () => ({ status: 204, headers: {} });
export const bytes = (body, contentType, { status = 200, headers = {} } = {}) => ({
  status,
  bytes: body,
  headers: { "content-type": contentType, ...headers },
});
export const error = (status, message, headers = {}) =>
  json(status, { message, documentation_url: DOCS, status: String(status) }, headers);
/** What the emulator says of itself, with a status that GitHub never sends and PyGithub never repeats. */
export const ownTrouble = (message) => error(418, message);
export const notFound = () => error(404, "Not Found");

/** 422 as GitHub writes it. */
export function invalid(resource, field, code, message) {
  const problem = { resource, ...(field && { field }), code, ...(message && { message }) };
  return json(422, {
    message: "Validation Failed",
    errors: [problem],
    documentation_url: DOCS,
    status: "422",
  });
}

/** One page of a list, with GitHub's Link header. */
export function page(request, all) {
  const size = Math.min(100, Number(request.query.get("per_page") ?? 30));
  const current = Number(request.query.get("page") ?? 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (number, rel) => {
    const target = new URL(request.url);
    target.searchParams.set("page", number);
    target.searchParams.set("per_page", size);
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [];
  if (current < last) links.push(link(current + 1, "next"), link(last, "last"));
  if (current > 1) links.push(link(1, "first"), link(current - 1, "prev"));
  return json(
    200,
    all.slice((current - 1) * size, current * size),
    links.length ? { link: links.join(", ") } : {},
  );
}

/** Bytes, or the part of them that a Range header asks for. */
export function ranged(request, content, contentType, headers = {}) {
  const always = { "accept-ranges": "bytes", ...headers };
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (!asked) return bytes(content, contentType, { headers: always });
  const first = Number(asked[1]);
  const last = Math.min(
    asked[2] === "" ? content.length - 1 : Number(asked[2]),
    content.length - 1,
  );
  if (first > last) {
    return bytes(Buffer.alloc(0), contentType, {
      status: 416,
      headers: { ...always, "content-range": `bytes */${content.length}` },
    });
  }
  const range = { ...always, "content-range": `bytes ${first}-${last}/${content.length}` };
  return bytes(content.subarray(first, last + 1), contentType, { status: 206, headers: range });
}

// Every request since the reset: what was asked and answered, whether it wrote. Never a token.
import { fingerprint, tokenOf, identify } from "./access.mjs";

export class Ledger {
  entries = [];

  clear() {
    this.entries = [];
  }

  /** Note one exchange; `status` is null where the connection was cut. */
  note(request, { status, wrote, fault, reply }) {
    const token = tokenOf(request.headers);
    this.entries.push({
      method: request.method,
      path: request.path,
      query: Object.fromEntries(request.query),
      status,
      wrote,
      fault: Boolean(fault),
      login: identify(token)?.login ?? null,
      auth: fingerprint(token),
      sent: asText(request.headers["content-type"], request.bytes),
      content_type: request.headers["content-type"] ?? null,
      answered: reply?.json === undefined ? null : JSON.stringify(reply.json),
    });
  }
}

/** JSON as it was sent; other bodies only by their length. */
function asText(contentType, body) {
  if (!body?.length) return null;
  return /json|urlencoded/.test(contentType ?? "")
    ? body.toString("utf8")
    : `<${body.length} bytes>`;
}

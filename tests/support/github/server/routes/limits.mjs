// How long GitHub lets a text be.
import { invalid } from "../replies.mjs";

const MOST = { Issue: 65536, IssueComment: 65536, Release: 125000 };

/** The refusal of a body that is too long, or nothing. */
export function tooLong(body, resource) {
  const most = MOST[resource];
  if (typeof body !== "string" || body.length <= most) return undefined;
  return resource === "IssueComment"
    ? invalid(resource, "data", "unprocessable", `Body is too long (maximum is ${most} characters)`)
    : invalid(resource, "body", "custom", `body is too long (maximum is ${most} characters)`);
}

// Trouble on order: each fault hits the next requests that match it, n times.
import { error } from "./replies.mjs";

export const DROP = Symbol("the connection is cut");
const isWrite = ({ method, path }) =>
  !["GET", "HEAD"].includes(method) && !path.endsWith("/git-upload-pack");

export class Faults {
  #waiting = [];

  /** Order one; its fields are those of `Hub.fault` in hub.py. */
  add(fault) {
    this.#waiting.push({ times: 1, skip: 0, ...fault, pattern: new RegExp(fault.path ?? "") });
  }

  clear() {
    this.#waiting = [];
  }

  /** How many are still to come. */
  get left() {
    return this.#waiting.reduce((sum, { times }) => sum + times, 0);
  }

  /** The fault that hits this request, counted down; those that let it pass count that too. */
  take(request) {
    for (const fault of this.#waiting.filter((one) => one.times > 0 && matches(one, request))) {
      if (fault.skip > 0) fault.skip -= 1;
      else {
        fault.times -= 1;
        return fault;
      }
    }
    return undefined;
  }
}

function matches({ method, pattern }, request) {
  const verb = !method || method === request.method || (method === "write" && isWrite(request));
  return verb && pattern.test(request.path);
}

/** What the client sees instead of the answer; nothing where the fault only delays. */
export function faultReply({ drop, status, message = "Server Error", headers }) {
  if (drop) return DROP;
  return status ? error(status, message, headers) : undefined;
}

export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

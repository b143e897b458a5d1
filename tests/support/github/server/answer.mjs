// From a request to its answer: faults, identity, permission, then the route.
import { identify, refusal, tokenOf } from "./access.mjs";
import { DROP, faultReply, pause } from "./faults.mjs";
import { error, notFound, ownTrouble } from "./replies.mjs";
import { findRoute } from "./routes/table.mjs";
import { answerGit, gitRoute } from "./smart_http.mjs";

/** Answer one request and note it in the ledger; DROP where the connection is to be cut. */
export function answer(world, request) {
  const answering = meetFaults(world, request).finally(() => world.inFlight.delete(answering));
  world.inFlight.add(answering);
  return answering;
}

async function meetFaults(world, request) {
  const { generation } = world;
  const fault = world.faults.take(request);
  if (fault?.delay_s && !fault.after) await pause(fault.delay_s);
  if (world.generation !== generation) return DROP;
  const instead = fault && faultReply(fault);
  const acts = !instead || fault.after || fault.leaves;
  const { reply, wrote } = acts
    ? await act(world, { ...request, leaves: fault?.leaves }, fault)
    : { reply: instead, wrote: false };
  const seen = instead ?? reply;
  if (world.generation !== generation) return DROP;
  const status = seen === DROP ? null : seen.status;
  world.ledger.note(request, { status, wrote, fault, reply: seen === DROP ? undefined : seen });
  if (fault?.delay_s && fault.after) await pause(fault.delay_s);
  return seen;
}

/** Do what a request asks for, without faults and ledger. */
export async function act(world, request, fault) {
  const route = gitRoute(request.path);
  if (route) return answerGit(world, request, route, fault?.decline);
  const reply = await answerApi(world, request);
  const reads = ["GET", "HEAD"].includes(request.method);
  return { reply, wrote: reply.wrote ?? (!reads && reply.status < 400) };
}

async function answerApi(world, request) {
  const who = identify(tokenOf(request.headers));
  if (who === null) return error(401, "Bad credentials");
  const { handler, params } = findRoute(request) ?? {};
  const context = { world, request, who, params };
  if (params?.owner) {
    context.repository = world.repository(`${params.owner}/${params.repo}`);
    context.folder = context.repository && world.folderOf(context.repository);
    const rest = request.path.split("/").slice(4).join("/");
    const refused = refusal(world, { ...context, method: request.method, rest: `/${rest}` });
    if (refused) return refused;
  }
  const { method, path } = request;
  if (!handler && params) return ownTrouble(`not emulated: ${method} ${path}`);
  if (!handler) return notFound();
  return withRateLimit(world, context, await handler(context));
}

function withRateLimit(world, { who }, reply) {
  const key = who?.token ?? "";
  const used = (world.requestsOf.get(key) ?? 0) + 1;
  world.requestsOf.set(key, used);
  const limit = who ? 5000 : 60;
  const reset = Math.ceil(Date.now() / 3_600_000) * 3600;
  const rate = { limit, remaining: Math.max(0, limit - used), used, reset, resource: "core" };
  const headers = Object.fromEntries(
    Object.entries(rate).map(([name, value]) => [`x-ratelimit-${name}`, String(value)]),
  );
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

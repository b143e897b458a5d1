// Comments on issues and pull requests.
import { error } from "../replies.mjs";
import { ask, bodyOf } from "./emulated.mjs";
import { tooLong } from "./limits.mjs";
import { countReactions } from "./reactions.mjs";

const REPO = "/repos/:owner/:repo";

async function withReactions(context) {
  const reply = await ask(context);
  const decorate = (one) => ({
    ...one,
    reactions: countReactions(
      context.world,
      { kind: "comment", target: one.id },
      `${one.url}/reactions`,
    ),
  });
  if (reply.status >= 300) return reply;
  return {
    ...reply,
    json: Array.isArray(reply.json) ? reply.json.map(decorate) : decorate(reply.json),
  };
}

async function write(context) {
  const { body } = bodyOf(context.request);
  if (typeof body !== "string" || !body.trim())
    return error(422, "Validation Failed: body cannot be blank");
  return tooLong(body, "IssueComment") ?? withReactions(context);
}

async function add(context) {
  const reply = await write(context);
  const pull = context.world.pull(context.repository, context.params.number);
  if (reply.status === 201 && pull)
    context.world.tables.pullRequests.update(pull.id, { comments: pull.comments + 1 });
  return reply;
}

export const routes = [
  ["GET", `${REPO}/issues/comments`, withReactions],
  ["GET", `${REPO}/issues/:number/comments`, withReactions],
  ["POST", `${REPO}/issues/:number/comments`, add],
  ["GET", `${REPO}/issues/comments/:id`, withReactions],
  ["PATCH", `${REPO}/issues/comments/:id`, write],
  ["DELETE", `${REPO}/issues/comments/:id`, ask],
];

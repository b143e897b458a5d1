// Reactions on comments and issues, which emulate has not.
import { done, error, json, notFound, page } from "../replies.mjs";
import { userOf } from "./people.mjs";
import { bodyOf } from "./emulated.mjs";

const CONTENTS = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

/** The counts shown in a comment or an issue. */
export function countReactions(world, { kind, target }, url) {
  const here = world.reactions.filter((one) => one.kind === kind && one.target === target);
  const counts = CONTENTS.map((content) => [
    content,
    here.filter((one) => one.content === content).length,
  ]);
  return { url, total_count: here.length, ...Object.fromEntries(counts) };
}

const describe = (world, { id, content, login, created_at }) => ({
  id,
  node_id: `REA_${id}`,
  content,
  created_at,
  user: userOf(world, login),
});

function targetOf({ world, repository, params }, kind) {
  const { comments, issues } = world.tables;
  const row =
    kind === "comment"
      ? comments.get(Number(params.id))
      : issues.findBy("repo_id", repository.id).find((one) => one.number === Number(params.id));
  return row?.repo_id === repository.id ? Number(params.id) : undefined;
}

const react = (kind) => (context) => {
  const { world, request, who } = context;
  const target = targetOf(context, kind);
  const { content } = bodyOf(request);
  if (target === undefined) return notFound();
  if (!CONTENTS.includes(content))
    return error(422, "Validation Failed: content is not a reaction");
  const mine = (one) =>
    one.kind === kind &&
    one.target === target &&
    one.content === content &&
    one.login === who.login;
  const before = world.reactions.find(mine);
  if (before) return json(200, describe(world, before));
  const made = {
    id: world.reactions.length + 1,
    kind,
    target,
    content,
    login: who.login,
    created_at: new Date().toISOString(),
  };
  world.reactions.push(made);
  return json(201, describe(world, made));
};

const list = (kind) => (context) => {
  const target = targetOf(context, kind);
  if (target === undefined) return notFound();
  const here = context.world.reactions.filter((one) => one.kind === kind && one.target === target);
  return page(
    context.request,
    here.map((one) => describe(context.world, one)),
  );
};

const remove = (kind) => (context) => {
  const { world, params } = context;
  const target = targetOf(context, kind);
  const at = world.reactions.findIndex(
    (one) => one.kind === kind && one.target === target && one.id === Number(params.reaction),
  );
  if (at < 0) return notFound();
  world.reactions.splice(at, 1);
  return done();
};

const under = (path, kind) => [
  ["GET", path, list(kind)],
  ["POST", path, react(kind)],
  ["DELETE", `${path}/:reaction`, remove(kind)],
];

export const routes = [
  ...under("/repos/:owner/:repo/issues/comments/:id/reactions", "comment"),
  ...under("/repos/:owner/:repo/issues/:id/reactions", "issue"),
];

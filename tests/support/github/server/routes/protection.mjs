// Protected branches: emulate keeps the rules, a hook in the repository keeps pushes out.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { done, error, notFound } from "../replies.mjs";
import { ask } from "./emulated.mjs";

const PATH = "/repos/:owner/:repo/branches/*branch/protection";

/** Protect a branch, or no longer, in the tables and for the hook. */
export function setProtected(world, repository, name, on) {
  const { branches } = world.tables;
  branches.update(world.branch(repository, name).id, { protected: on });
  const refs = branches
    .findBy("repo_id", repository.id)
    .filter((one) => one.protected)
    .map((one) => `refs/heads/${one.name}\n`);
  writeFileSync(join(world.folderOf(repository), "protected"), refs.join(""));
}

function show(context) {
  const branch = context.world.branch(context.repository, context.params.branch);
  if (!branch) return notFound();
  return branch.protected ? withoutNulls(context) : error(404, "Branch not protected");
}

async function withoutNulls(context) {
  const reply = await ask(context);
  // GitHub leaves out what is not required, where emulate says null.
  return {
    ...reply,
    json: Object.fromEntries(
      Object.entries(reply.json ?? {}).filter(([, value]) => value !== null),
    ),
  };
}

async function protect(context) {
  if (!context.world.branch(context.repository, context.params.branch))
    return error(404, "Branch not found");
  const reply = await withoutNulls(context);
  if (reply.status === 200)
    setProtected(context.world, context.repository, context.params.branch, true);
  return reply;
}

async function unprotect(context) {
  const branch = context.world.branch(context.repository, context.params.branch);
  if (!branch?.protected) return error(404, "Branch not protected");
  await ask(context);
  setProtected(context.world, context.repository, context.params.branch, false);
  return done();
}

export const routes = [
  ["GET", PATH, show],
  ["PUT", PATH, protect],
  ["DELETE", PATH, unprotect],
];

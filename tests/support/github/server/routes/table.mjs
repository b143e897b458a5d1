// Which handler answers which route: ours first, then what emulate answers as GitHub would.
import { emulated } from "./emulated.mjs";
import { routes as actions } from "./actions.mjs";
import { routes as assets } from "./assets.mjs";
import { routes as branches } from "./branches.mjs";
import { routes as commits } from "./commits.mjs";
import { routes as comments } from "./comments.mjs";
import { routes as contents } from "./contents.mjs";
import { routes as forks } from "./forks.mjs";
import { routes as graphql } from "./graphql.mjs";
import { routes as issues } from "./issues.mjs";
import { routes as labels } from "./labels.mjs";
import { routes as merging } from "./merging.mjs";
import { routes as objects } from "./objects.mjs";
import { routes as people } from "./people.mjs";
import { routes as protection } from "./protection.mjs";
import { routes as pullCommits } from "./pull_commits.mjs";
import { routes as pulls } from "./pulls.mjs";
import { routes as reactions } from "./reactions.mjs";
import { routes as refs } from "./refs.mjs";
import { routes as releases } from "./releases.mjs";
import { routes as reviewers } from "./reviewers.mjs";
import { routes as settings } from "./settings.mjs";

const OURS = [
  actions,
  settings,
  pulls,
  pullCommits,
  reviewers,
  merging,
  issues,
  comments,
  reactions,
  labels,
  releases,
  assets,
  refs,
  objects,
  protection,
  branches,
  commits,
  contents,
  forks,
  people,
  graphql,
].flat();

// `:name` is one part of a path, `*name` is the rest of it.
function compile([method, pattern, handler]) {
  const names = [...pattern.matchAll(/[:*](\w+)/g)].map((found) => found[1]);
  const expression = pattern
    .replaceAll(".", "\\.")
    .replace(/:\w+/g, "([^/]+)")
    .replace(/\*\w+/g, "(.+)");
  return { method, expression: new RegExp(`^${expression}$`), names, handler };
}

const TABLE = [...OURS, ...emulated].map(compile);

/** The handler of a request, with the parts of its path. */
export function findRoute({ method, path }) {
  const verb = method === "HEAD" ? "GET" : method;
  for (const route of TABLE) {
    const found = route.method === verb && route.expression.exec(path);
    if (found)
      return {
        handler: route.handler,
        params: Object.fromEntries(route.names.map((name, i) => [name, found[i + 1]])),
      };
  }
  const [, owner, repo] = /^\/repos\/([^/]+)\/([^/]+)/.exec(path) ?? [];
  return owner ? { params: { owner, repo } } : undefined;
}

// The two mutations REST has no words for, and who one is. Only the first field of a query is read.
import { mayPush } from "../access.mjs";
import { error, json } from "../replies.mjs";
import { setBoth } from "../mirror.mjs";
import { bodyOf } from "./emulated.mjs";

const problem = (type, message) => ({
  ...json(200, { data: null, errors: [{ type, message, path: [] }] }),
  wrote: false,
});

function setDraft({ world, who }, draft, { pullRequestId, clientMutationId = null }) {
  const pull = world.tables.pullRequests.all().find((one) => one.node_id === pullRequestId);
  if (!pull)
    return problem(
      "NOT_FOUND",
      `Could not resolve to a node with the global id of '${pullRequestId}'`,
    );
  const author = world.tables.users.get(pull.user_id).login;
  if (!who.scopes.includes("repo"))
    return problem("FORBIDDEN", "Resource not accessible by personal access token");
  if (author !== who.login && !mayPush(world, who.login, world.tables.repos.get(pull.repo_id))) {
    return problem(
      "FORBIDDEN",
      `${who.login} does not have permission to change this pull request`,
    );
  }
  if (pull.state !== "open") return problem("UNPROCESSABLE", "Pull request is closed");
  world.tables.pullRequests.update(pull.id, { draft });
  setBoth(world, pull, { updated_at: new Date().toISOString() });
  const pullRequest = {
    id: pull.node_id,
    number: pull.number,
    isDraft: draft,
    state: "OPEN",
    title: pull.title,
  };
  return { data: { clientMutationId, pullRequest }, wrote: true };
}

const FIELDS = {
  convertPullRequestToDraft: (context, input) => setDraft(context, true, input),
  markPullRequestReadyForReview: (context, input) => setDraft(context, false, input),
  viewer: ({ world, who }) => ({
    data: { login: who.login, databaseId: world.tables.users.findOneBy("login", who.login).id },
  }),
};

function graphql(context) {
  if (!context.who) return error(401, "This endpoint requires you to be authenticated.");
  const { query = "", variables = {} } = bodyOf(context.request);
  const [, field] = /^[^{]*\{\s*(\w+)/.exec(query) ?? [];
  const answer = FIELDS[field];
  if (!answer) return problem("undefinedField", `Field '${field}' is not emulated`);
  const result = answer(context, variables.input ?? {});
  return result.data
    ? { ...json(200, { data: { [field]: result.data } }), wrote: result.wrote ?? false }
    : result;
}

export const routes = [["POST", "/graphql", graphql]];

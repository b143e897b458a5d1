// Who is asked to look at a pull request.
import { levelOf } from "../access.mjs";
import { error, json, notFound } from "../replies.mjs";
import { ask, bodyOf } from "./emulated.mjs";
import { showPull } from "./pulls.mjs";

const REVIEWERS = "/repos/:owner/:repo/pulls/:number/requested_reviewers";

async function requestReviewers(context) {
  const { world, request, repository, params } = context;
  const { reviewers = [] } = bodyOf(request);
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  if (reviewers.includes(world.tables.users.get(pull.user_id).login)) {
    return error(422, "Review cannot be requested from pull request author.");
  }
  const collaborates = (login) =>
    world.tables.users.findOneBy("login", login) &&
    levelOf(world, login, { ...repository, private: true });
  if (!reviewers.every(collaborates)) {
    return error(
      422,
      "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not " +
        `a collaborator of the ${repository.full_name} repository.`,
    );
  }
  return shortPull({ ...(await ask(context)), status: 201 });
}

/** This one answer has labels without null descriptions, by GitHub's own account. */
function shortPull(reply) {
  const labels = reply.json.labels?.map((label) => ({
    ...label,
    description: label.description ?? "",
  }));
  return { ...reply, json: { ...reply.json, ...(labels && { labels }) } };
}

async function listReviewers(context) {
  const { status, json: pull } = await showPull(context, context.params.number);
  return status === 200
    ? json(200, { users: pull.requested_reviewers, teams: pull.requested_teams })
    : notFound();
}

export const routes = [
  ["GET", REVIEWERS, listReviewers],
  ["POST", REVIEWERS, requestReviewers],
  ["DELETE", REVIEWERS, async (context) => shortPull(await ask(context))],
];

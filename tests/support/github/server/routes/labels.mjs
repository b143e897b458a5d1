// Labels: names are unique whatever their case, and end after fifty characters.
import { invalid } from "../replies.mjs";
import { ask, bodyOf } from "./emulated.mjs";

const REPO = "/repos/:owner/:repo";

function problem({ world, repository, request, params }) {
  const { name, new_name, color } = bodyOf(request);
  const wished = new_name ?? name;
  const taken = (one) =>
    one.name.toLowerCase() === wished?.toLowerCase() && one.name !== params.name;
  if (!params.name && !wished) return invalid("Label", "name", "missing_field");
  if (wished?.length > 50)
    return invalid("Label", "name", "invalid", "name is too long (maximum is 50 characters)");
  if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color))
    return invalid("Label", "color", "invalid");
  if (world.tables.labels.findBy("repo_id", repository.id).some(taken))
    return invalid("Label", "name", "already_exists");
  return undefined;
}

const write = (context) => problem(context) ?? ask(context);

/** Labels set on an issue take the spelling they were created with. */
function attach(context) {
  const { world, repository, request } = context;
  const sent = bodyOf(request);
  const names = (Array.isArray(sent) ? sent : sent.labels) ?? [];
  const known = world.tables.labels.findBy("repo_id", repository.id);
  const spelled = (name) =>
    known.find((one) => one.name.toLowerCase() === String(name).toLowerCase())?.name ?? name;
  return ask(context, { body: { labels: names.map(spelled) } });
}

export const routes = [
  ["POST", `${REPO}/labels`, write],
  ["PATCH", `${REPO}/labels/:name`, write],
  ["POST", `${REPO}/issues/:number/labels`, attach],
  ["PUT", `${REPO}/issues/:number/labels`, attach],
];

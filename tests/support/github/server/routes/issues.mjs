// Issues; on GitHub every pull request is one too, which emulate does not know.
import { invalid, json, notFound, page } from "../replies.mjs";
import { ask, bodyOf } from "./emulated.mjs";
import { tooLong } from "./limits.mjs";
import { countReactions } from "./reactions.mjs";
import { issuesOff } from "./settings.mjs";

const REPO = "/repos/:owner/:repo";
const pathOf = ({ params }, kind, number) =>
  `/repos/${params.owner}/${params.repo}/${kind}/${number}`;

function rowOf({ world, repository }, number) {
  return world.tables.issues
    .findBy("repo_id", repository.id)
    .find((one) => one.number === Number(number));
}

/** A pull request, told as the issue it also is. */
function asIssue({ world, repository }, pull) {
  const base = `${world.url}/repos/${repository.full_name}`;
  const url = `${base}/issues/${pull.number}`;
  const {
    id,
    node_id,
    number,
    title,
    user,
    labels,
    state,
    locked,
    assignee,
    assignees,
    milestone,
    comments,
  } = pull;
  const {
    created_at,
    updated_at,
    closed_at,
    author_association,
    body,
    draft,
    html_url,
    diff_url,
    patch_url,
    merged_at,
  } = pull;
  return {
    id,
    node_id,
    number,
    title,
    user,
    labels,
    state,
    locked,
    assignee,
    assignees,
    milestone,
    comments,
    created_at,
    updated_at,
    closed_at,
    author_association,
    body,
    draft,
    html_url,
    state_reason: null,
    active_lock_reason: null,
    closed_by: null,
    performed_via_github_app: null,
    url,
    repository_url: base,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    reactions: countReactions(world, { kind: "issue", target: number }, `${url}/reactions`),
    pull_request: { url: pull.url, html_url, diff_url, patch_url, merged_at },
  };
}

async function show(context, number = context.params.number) {
  const row = rowOf(context, number);
  if (!row) return notFound();
  const kind = row.is_pull_request ? "pulls" : "issues";
  const shown = await ask(context, { method: "GET", path: pathOf(context, kind, number) });
  return row.is_pull_request ? { ...shown, json: asIssue(context, shown.json) } : shown;
}

function wanted({ world, repository, request }) {
  const ask_ = (name, otherwise) => request.query.get(name) ?? otherwise;
  const state = ask_("state", "open");
  const names = ask_("labels", "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const creator = world.tables.users.findOneBy("login", ask_("creator", ""))?.id;
  const labelsOf = (row) =>
    row.label_ids.map((id) => world.tables.labels.get(id)?.name.toLowerCase());
  return world.tables.issues
    .findBy("repo_id", repository.id)
    .map((row) => (row.is_pull_request ? world.pull(repository, row.number) : row))
    .filter(
      (row) =>
        (state === "all" || row.state === state) &&
        names.every((name) => labelsOf(row).includes(name)) &&
        (ask_("creator", "") === "" || row.user_id === creator) &&
        row.updated_at >= ask_("since", ""),
    );
}

async function list(context) {
  const refused = issuesOff(context);
  if (refused) return refused;
  const { request } = context;
  const by = { updated: "updated_at", comments: "comments" }[request.query.get("sort")] ?? "number";
  const sign = request.query.get("direction") === "asc" ? 1 : -1;
  const rows = wanted(context).sort(
    (a, b) => sign * (a[by] > b[by] ? 1 : a[by] < b[by] ? -1 : a.number - b.number),
  );
  const listed = page(request, rows);
  const answers = await Promise.all(listed.json.map((row) => show(context, row.number)));
  return json(
    200,
    answers.map((answer) => answer.json),
    listed.headers,
  );
}

async function create(context) {
  const refused = issuesOff(context);
  if (refused) return refused;
  const body = bodyOf(context.request);
  if (typeof body.title !== "string" || !body.title.trim())
    return invalid("Issue", "title", "missing_field");
  return tooLong(body.body, "Issue") ?? ask(context);
}

async function edit(context) {
  const { request, params } = context;
  const row = rowOf(context, params.number);
  if (!row) return notFound();
  const body = bodyOf(request);
  const long = tooLong(body.body, "Issue");
  if (long) return long;
  if (!row.is_pull_request) return ask(context);
  const { labels, title, body: text, state } = body;
  const edited = await ask(context, {
    path: pathOf(context, "pulls", row.number),
    body: { title, body: text, state },
  });
  if (edited.status === 200 && labels) {
    await ask(context, {
      method: "PUT",
      path: `${pathOf(context, "issues", row.number)}/labels`,
      body: { labels },
    });
  }
  return edited.status === 200 ? show(context) : edited;
}

export const routes = [
  ["GET", `${REPO}/issues`, list],
  ["POST", `${REPO}/issues`, create],
  ["GET", `${REPO}/issues/:number`, (context) => show(context)],
  ["PATCH", `${REPO}/issues/:number`, edit],
];

// Workflows and their runs, as far as a bot looks at its own; the runs are told by the test.
import { done, error, json, notFound, page } from "../replies.mjs";
import { ask, bodyOf } from "./emulated.mjs";

const PLACE = "/repos/:owner/:repo/actions/workflows/:name";
const ID = 1;

/** Remember the runs of a workflow, newest first: `[{ conclusion, created_at }]`. */
export function setRuns(world, repository, name, runs, state = "disabled_inactivity") {
  world.workflows.set(`${repository.full_name} ${name}`, { state, runs });
}

/** Whether GitHub would start a workflow. */
export const stateOf = (world, repository, name) =>
  world.workflows.get(`${repository.full_name} ${name}`)?.state;

const find = ({ world, repository, params }) => {
  const names = [...world.workflows.keys()].filter((key) => key.startsWith(repository.full_name));
  const known = params.name === String(ID) ? names[0] : `${repository.full_name} ${params.name}`;
  return world.workflows.get(known);
};

function show(context) {
  const { world, repository, params } = context;
  const workflow = find(context);
  if (!workflow) return notFound();
  const base = `${world.url}/repos/${repository.full_name}`;
  const path = `.github/workflows/${params.name}`;
  const day = "2026-01-01T00:00:00Z";
  return json(200, {
    id: ID,
    node_id: "W_1",
    name: params.name,
    path,
    state: workflow.state,
    created_at: day,
    updated_at: day,
    url: `${base}/actions/workflows/${params.name}`,
    html_url: `${world.url}/${repository.full_name}/blob/main/${path}`,
    badge_url: `${world.url}/${repository.full_name}/workflows/${params.name}/badge.svg`,
  });
}

async function runs(context) {
  const { world, repository, params, request } = context;
  const workflow = find(context);
  if (!workflow) return notFound();
  const path = `/repos/${repository.full_name}`;
  const { json: shown } = await ask(context, { method: "GET", path });
  const wanted = request.query.get("status");
  const listed = workflow.runs.filter((one) => !wanted || one.conclusion === wanted);
  const rows = listed.map((one, i) => {
    const id = listed.length - i;
    const url = `${world.url}${path}/actions/runs/${id}`;
    return {
      id,
      node_id: `R_${id}`,
      name: params.name,
      head_branch: "main",
      head_sha: "0".repeat(40),
      path: `.github/workflows/${params.name}`,
      display_title: params.name,
      run_number: id,
      event: "schedule",
      status: one.conclusion === "waiting" ? "waiting" : "completed",
      conclusion: one.conclusion === "waiting" ? null : one.conclusion,
      workflow_id: ID,
      url,
      html_url: `${world.url}/${repository.full_name}/actions/runs/${id}`,
      pull_requests: [],
      created_at: one.created_at,
      updated_at: one.created_at,
      head_commit: null,
      repository: shown,
      head_repository: shown,
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${world.url}${path}/check-suites/${id}`,
      cancel_url: `${url}/cancel`,
      rerun_url: `${url}/rerun`,
      artifacts_url: `${url}/artifacts`,
      workflow_url: `${world.url}${path}/actions/workflows/${ID}`,
    };
  });
  const { json: shownRows, headers } = page(request, rows);
  return json(200, { total_count: rows.length, workflow_runs: shownRows }, headers);
}

function enable(context) {
  const workflow = find(context);
  if (!workflow) return notFound();
  workflow.state = "active";
  return done();
}

/** Start a workflow by hand; GitHub answers nothing, and has nothing to say of its run yet. */
function dispatch(context) {
  const { world, repository, request } = context;
  const workflow = find(context);
  if (!workflow) return notFound();
  const { ref } = bodyOf(request);
  if (!world.branch(repository, String(ref ?? ""))) return error(422, `No ref found for: ${ref}`);
  if (workflow.state !== "active") return error(422, "Cannot trigger a disabled workflow");
  workflow.dispatched = (workflow.dispatched ?? 0) + 1;
  return done();
}

export const routes = [
  ["GET", PLACE, show],
  ["GET", `${PLACE}/runs`, runs],
  ["PUT", `${PLACE}/enable`, enable],
  ["POST", `${PLACE}/dispatches`, dispatch],
];

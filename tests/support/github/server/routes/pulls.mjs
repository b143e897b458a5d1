// Opening and changing pull requests; what their branches make of them comes from the mirror.
import { git, isAncestor, mustGit } from "../git.mjs";
import { mirror } from "../mirror.mjs";
import { invalid, notFound } from "../replies.mjs";
import { ask, bodyOf } from "./emulated.mjs";
import { tooLong } from "./limits.mjs";
import { pullsRefused } from "./settings.mjs";

const REPO = "/repos/:owner/:repo";

function headOf({ world, repository, params }, head) {
  const [owner, name] = head.includes(":") ? head.split(/:(.*)/) : [params.owner, head];
  const isFork = (one) =>
    one.forked_from_id === repository.id && one.full_name.startsWith(`${owner}/`);
  const headRepo = owner === params.owner ? repository : world.tables.repos.all().find(isFork);
  return { owner, name, headRepo, branch: headRepo && world.branch(headRepo, name) };
}

/** Why a pull request cannot be opened, or nothing. */
function problem({ world, repository, folder }, body, { head, base }) {
  const custom = (message) => invalid("PullRequest", undefined, "custom", message);
  if (typeof body.title !== "string" || !body.title.trim()) {
    return invalid("PullRequest", "title", "missing_field");
  }
  if (!head.branch) return invalid("PullRequest", "head", "invalid");
  if (!base) return invalid("PullRequest", "base", "invalid");
  const isSame = (one) =>
    one.state === "open" &&
    one.head_repo_id === head.headRepo.id &&
    one.head_ref === head.name &&
    one.base_ref === base.name;
  if (world.tables.pullRequests.findBy("repo_id", repository.id).some(isSame)) {
    return custom(`A pull request already exists for ${head.owner}:${head.name}.`);
  }
  if (head.headRepo !== repository) {
    mustGit(folder, ["fetch", "--quiet", world.folderOf(head.headRepo), head.branch.sha]);
  }
  if (isAncestor(folder, head.branch.sha, base.sha)) {
    return custom(`No commits between ${base.name} and ${head.name}`);
  }
  if (!git(folder, ["merge-base", base.sha, head.branch.sha]).ok) {
    return custom(`The ${head.name} branch has no history in common with ${base.name}`);
  }
  return tooLong(body.body, "Issue");
}

async function open(context) {
  const { world, request, repository } = context;
  const body = bodyOf(request);
  const head = headOf(context, String(body.head ?? ""));
  const base = world.branch(repository, String(body.base ?? ""));
  const refused = pullsRefused(context) ?? problem(context, body, { head, base });
  if (refused) return refused;
  const made = await ask(context);
  if (made.status !== 201) return made;
  mirror(world, repository);
  const shown = await showPull(context, made.json.number);
  return { ...shown, status: 201, headers: { location: made.json.url } };
}

/** A pull request as emulate shows it now. */
export const showPull = ({ world, request, who, params }, number) =>
  ask(
    { world, request, who },
    { method: "GET", path: `/repos/${params.owner}/${params.repo}/pulls/${number}` },
  );

async function edit(context) {
  const { world, request, repository, params } = context;
  const body = bodyOf(request);
  const pull = world.pull(repository, params.number);
  if (!pull) return notFound();
  if (body.base !== undefined && !world.branch(repository, body.base))
    return invalid("PullRequest", "base", "invalid");
  const long = tooLong(body.body, "Issue");
  if (long) return long;
  const reopens = body.state === "open" && pull.state === "closed";
  if (
    reopens &&
    (pull.merged || !world.branch(world.tables.repos.get(pull.head_repo_id), pull.head_ref))
  ) {
    return invalid(
      "PullRequest",
      "state",
      "invalid",
      "state cannot be changed. The branch was deleted or merged.",
    );
  }
  const { draft, ...known } = body; // only GraphQL changes a draft; REST ignores the field
  const edited = await ask(context, { body: known });
  if (edited.status !== 200) return edited;
  if (known.base !== undefined || reopens) mirror(world, repository);
  return showPull(context, params.number);
}

export const routes = [
  ["POST", `${REPO}/pulls`, open],
  ["PATCH", `${REPO}/pulls/:number`, edit],
];

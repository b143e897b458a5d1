// Branches and tags as git has them.
import { git, isAncestor, mustGit, objectType, readRefs, resolveCommit } from "../git.mjs";
import { mirror } from "../mirror.mjs";
import { done, error, json, notFound, page } from "../replies.mjs";
import { bodyOf } from "./emulated.mjs";

const REPO = "/repos/:owner/:repo";

function describe({ world, repository, folder }, ref, sha) {
  const type = objectType(folder, sha);
  const git_ = `${world.url}/repos/${repository.full_name}/git`;
  return {
    ref,
    node_id: `REF_${ref}`,
    url: `${git_}/${ref}`,
    object: { sha, type, url: `${git_}/${type}s/${sha}` },
  };
}

function show(context) {
  const ref = `refs/${context.params.ref}`;
  const sha = readRefs(context.folder)[ref];
  return sha ? json(200, describe(context, ref, sha)) : notFound();
}

function matching(context) {
  const prefix = `refs/${context.params.ref ?? ""}`;
  const found = Object.entries(readRefs(context.folder)).filter(([ref]) => ref.startsWith(prefix));
  return page(
    context.request,
    found.map(([ref, sha]) => describe(context, ref, sha)),
  );
}

function create(context) {
  const { world, repository, request, folder } = context;
  const { ref, sha } = bodyOf(request);
  if (!/^refs\/[^/]+\/./.test(ref ?? "") || !git(folder, ["check-ref-format", ref]).ok)
    return error(422, `${ref} is not a valid ref name.`);
  if (!/^[0-9a-f]{40}$/.test(sha ?? ""))
    return error(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
  if (!objectType(folder, sha)) return error(422, "Object does not exist");
  if (readRefs(folder)[ref]) return error(422, "Reference already exists");
  mustGit(folder, ["update-ref", ref, sha, "0".repeat(40)]);
  mirror(world, repository);
  return json(201, describe(context, ref, sha));
}

const isProtected = ({ world, repository }, ref) =>
  ref.startsWith("refs/heads/") &&
  world.branch(repository, ref.slice("refs/heads/".length))?.protected;

function move(context) {
  const { world, repository, request, folder, params } = context;
  const ref = `refs/${params.ref}`;
  const { sha, force = false } = bodyOf(request);
  const before = readRefs(folder)[ref];
  if (!before) return error(422, "Reference does not exist");
  if (!objectType(folder, sha)) return error(422, "Object does not exist");
  if (isProtected(context, ref)) return error(422, `Cannot update this protected ref. (${ref})`);
  if (!force && !isAncestor(folder, before, sha)) return error(422, "Update is not a fast forward");
  mustGit(folder, ["update-ref", ref, sha, before]);
  mirror(world, repository);
  return json(200, describe(context, ref, sha));
}

function remove(context) {
  const { world, repository, folder, params } = context;
  const ref = `refs/${params.ref}`;
  const before = readRefs(folder)[ref];
  if (!before) return error(422, "Reference does not exist");
  if (isProtected(context, ref)) return error(422, `Cannot delete this protected ref. (${ref})`);
  mustGit(folder, ["update-ref", "-d", ref, before]);
  mirror(world, repository);
  return done();
}

function listTags({ world, repository, folder, request }) {
  const names = Object.keys(readRefs(folder))
    .filter((ref) => ref.startsWith("refs/tags/"))
    .map((ref) => ref.slice("refs/tags/".length));
  const api = `${world.url}/repos/${repository.full_name}`;
  const describeTag = (name) => {
    const sha = resolveCommit(folder, `refs/tags/${name}`);
    return {
      name,
      node_id: `REF_${name}`,
      commit: { sha, url: `${api}/commits/${sha}` },
      zipball_url: `${api}/zipball/refs/tags/${name}`,
      tarball_url: `${api}/tarball/refs/tags/${name}`,
    };
  };
  return page(request, names.sort().reverse().map(describeTag));
}

export const routes = [
  ["GET", `${REPO}/tags`, listTags],
  ["GET", `${REPO}/git/ref/*ref`, show],
  ["GET", `${REPO}/git/refs/*ref`, show], // how PyGithub asks again for a ref it has
  ["GET", `${REPO}/git/matching-refs/*ref`, matching],
  ["GET", `${REPO}/git/refs`, matching],
  ["POST", `${REPO}/git/refs`, create],
  ["PATCH", `${REPO}/git/refs/*ref`, move],
  ["DELETE", `${REPO}/git/refs/*ref`, remove],
];

// Releases. A draft has no tag: two drafts may name the same one, and only a listing finds them.
import { git, mustGit, readRefs, resolveCommit } from "../git.mjs";
import { mirror } from "../mirror.mjs";
import { done, invalid, json, notFound, page } from "../replies.mjs";
import { findRelease, releasesOf, visibleReleases } from "./drafts.mjs";
import { bodyOf } from "./emulated.mjs";
import { describeAsset } from "./assets.mjs";
import { tooLong } from "./limits.mjs";
import { userOf } from "./people.mjs";

const REPO = "/repos/:owner/:repo";

function describe(context, release) {
  const { world, repository } = context;
  const api = `${world.url}/repos/${repository.full_name}`;
  const url = `${api}/releases/${release.id}`;
  const tag = release.draft ? `untagged-${release.id}` : release.tag_name;
  const {
    id,
    node_id,
    tag_name,
    target_commitish,
    name,
    body,
    draft,
    prerelease,
    created_at,
    updated_at,
    published_at,
  } = release;
  return {
    id,
    node_id,
    tag_name,
    target_commitish,
    name,
    body,
    draft,
    prerelease,
    created_at,
    updated_at,
    published_at,
    immutable: false,
    url,
    html_url: `${world.url}/${repository.full_name}/releases/tag/${tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: draft ? null : `${api}/tarball/${tag}`,
    zipball_url: draft ? null : `${api}/zipball/${tag}`,
    author: userOf(world, world.tables.users.get(release.author_id).login),
    assets: world.tables.releaseAssets
      .findBy("release_id", id)
      .map((asset) => describeAsset(context, asset)),
  };
}

function problem(context, { tag_name, target_commitish, body, draft }, own) {
  if (!git(context.folder, ["check-ref-format", `refs/tags/${tag_name}`]).ok) {
    return invalid("Release", "tag_name", "custom", "tag_name is not well-formed");
  }
  const taken = (one) =>
    one !== own && one.id !== own?.id && !one.draft && one.tag_name === tag_name;
  if (!draft && releasesOf(context).some(taken))
    return invalid("Release", "tag_name", "already_exists");
  const tagged = readRefs(context.folder)[`refs/tags/${tag_name}`];
  if (!draft && !tagged && !resolveCommit(context.folder, target_commitish))
    return invalid("Release", "target_commitish", "invalid");
  return tooLong(body, "Release");
}

/** Publishing makes the tag where there is none. */
function tagIfPublished({ world, repository, folder }, release) {
  const ref = `refs/tags/${release.tag_name}`;
  if (release.draft || readRefs(folder)[ref]) return;
  mustGit(folder, ["update-ref", ref, resolveCommit(folder, release.target_commitish)]);
  mirror(world, repository);
}

function create(context) {
  const { world, request, repository, who } = context;
  const sent = bodyOf(request);
  if (typeof sent.tag_name !== "string" || !sent.tag_name)
    return invalid("Release", "tag_name", "missing_field");
  const wished = {
    target_commitish: repository.default_branch,
    name: null,
    body: null,
    draft: false,
    prerelease: false,
    ...pick(sent),
  };
  const refused = problem(context, wished);
  if (refused) return refused;
  const author_id = world.tables.users.findOneBy("login", who.login).id;
  const published_at = wished.draft ? null : new Date().toISOString();
  const row = world.tables.releases.insert({
    ...wished,
    node_id: "",
    repo_id: repository.id,
    author_id,
    published_at,
  });
  const release = world.tables.releases.update(row.id, { node_id: `RE_${row.id}` });
  tagIfPublished(context, release);
  return json(201, describe(context, release));
}

function pick(sent) {
  const names = ["tag_name", "target_commitish", "name", "body", "draft", "prerelease"];
  return Object.fromEntries(
    names
      .filter((name) => sent[name] !== undefined && sent[name] !== "")
      .map((name) => [name, sent[name]]),
  );
}

function edit(context) {
  const release = findRelease(context);
  if (!release) return notFound();
  const wished = { ...release, ...pick(bodyOf(context.request)) };
  const refused = problem(context, wished, release);
  if (refused) return refused;
  if (release.draft && !wished.draft) wished.published_at = new Date().toISOString();
  const { id, created_at, updated_at, ...change } = wished;
  const edited = context.world.tables.releases.update(release.id, change);
  tagIfPublished(context, edited);
  return json(200, describe(context, edited));
}

function remove(context) {
  const release = findRelease(context);
  if (!release) return notFound();
  const { releaseAssets, releases } = context.world.tables;
  for (const asset of releaseAssets.findBy("release_id", release.id)) {
    releaseAssets.delete(asset.id);
    context.world.assetBytes.delete(asset.id);
  }
  releases.delete(release.id);
  return done();
}

const newestFirst = (a, b) => b.created_at.localeCompare(a.created_at) || b.id - a.id;
const list = (context) =>
  page(
    context.request,
    visibleReleases(context)
      .sort(newestFirst)
      .map((one) => describe(context, one)),
  );

const show = (pick_) => (context) => {
  const release = pick_(context);
  return release ? json(200, describe(context, release)) : notFound();
};
const published = (context) => releasesOf(context).filter((one) => !one.draft);
const latest = (context) =>
  published(context)
    .filter((one) => !one.prerelease)
    .sort((a, b) => b.published_at.localeCompare(a.published_at) || b.id - a.id)[0];

export const routes = [
  ["GET", `${REPO}/releases`, list],
  ["POST", `${REPO}/releases`, create],
  ["GET", `${REPO}/releases/latest`, show(latest)],
  [
    "GET",
    `${REPO}/releases/tags/*tag`,
    show((context) => published(context).find((one) => one.tag_name === context.params.tag)),
  ],
  ["GET", `${REPO}/releases/:id`, show(findRelease)],
  ["PATCH", `${REPO}/releases/:id`, edit],
  ["DELETE", `${REPO}/releases/:id`, remove],
];

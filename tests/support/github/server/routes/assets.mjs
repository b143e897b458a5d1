// Files of a release: their bytes are kept, and can be fetched in parts.
import { createHash } from "node:crypto";
import { done, error, invalid, json, notFound, page, ranged } from "../replies.mjs";
import { bodyOf } from "./emulated.mjs";
import { userOf } from "./people.mjs";
import { findRelease, releasesOf } from "./drafts.mjs";

const REPO = "/repos/:owner/:repo";

/** A file as GitHub shows it. */
export function describeAsset({ world, repository }, asset) {
  const {
    id,
    node_id,
    name,
    label,
    content_type,
    state,
    size,
    download_count,
    created_at,
    updated_at,
  } = asset;
  const release = world.tables.releases.get(asset.release_id);
  const tag = release.draft ? `untagged-${release.id}` : release.tag_name;
  const digest = `sha256:${createHash("sha256").update(world.assetBytes.get(id)).digest("hex")}`;
  return {
    id,
    node_id,
    name,
    label,
    content_type,
    state,
    size,
    download_count,
    created_at,
    updated_at,
    digest: state === "uploaded" ? digest : null,
    uploader: userOf(world, world.tables.users.get(asset.uploader_id).login),
    url: `${world.url}/repos/${repository.full_name}/releases/assets/${id}`,
    browser_download_url: `${world.url}/${repository.full_name}/releases/download/${encodeURIComponent(tag)}/${encodeURIComponent(name)}`,
  };
}

/** GitHub replaces what it does not like in a name by dots. */
const tidy = (name) => name.replace(/[^\w.+-]+/g, ".").replace(/^\.+|\.+$/g, "");

function upload(context) {
  const { world, request, repository, who } = context;
  const release = findRelease(context);
  if (!release) return notFound();
  const name = tidy(request.query.get("name") ?? "");
  if (!name) return invalid("ReleaseAsset", "name", "missing_field");
  if (!request.bytes.length) return error(400, "Bad Content-Length: 0");
  if (
    world.tables.releaseAssets.findBy("release_id", release.id).some((one) => one.name === name)
  ) {
    return invalid("ReleaseAsset", "name", "already_exists");
  }
  return json(
    201,
    describeAsset(context, keep({ world, repository, release, who }, request, name)),
  );
}

function keep({ world, repository, release, who }, request, name) {
  // The fault `leaves`: a broken upload leaves a "starter" behind, in the way of the next one.
  const state = request.leaves ?? "uploaded";
  const content = state === "uploaded" ? request.bytes : Buffer.alloc(0);
  const row = world.tables.releaseAssets.insert({
    node_id: "",
    release_id: release.id,
    repo_id: repository.id,
    name,
    label: request.query.get("label") ?? "",
    state,
    content_type: request.headers["content-type"] ?? "application/octet-stream",
    size: content.length,
    download_count: 0,
    uploader_id: world.tables.users.findOneBy("login", who.login).id,
  });
  world.assetBytes.set(row.id, content);
  return world.tables.releaseAssets.update(row.id, { node_id: `RA_${row.id}` });
}

function assetOf(context) {
  const asset = context.world.tables.releaseAssets.get(Number(context.params.asset));
  return asset?.repo_id === context.repository.id && findRelease(context, asset.release_id)
    ? asset
    : undefined;
}

function show(context) {
  const asset = assetOf(context);
  if (!asset) return notFound();
  if (!/octet-stream/.test(context.request.headers.accept ?? ""))
    return json(200, describeAsset(context, asset));
  // GitHub sends downloads to another address, which needs no token and must not get one.
  return { status: 302, headers: { location: `${context.world.url}/_download/${asset.id}` } };
}

function rename(context) {
  const asset = assetOf(context);
  if (!asset) return notFound();
  const { name = asset.name, label = asset.label } = bodyOf(context.request);
  const taken = (one) => one.name === name && one.id !== asset.id;
  if (context.world.tables.releaseAssets.findBy("release_id", asset.release_id).some(taken)) {
    return invalid("ReleaseAsset", "name", "already_exists");
  }
  return json(
    200,
    describeAsset(context, context.world.tables.releaseAssets.update(asset.id, { name, label })),
  );
}

function remove(context) {
  const asset = assetOf(context);
  if (!asset) return notFound();
  context.world.tables.releaseAssets.delete(asset.id);
  context.world.assetBytes.delete(asset.id);
  return done();
}

function list(context) {
  const release = findRelease(context);
  if (!release) return notFound();
  const assets = context.world.tables.releaseAssets.findBy("release_id", release.id);
  return page(
    context.request,
    assets.map((asset) => describeAsset(context, asset)),
  );
}

function send(world, request, asset) {
  world.tables.releaseAssets.update(asset.id, { download_count: asset.download_count + 1 });
  return ranged(request, world.assetBytes.get(asset.id), asset.content_type);
}

function download({ world, request, params }) {
  const asset = world.tables.releaseAssets.get(Number(params.asset));
  return asset ? send(world, request, asset) : notFound();
}

function downloadPublished(context) {
  const { world, request, params } = context;
  const repository = world.repository(`${params.holder}/${params.name}`);
  const release =
    repository &&
    releasesOf({ world, repository }).find((one) => !one.draft && one.tag_name === params.tag);
  const asset =
    release &&
    world.tables.releaseAssets
      .findBy("release_id", release.id)
      .find((one) => one.name === params.file);
  return asset && !repository.private ? send(world, request, asset) : notFound();
}

export const routes = [
  ["POST", `${REPO}/releases/:id/assets`, upload],
  ["GET", `${REPO}/releases/:id/assets`, list],
  ["GET", `${REPO}/releases/assets/:asset`, show],
  ["PATCH", `${REPO}/releases/assets/:asset`, rename],
  ["DELETE", `${REPO}/releases/assets/:asset`, remove],
  ["GET", "/_download/:asset", download],
  ["GET", "/:holder/:name/releases/download/:tag/:file", downloadPublished],
];

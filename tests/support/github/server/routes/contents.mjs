// Files and folders of a commit, through the API and as pages.
import { git, lines, mustGit, objectType, resolveCommit } from "../git.mjs";
import { bytes, json, notFound, ranged } from "../replies.mjs";

const REPO = "/repos/:owner/:repo";

function describe({ world, repository, ref }, { kind, id, path, size }) {
  const self = `${world.url}/repos/${repository.full_name}/contents/${path}?ref=${ref}`;
  const git_url = `${world.url}/repos/${repository.full_name}/git/${kind === "dir" ? "trees" : "blobs"}/${id}`;
  const html_url = `${world.url}/${repository.full_name}/blob/${ref}/${path}`;
  const download_url = kind === "file" ? html_url.replace("/blob/", "/raw/") : null;
  return {
    type: kind,
    name: path.split("/").at(-1),
    path,
    sha: id,
    size,
    url: self,
    git_url,
    html_url,
    download_url,
    _links: { self, git: git_url, html: html_url },
  };
}

function listFolder(context, { id, path }) {
  return lines(mustGit(context.folder, ["ls-tree", "-l", id])).map((line) => {
    const [facts, name] = line.split(/\t(.*)/);
    const [, type, entry, size] = facts.split(/\s+/);
    const kind = { tree: "dir", commit: "submodule" }[type] ?? "file";
    return describe(context, {
      kind,
      id: entry,
      path: path ? `${path}/${name}` : name,
      size: Number(size) || 0,
    });
  });
}

function show({ world, repository, folder, request, params }) {
  const ref = request.query.get("ref") ?? repository.default_branch;
  const sha = resolveCommit(folder, ref);
  const path = (params.path ?? "").replace(/\/$/, "");
  const found =
    sha && git(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${sha}:${path}`]);
  if (!found?.ok) return notFound();
  const id = found.text.trim();
  const context = { world, repository, folder, ref };
  if (objectType(folder, id) === "tree") return json(200, listFolder(context, { id, path }));
  const content = git(folder, ["cat-file", "blob", id]).bytes;
  const file = describe(context, { kind: "file", id, path, size: content.length });
  return json(200, { ...file, content: content.toString("base64"), encoding: "base64" });
}

const TYPES = {
  png: "image/png",
  jpg: "image/jpeg",
  svg: "image/svg+xml",
  html: "text/plain; charset=utf-8",
};

/** A file of a commit, to everyone. */
function raw({ world, request, params }) {
  const repository = world.repository(`${params.holder}/${params.name}`);
  if (!repository || repository.private) return notFound();
  const folder = world.folderOf(repository);
  const sha = resolveCommit(folder, params.ref);
  const found = sha && git(folder, ["cat-file", "blob", `${sha}:${params.path}`]);
  if (!found?.ok) return notFound();
  return ranged(
    request,
    found.bytes,
    TYPES[params.path.split(".").at(-1)] ?? "application/octet-stream",
  );
}

/** The page of a file; with `?raw=true` the file itself, which is how pictures get into a body. */
function rawOfPage(context) {
  if (context.request.query.has("raw")) return raw(context);
  return bytes(Buffer.from("a page about the file"), "text/html");
}

export const routes = [
  ["GET", `${REPO}/contents`, show],
  ["GET", `${REPO}/contents/`, show], // how PyGithub asks for the root
  ["GET", `${REPO}/contents/*path`, show],
  ["GET", "/:holder/:name/blob/:ref/*path", rawOfPage],
  ["GET", "/:holder/:name/raw/:ref/*path", raw],
];

// Which releases there are, and who sees the drafts among them.
import { mayPush } from "../access.mjs";

/** All of them. */
export const releasesOf = ({ world, repository }) =>
  world.tables.releases.findBy("repo_id", repository.id);

/** One release, where the one who asks may see it. */
export function findRelease(context, id = context.params.id) {
  return visibleReleases(context).find((one) => one.id === Number(id));
}

/** Those that the one who asks may see. */
export function visibleReleases(context) {
  const { world, repository, who } = context;
  const insider = who && mayPush(world, who.login, repository);
  return releasesOf(context).filter((one) => insider || !one.draft);
}

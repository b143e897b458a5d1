// emulate (npm) keeps users, issues, labels, comments and pull requests; only this file knows
// its inside.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// In version 0.12.2, which the lock names, the bundle with its GitHub service has this name; there
// is no other way in.
const GITHUB_SERVICE = "dist-DWLNEG6M.js";

/** Load emulate from where npm put it. */
export async function loadEmulate(packages) {
  const dist = join(packages, "node_modules/emulate/dist");
  const load = (name) => import(pathToFileURL(join(dist, name)).href);
  return { api: await load("api.js"), service: await load(GITHUB_SERVICE) };
}

/** Start a fresh emulate; give its tables and a function that answers a Request in this process. */
export async function freshEmulate({ api, service }, { url, seed }) {
  let inside;
  const { register } = service.githubPlugin;
  service.githubPlugin.register = (app, store, ...rest) => {
    inside = { app, tables: service.getGitHubStore(store) };
    register.call(service.githubPlugin, app, store, ...rest);
  };
  try {
    const emulator = await api.createEmulator({
      service: "github",
      port: 0,
      hostname: "127.0.0.1",
      baseUrl: url,
      seed,
    });
    // That closes only its own port, where nothing is strict; the app behind it lives on.
    await emulator.close();
  } finally {
    service.githubPlugin.register = register;
  }
  return { tables: inside.tables, fetch: inside.app.fetch };
}

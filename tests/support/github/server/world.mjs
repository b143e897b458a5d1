// The whole state: emulate's tables, the git repositories, and what neither keeps.
import { cpSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { freshEmulate, loadEmulate } from "./emulate.mjs";
import { Faults } from "./faults.mjs";
import { lendObjects, makeRepository, writeHooks } from "./git.mjs";
import { Ledger } from "./ledger.mjs";
import { mirror } from "./mirror.mjs";
import { COLLABORATORS, REPOSITORIES, emulateSeed } from "./seed.mjs";

export class World {
  faults = new Faults();
  ledger = new Ledger();
  inFlight = new Set();
  firstRefs = {};
  generation = 0; // a request that outlives a reset must not write into the next test's world

  constructor({ folder, packages, url }) {
    Object.assign(this, { folder, packages, url, template: join(folder, "template") });
  }

  /** Make the repositories every reset starts from, once. */
  async open() {
    this.emulate = await loadEmulate(this.packages);
    const hooks = join(this.folder, "hooks");
    writeHooks(hooks);
    for (const { owner, name, forkOf } of REPOSITORIES) {
      const folder = join(this.template, owner, `${name}.git`);
      const title = forkOf ? forkOf.split("/")[1] : name; // a fork starts with its parent's commit
      this.firstRefs[`${owner}/${name}`] = {
        "refs/heads/main": makeRepository(folder, { title, hooks }),
      };
      lendObjects(folder, join(this.folder, "objects", owner, name));
    }
    await this.reset();
  }

  /** Forget everything that happened. */
  async reset() {
    const before = this.root;
    this.generation += 1;
    this.root = join(this.folder, `git-${this.generation}`);
    cpSync(this.template, this.root, { recursive: true });
    // Without waiting: deleting takes longer than all the rest.
    if (before) rm(before, { recursive: true, force: true }).catch(() => {});
    const { tables, fetch } = await freshEmulate(this.emulate, {
      url: this.url,
      seed: emulateSeed(),
    });
    Object.assign(this, {
      tables,
      fetch,
      assetBytes: new Map(),
      reactions: [],
      requestsOf: new Map(),
      workflows: new Map(),
      settings: new Map(),
    });
    this.#seedTies();
    for (const repository of tables.repos.all())
      mirror(this, repository, this.firstRefs[repository.full_name]);
    this.faults.clear();
    this.ledger.clear();
  }

  #seedTies() {
    const { repos, users, collaborators } = this.tables;
    for (const login of ["sync-app[bot]", "github-actions[bot]"])
      users.update(users.findOneBy("login", login).id, { type: "Bot" });
    for (const { owner, name, forkOf } of REPOSITORIES.filter((one) => one.forkOf)) {
      const parent = repos.findOneBy("full_name", forkOf);
      repos.update(repos.findOneBy("full_name", `${owner}/${name}`).id, {
        fork: true,
        forked_from_id: parent.id,
      });
    }
    for (const [fullName, people] of Object.entries(COLLABORATORS)) {
      const repo_id = repos.findOneBy("full_name", fullName).id;
      for (const [login, permission] of Object.entries(people)) {
        collaborators.insert({ repo_id, user_id: users.findOneBy("login", login).id, permission });
      }
    }
  }

  repository(fullName) {
    return this.tables.repos.findOneBy("full_name", fullName);
  }

  folderOf(repository) {
    return join(this.root, `${repository.full_name}.git`);
  }

  pull(repository, number) {
    return this.tables.pullRequests
      .findBy("repo_id", repository.id)
      .find((one) => one.number === Number(number));
  }

  branch(repository, name) {
    return this.tables.branches.findBy("repo_id", repository.id).find((one) => one.name === name);
  }
}

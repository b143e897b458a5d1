// Who and what there is after each reset.

export const PEOPLE = [
  "maintainer",
  "reviewer",
  "reader",
  "stranger",
  "upstream",
  "bot",
  "sync-app[bot]",
  "github-actions[bot]",
];

// The strings are names, not secrets: nothing outside this process knows them.
export const TOKENS = {
  "token-of-bot": { login: "bot", scopes: ["repo", "workflow"] },
  "token-of-bot-read-only": { login: "bot", scopes: [] },
  "token-of-app": { login: "sync-app[bot]", scopes: ["repo"], app: true },
  "token-of-actions": { login: "github-actions[bot]", scopes: ["repo"], app: true },
  "token-of-maintainer": { login: "maintainer", scopes: ["repo"] },
  "token-of-reviewer": { login: "reviewer", scopes: ["repo"] },
  "token-of-reader": { login: "reader", scopes: ["repo"] },
  "token-of-stranger": { login: "stranger", scopes: ["repo"] },
  "token-of-upstream": { login: "upstream", scopes: ["repo"] },
};

export const REPOSITORIES = [
  { owner: "maintainer", name: "collection", description: "The repository the bot keeps" },
  { owner: "upstream", name: "source", description: "Somebody else's images" },
  {
    owner: "maintainer",
    name: "source",
    description: "Our fork of them",
    forkOf: "upstream/source",
  },
  { owner: "maintainer", name: "secret", description: "Not for everyone", private: true },
];

const PUSHERS = {
  bot: "push",
  "sync-app[bot]": "push",
  "github-actions[bot]": "push",
  reviewer: "push",
  reader: "pull",
};
export const COLLABORATORS = { "maintainer/collection": PUSHERS, "maintainer/source": PUSHERS };

/** The same as emulate wants it; repositories are empty there, since git fills them. */
export function emulateSeed() {
  const users = PEOPLE.map((login) => ({
    login,
    name: login,
    email: `${login.replace(/\W/g, "-")}@example.org`,
  }));
  const repos = REPOSITORIES.map(({ owner, name, description, private: hidden = false }) => ({
    owner,
    name,
    description,
    private: hidden,
    auto_init: false,
    default_branch: "main",
  }));
  return { tokens: TOKENS, github: { users, repos } };
}

// Keys for the pairs. They do nothing while somebody types, or holds a modifier.

const keys = {
  j: () => step(1),
  k: () => step(-1),
  s: () => giveAnswer("same"),
  d: () => giveAnswer("different"),
  u: () => undo(),
  1: () => setView("side"),
  2: () => setView("blink"),
  3: () => setView("swipe"),
  "?": () => byId("help").showModal(),
};

const isTyping = (element) => element.matches("input:not([type=range]), textarea, select");

if (pairData.length) {
  addEventListener("keydown", (event) => {
    const busy = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
    if (busy || isTyping(event.target) || byId("help").open || !Object.hasOwn(keys, event.key)) return;
    if (!visiblePairs().length) return;
    event.preventDefault();
    keys[event.key]();
    byId("viewer").scrollIntoView({ block: "nearest" });
  });
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("help-close").addEventListener("click", () => byId("help").close());
  showPair(0);
}
if (items.length) applyFilters();

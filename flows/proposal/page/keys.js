// Single keys. They do nothing while somebody types, holds a modifier, or has switched them off.

const KEYS_OFF = "covid19-images/keys-off";
const pairKeys = {
  j: () => step(1),
  k: () => step(-1),
  s: () => giveAnswer("same"),
  d: () => giveAnswer("different"),
  u: () => undo(),
  1: () => setView("side"),
  2: () => setView("blink"),
  3: () => setView("swipe"),
};
const pageKeys = {
  n: () => goToPage(pageNumber + 1),
  p: () => goToPage(pageNumber - 1),
  r: () => reviewPage(),
};

const isTyping = (element) =>
  element.matches("input:not([type=range], [type=checkbox]), textarea, select");

function onKey(event) {
  const busy = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
  if (busy || isTyping(event.target) || byId("help").open) return;
  if (event.key === "?") byId("help").showModal();
  else if (!byId("keys-act").checked) return;
  else if (cards.length && Object.hasOwn(pageKeys, event.key)) pageKeys[event.key]();
  else if (visiblePairs().length && Object.hasOwn(pairKeys, event.key)) {
    pairKeys[event.key]();
    byId("viewer").scrollIntoView({ block: "nearest" });
  } else return;
  event.preventDefault();
}

function keysAct(act) {
  try {
    if (act) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  } catch {
    // Then it lasts as long as the page is open.
  }
}

function keysWereOff() {
  try {
    return localStorage.getItem(KEYS_OFF) !== null;
  } catch {
    return false;
  }
}

if (items.length) {
  byId("keys-act").checked = !keysWereOff();
  byId("keys-act").addEventListener("change", (event) => keysAct(event.target.checked));
  addEventListener("keydown", onKey);
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("help-close").addEventListener("click", () => byId("help").close());
  if (pairData.length) showPair(0);
  applyFilters();
}

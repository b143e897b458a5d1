// Filters by kind, source and finding. What is chosen stands in the address, so it can be sent on.

const items = [...document.querySelectorAll(".item")].map((element) => ({
  element,
  kind: element.closest("[data-kind]").dataset.kind,
  source: element.closest("[data-source]").dataset.source,
  findings: element.dataset.findings ? element.dataset.findings.split(" ").map(Number) : [],
}));
const kindButtons = [...document.querySelectorAll("#filters [data-kind]")];
const selects = { source: byId("by-source"), finding: byId("by-finding") };
const findingNames = items.length ? [...selects.finding.options].slice(1).map((o) => o.value) : [];
const matching = {
  kind: (item, word) => item.kind === word,
  source: (item, word) => item.source === word,
  finding: (item, word) => item.findings.includes(findingNames.indexOf(word)),
};
const facets = Object.keys(matching);
const onlyOpen = byId("not-reviewed"); // a page without changes has none

let chosen = readAddress();

function readAddress() {
  const hash = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(facets.map((facet) => [facet, hash.get(facet) ?? ""]));
}

function setFilter(facet, word) {
  chosen = { ...chosen, [facet]: word };
  const hash = new URLSearchParams(facets.filter((f) => chosen[f]).map((f) => [f, chosen[f]]));
  history.replaceState(null, "", `#${hash}`);
  applyFilters();
}

function matches(item, except) {
  return facets.every((f) => f === except || !chosen[f] || matching[f](item, chosen[f]));
}

function applyFilters() {
  let shown = 0;
  for (const item of items) {
    const fits = matches(item) && !(onlyOpen?.checked && isReviewed(item));
    item.element.hidden = !fits;
    shown += fits;
  }
  for (const holder of document.querySelectorAll(".holder")) {
    holder.hidden = !holder.querySelector(".item:not([hidden])");
  }
  byId("no-match").hidden = shown > 0;
  byId("matches").textContent = `${shown.toLocaleString("en")} of ${items.length.toLocaleString("en")} shown`;
  countWords();
  dispatchEvent(new Event("filtered"));
}

// Each word says how many there would be if it were chosen, with the other filters as they are.
function countWords() {
  for (const button of kindButtons) {
    const count = countOf("kind", button.dataset.kind);
    button.querySelector(".count").textContent = count.toLocaleString("en");
    button.setAttribute("aria-pressed", String(button.dataset.kind === chosen.kind));
  }
  for (const [facet, select] of Object.entries(selects)) {
    for (const option of select.options) {
      option.dataset.name ??= option.text;
      option.text = `${option.dataset.name} (${countOf(facet, option.value).toLocaleString("en")})`;
    }
    select.value = chosen[facet];
  }
}

function countOf(facet, word) {
  const fits = (item) => matches(item, facet) && (!word || matching[facet](item, word));
  return items.filter(fits).length;
}

if (items.length) {
  kindButtons.forEach((b) => b.addEventListener("click", () => setFilter("kind", b.dataset.kind)));
  for (const [facet, select] of Object.entries(selects)) {
    select.addEventListener("change", () => setFilter(facet, select.value));
  }
  onlyOpen?.addEventListener("change", applyFilters);
  byId("show-all").addEventListener("click", () => {
    if (onlyOpen) onlyOpen.checked = false;
    facets.forEach((facet) => setFilter(facet, ""));
    kindButtons[0].focus();
  });
  addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return; // a link to a part of the page
    chosen = readAddress();
    applyFilters();
    byId("filters").scrollIntoView();
  });
}

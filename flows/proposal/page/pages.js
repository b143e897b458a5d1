// The changes page by page: a page never begins in the middle of a kind that would fit whole.

const PER_PAGE = matchMedia("(width < 40rem)").matches ? 24 : 48;
const cards = items.filter((item) => item.element.dataset.mark);
const blocks = [...document.querySelectorAll("details.paged")].map((element) => ({
  element,
  cards: cards.filter((item) => element.contains(item.element)),
}));
let pages = [[]];
let pageNumber = 0;

function cutIntoPages() {
  const cut = [[]];
  for (const block of blocks) {
    const fitting = block.cards.filter((item) => !item.element.hidden);
    for (let start = 0; start < fitting.length; ) {
      const room = PER_PAGE - cut.at(-1).length;
      const left = fitting.length - start;
      if (room <= 0 || (cut.at(-1).length && left > room && start === 0)) {
        cut.push([]);
        continue;
      }
      cut.at(-1).push(...fitting.slice(start, start + room));
      start += room;
    }
  }
  return cut;
}

function showPage(number) {
  for (const item of pages[pageNumber] ?? []) delete item.element.dataset.here;
  pageNumber = Math.max(0, Math.min(number, pages.length - 1));
  for (const { element } of pages[pageNumber]) element.dataset.here = "";
  for (const holder of document.querySelectorAll(".paged")) {
    holder.toggleAttribute("data-here", holder.querySelector("[data-here]") !== null);
  }
  showMarks();
}

function showMarks() {
  const here = pages[pageNumber];
  const done = here.length > 0 && here.every(isReviewed);
  for (const item of here) item.element.toggleAttribute("data-reviewed", isReviewed(item));
  byId("page-number").textContent =
    `Page ${(pageNumber + 1).toLocaleString("en")} of ${pages.length.toLocaleString("en")}`;
  // Not `disabled`: a button that is pressed must not lose the focus.
  byId("page-before").setAttribute("aria-disabled", String(pageNumber === 0));
  byId("page-after").setAttribute("aria-disabled", String(pageNumber === pages.length - 1));
  byId("page-reviewed").setAttribute("aria-pressed", String(done));
  byId("page-reviewed").textContent = done ? "Reviewed" : "Reviewed, go on";
  byId("unmark").setAttribute("aria-disabled", String(!marksBefore));
  for (const block of blocks) showBlock(block);
  showProgress();
}

function showBlock({ element, cards: own }) {
  const reviewed = own.filter(isReviewed).length;
  const button = element.querySelector(".mark-all");
  const all = reviewed === own.length;
  element.querySelector(".progress span").textContent =
    `${reviewed.toLocaleString("en")} of ${own.length.toLocaleString("en")} reviewed`;
  button.textContent = all ? "Take the marks back" : "Mark all as reviewed";
  button.setAttribute("aria-label", `${button.textContent}: ${sourceAndKind(element)}`);
}

function showProgress() {
  const reviewed = cards.filter(isReviewed).length;
  byId("reviewed-bar").max = cards.length;
  byId("reviewed-bar").value = reviewed;
  byId("reviewed-count").textContent =
    `${reviewed.toLocaleString("en")} of ${cards.length.toLocaleString("en")} reviewed`;
  for (const link of document.querySelectorAll("a[data-counts]")) {
    const [source, kind] = ["source", "kind"].map((name) =>
      new URLSearchParams(link.hash.slice(1)).get(name));
    const own = cards.filter((item) => item.source === source && item.kind === kind);
    link.classList.toggle("done", own.length > 0 && own.every(isReviewed));
  }
}

// What a screen reader hears of a page: where it stands, and what of.
function sayPage(first = "") {
  const words = pages[pageNumber].map(({ element }) => sourceAndKind(element.closest("details")));
  const where = [...new Set(words)].join("; ");
  byId("page-said").textContent = `${first}${where}`;
}

function sourceAndKind({ dataset: { source, kind } }) {
  return `${source}, ${kindButtons.find((b) => b.dataset.kind === kind).firstChild.data.trim()}`;
}

function goToPage(number, first = "") {
  const moved = Math.max(0, Math.min(number, pages.length - 1)) !== pageNumber;
  showPage(number);
  sayPage(first);
  if (moved) byId("review").scrollIntoView({ block: "start" });
}

function nextToReview() {
  const isOpen = (page) => page.some((item) => !isReviewed(item));
  const after = pages.findIndex((page, n) => n > pageNumber && isOpen(page));
  return after >= 0 ? after : pages.findIndex(isOpen);
}

// A page that is reviewed already is taken back; another is marked, and the next one comes.
function reviewPage() {
  const here = pages[pageNumber];
  if (here.length === 0) return;
  if (here.every(isReviewed)) {
    setReviewed(here, false);
    markedAnew("Marks taken back. ");
    return;
  }
  setReviewed(here, true);
  if (byId("not-reviewed").checked) {
    markedAnew(`${here.length} marked as reviewed. `);
    byId("review").scrollIntoView({ block: "start" });
    return;
  }
  const next = nextToReview();
  if (next < 0) markedAnew("Everything here is reviewed. ");
  else goToPage(next, `${here.length} marked as reviewed. `);
}

function reviewBlock(block) {
  const reviewed = !block.cards.every(isReviewed);
  setReviewed(block.cards, reviewed);
  markedAnew(`${block.cards.length} ${reviewed ? "marked as reviewed" : "marks taken back"}. `);
}

function markedAnew(words) {
  if (byId("not-reviewed").checked) applyFilters();
  else showMarks();
  sayPage(words);
}

if (cards.length) {
  byId("page-before").addEventListener("click", () => goToPage(pageNumber - 1));
  byId("page-after").addEventListener("click", () => goToPage(pageNumber + 1));
  byId("page-reviewed").addEventListener("click", reviewPage);
  byId("unmark").addEventListener("click", () => {
    if (undoMarks()) markedAnew("Undone. ");
  });
  blocks.forEach((block) => {
    block.element.querySelector(".mark-all").addEventListener("click", () => reviewBlock(block));
  });
  addEventListener("filtered", () => {
    const first = pages[pageNumber]?.[0];
    for (const item of pages[pageNumber] ?? []) delete item.element.dataset.here;
    pages = cutIntoPages();
    showPage(pages.findIndex((page) => page.includes(first)));
  });
}

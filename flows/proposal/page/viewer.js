// One pair at a time, in three views.

const pairData = readJson("pair-data");
const pairItems = [...document.querySelectorAll(".pair")];
const viewButtons = [...document.querySelectorAll("#viewer button[data-view]")];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const BLINK_MS = 800;
let current = 0;
let blinking = 0;
let paused = false;

const visiblePairs = () => pairData.map((_, n) => n).filter((n) => !pairItems[n].hidden);

function showPair(number) {
  current = number;
  const pair = pairData[number];
  const says = pairItems[number].querySelector(".says").cloneNode(true);
  byId("about").replaceChildren(...says.childNodes);
  const roles = pair.kind === "undecided" ? ["first", "second"] : ["copy", "original"];
  ["copy", "original"].forEach((id, side) => showSide(id, roles[side], pair, side));
  byId("viewer").style.setProperty("--ratio", pair.ratio ?? 2);
  const drawn = pair.pictures.every((picture) => picture !== null);
  byId("stage").classList.toggle("bare", !drawn);
  byId("no-picture").hidden = drawn;
  byId("registered").textContent = !drawn ? "" : pair.registered
    ? "Laid on each other: what is the same stands in the same place."
    : "Not laid on each other: each fills its frame.";
  pairItems.forEach((item, n) => item.setAttribute("aria-current", String(n === number)));
  showInList(pairItems[number]);
  showPosition();
  showAnswer();
}

// Only the list is scrolled: `scrollIntoView` would move the page away from the pictures.
function showInList(item) {
  const list = item.parentElement;
  const above = item.offsetTop - list.offsetTop;
  const below = above + item.offsetHeight - list.clientHeight;
  list.scrollTop = Math.max(below, Math.min(list.scrollTop, above));
}

function showSide(id, role, pair, side) {
  const picture = byId(id);
  const number = pair.pictures[side];
  picture.alt = `${role}: ${pair.keys[side]}`;
  if (number === null) picture.removeAttribute("src");
  else picture.src = pictureUrl(number);
  picture.nextElementSibling.textContent = role;
}

function showPosition() {
  const visible = visiblePairs();
  const place = visible.indexOf(current);
  byId("position").textContent = `Pair ${place + 1} of ${visible.length}`;
  // Not `disabled`: a button that is pressed must not lose the focus.
  byId("previous").setAttribute("aria-disabled", String(place <= 0));
  byId("next").setAttribute("aria-disabled", String(place === visible.length - 1));
}

function step(by) {
  const visible = visiblePairs();
  const next = visible[visible.indexOf(current) + by];
  if (next === undefined) return false;
  showPair(next);
  return true;
}

function setView(view) {
  byId("stage").dataset.view = view;
  for (const button of viewButtons) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  byId("swipe-control").hidden = view !== "swipe";
  byId("blink-control").hidden = view !== "blink";
  runBlink();
}

function runBlink() {
  clearInterval(blinking);
  const still = calm.matches;
  byId("pause").hidden = still;
  byId("pause").textContent = paused ? "Blink again" : "Pause";
  showFront();
  if (byId("stage").dataset.view === "blink" && !paused && !still) {
    blinking = setInterval(switchFront, BLINK_MS);
  }
}

function switchFront() {
  const stage = byId("stage");
  stage.dataset.front = stage.dataset.front === "copy" ? "original" : "copy";
  showFront();
}

function showFront() {
  const front = byId(byId("stage").dataset.front);
  byId("front").textContent = `Shown: ${front.nextElementSibling.textContent}`;
}

function swipeTo(percent) {
  byId("stage").style.setProperty("--cut", `${100 - percent}%`);
}

if (pairData.length) {
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  viewButtons.forEach((b) => b.addEventListener("click", () => setView(b.dataset.view)));
  byId("pause").addEventListener("click", () => { paused = !paused; runBlink(); });
  byId("switch").addEventListener("click", () => { paused = true; switchFront(); runBlink(); });
  byId("swipe").addEventListener("input", (event) => swipeTo(event.target.valueAsNumber));
  calm.addEventListener("change", runBlink);
  pairItems.forEach((item, n) => item.querySelector(".look").addEventListener("click", () => {
    showPair(n);
    byId("viewer").scrollIntoView({ block: "nearest" });
  }));
  addEventListener("filtered", () => {
    const visible = visiblePairs();
    if (visible.length && !visible.includes(current)) showPair(visible[0]);
    else if (visible.length) showPosition();
  });
}

// What the reviewer says of the pairs, and the two texts that carry it to the bot.

const STORE = "covid19-images/answers";
const WORDS = { same: "same picture", different: "different" };
const kinds = pairData.length ? [...byId("kind").options].map((option) => option.value) : [];
const answers = new Map(restored());
const given = []; // numbers of the pairs, in the order they were answered here

const pairKey = (number) => JSON.stringify(pairData[number].keys);
const answerOf = (number) => answers.get(pairKey(number));
const answeredPairs = () => pairData.map((_, n) => n).filter(answerOf);

// A browser may refuse to store anything for a file: answers then last as long as the page is open.
// What comes back is checked, because other files on the same disk may have written it.
function restored() {
  try {
    const kept = Object.entries(JSON.parse(localStorage.getItem(STORE)) ?? {});
    return kept.filter(([, { verdict, kind, date }]) =>
      verdict in WORDS && kinds.includes(kind) && /^\d{4}-\d\d-\d\d$/.test(date));
  } catch {
    return [];
  }
}

function store() {
  try {
    localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(answers)));
  } catch {
    // See above.
  }
}

function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function giveAnswer(verdict) {
  const { kind } = pairData[current];
  const differ = kinds.includes(kind) ? kind : byId("kind").value;
  answers.set(pairKey(current), { verdict, kind: differ, date: today() });
  given.push(current);
  store();
  if (!step(1)) showPair(current);
  say(`Answer recorded: ${WORDS[verdict]}. ${answeredPairs().length} of ${pairData.length} answered.`);
}

function changeKind() {
  if (!answerOf(current)) return;
  answers.set(pairKey(current), { ...answerOf(current), kind: byId("kind").value });
  store();
  writeTexts();
}

// Take back the answer of this pair, or else go back to the one answered last.
function undo() {
  const last = given.findLast((n) => answerOf(n) && !pairItems[n].hidden);
  const number = answerOf(current) ? current : last;
  if (number === undefined) {
    say("There is no answer to undo.");
    return;
  }
  answers.delete(pairKey(number));
  store();
  showPair(number);
  say("Answer removed.");
}

function say(words) {
  byId("said").textContent = words;
}

function showAnswer() {
  const verdict = answerOf(current)?.verdict;
  for (const name of Object.keys(WORDS)) {
    byId(name).setAttribute("aria-pressed", String(name === verdict));
  }
  byId("how").hidden = kinds.includes(pairData[current].kind);
  pairItems.forEach((item, n) => {
    item.querySelector(".answer").textContent = WORDS[answerOf(n)?.verdict] ?? "";
  });
  writeTexts();
}

// A JSON string is a TOML string, but for the characters that TOML forbids or an eye cannot see.
function tomlString(text) {
  return JSON.stringify(text).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (hidden) =>
    `\\U${hidden.codePointAt(0).toString(16).padStart(8, "0")}`);
}

function toml(number) {
  const { verdict, kind, date } = answerOf(number);
  const [a, b] = pairData[number].keys.map(tomlString);
  const lines = ["[[pairs]]", `a = ${a}`, `b = ${b}`, `verdict = "${verdict}"`];
  if (verdict === "same") lines.push(`kind = "${kind}"`);
  return [...lines, `by = ${tomlString(byId("name").value.trim())}`, `date = ${date}`].join("\n");
}

function writeTexts() {
  const numbers = answeredPairs();
  const named = numbers.filter((n) => pairData[n].names);
  byId("no-answers").hidden = numbers.length > 0;
  byId("texts").hidden = numbers.length === 0;
  byId("toml").value = numbers.map((n) => `${toml(n)}\n`).join("\n");
  byId("comment").value = named
    .map((n) => `/sync ${answerOf(n).verdict} ${pairData[n].names.join(" ")}\n`).join("");
  byId("only-file").hidden = named.length === numbers.length;
}

// Where the page is a file, a browser may keep the clipboard from it; then the text is selected.
async function take(text) {
  if (text.id === "toml" && !byId("name").value.trim()) {
    byId("taken").textContent = "Write your name first; it stands beside each answer.";
    byId("name").focus();
    return;
  }
  try {
    await navigator.clipboard.writeText(text.value);
    byId("taken").textContent = "Copied.";
  } catch {
    text.focus();
    text.select();
    byId("taken").textContent = "The text is selected; copy it with your keyboard.";
  }
}

if (pairData.length) {
  byId("same").addEventListener("click", () => giveAnswer("same"));
  byId("different").addEventListener("click", () => giveAnswer("different"));
  byId("clear").addEventListener("click", undo);
  byId("name").addEventListener("input", writeTexts);
  byId("kind").addEventListener("change", changeKind);
  document.querySelectorAll(".take").forEach((button) => {
    button.addEventListener("click", () => take(byId(button.dataset.from)));
  });
}

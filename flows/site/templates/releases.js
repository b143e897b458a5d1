// What changed between any two releases: the changes of each release on the way, put together.
"use strict";

const LISTED = 200;
const WORDS = { ADD: "added", MOD: "changed", DEL: "no longer in it" };
const byId = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString("en");
const from = byId("from");
const to = byId("to");
const versions = [...from.options].map((option) => option.text).reverse(); // oldest first
const waiting = new Map();
let turn = 0;

function changesAre(version, rows) {
  waiting.get(version)?.resolve(rows);
}

function load(version) {
  if (!waiting.has(version)) {
    const ready = {};
    ready.promise = new Promise((resolve, reject) => Object.assign(ready, { resolve, reject }));
    waiting.set(version, ready);
    const script = document.createElement("script");
    const missing = () => { waiting.delete(version); ready.reject(new Error(version)); };
    script.src = `changes/${version}.js`;
    script.onload = missing; // where the changes did not arrive
    script.onerror = missing;
    document.head.append(script);
  }
  return waiting.get(version).promise;
}

// Going back reads the same changes the other way round.
const opposite = { ADD: "DEL", DEL: "ADD", MOD: "MOD" };

function together(parts) {
  const found = new Map();
  for (const [act, source, path, image, columns] of parts.flat()) {
    const key = path ? `${source}/${path}` : image;
    const before = found.get(key);
    if (before?.act === "ADD" && act === "DEL") { found.delete(key); continue; }
    const now = before?.act === "ADD" ? "ADD" : before?.act === "DEL" && act === "ADD" ? "MOD" : act;
    found.set(key, { act: now, source, columns: new Set([...(before?.columns ?? []), ...columns]) });
  }
  return found;
}

async function compare() {
  const mine = ++turn;
  const ends = [versions.indexOf(from.value), versions.indexOf(to.value)];
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  byId("sum").textContent = "Comparing …";
  try {
    const parts = await Promise.all(versions.slice(first + 1, last + 1).map(load));
    if (mine === turn) show(together(parts), ends[0] > ends[1]);
  } catch (error) {
    if (mine !== turn) return;
    byId("sum").textContent = `The changes of ${error.message} could not be loaded. Try again.`;
    byId("changes").replaceChildren();
  }
}

function show(found, back) {
  const rows = [...found].map(([key, row]) => ({ key, ...row, act: back ? opposite[row.act] : row.act }));
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const counted = Object.entries(WORDS).map(([act, words]) => `${number(rows.filter((row) => row.act === act).length)} ${words}`);
  byId("sum").textContent = `From ${from.value} to ${to.value}: ${counted.join(", ")}`;
  byId("changes").replaceChildren(...Object.keys(WORDS).flatMap((act) => listed(act, rows.filter((row) => row.act === act))));
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function listed(act, rows) {
  if (!rows.length) return [];
  const list = element("ul", "list", "");
  for (const { key, columns } of rows.slice(0, LISTED)) {
    const item = element("li", "", key);
    if (act === "MOD" && columns.size) item.append(element("span", "soft", ` ${[...columns].sort().join(", ")}`));
    list.append(item);
  }
  const made = [element("h3", "", `${number(rows.length)} ${WORDS[act]}`), list];
  if (rows.length > LISTED) made.push(element("p", "soft", `… and ${number(rows.length - LISTED)} more`));
  return made;
}

from.addEventListener("change", compare);
to.addEventListener("change", compare);
compare();

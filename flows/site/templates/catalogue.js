// Search and filters. What is chosen stands in the address, so it can be sent on. Data are scripts,
// because a page that is opened from a folder may load no others.
"use strict";

const A_PAGE = 50;
const MOST_READ = 200; // shards that one search reads
const byId = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString("en");
const selects = [...document.querySelectorAll("select[data-facet]")];
const waiting = new Map(); // shards that are being loaded, by name
let index = null;
let chosen = [];
let words = "";
let page = 0;
let lastPage = 0;
let turn = 0; // of the latest search; an earlier one that is still loading shows nothing

function rowsAre(name, rows) {
  const ready = waiting.get(name);
  if (!ready) return;
  ready.arrived = true;
  ready.resolve(rows);
}

function shard(name) {
  if (!waiting.has(name)) {
    const ready = {};
    ready.promise = new Promise((resolve, reject) => Object.assign(ready, { resolve, reject }));
    waiting.set(name, ready);
    const script = document.createElement("script");
    const missing = () => { waiting.delete(name); ready.reject(new Error(name)); };
    script.src = `rows/${name}.js`;
    script.onload = () => { if (!ready.arrived) missing(); }; // it was there, and not whole
    script.onerror = missing;
    document.head.append(script);
  }
  return waiting.get(name).promise;
}

function catalogueIs(loaded) {
  index = loaded;
  readAddress();
  selects.forEach((select, facet) => {
    for (const [value, word] of index.words[facet].entries()) {
      select.append(new Option(word, String(value)));
    }
    select.addEventListener("change", () => choose(facet, select.value));
  });
  byId("words").value = words;
  byId("words").addEventListener("input", () => search(byId("words").value));
  byId("clear").addEventListener("click", clear);
  byId("before").addEventListener("click", () => { if (page > 0) show(page - 1, true); });
  byId("after").addEventListener("click", () => { if (page < lastPage) show(page + 1, true); });
  addEventListener("hashchange", () => { readAddress(); byId("words").value = words; refresh(); });
  refresh();
}

function readAddress() {
  const hash = new URLSearchParams(location.hash.slice(1));
  chosen = index.facets.map((facet, n) => index.words[n].indexOf(hash.get(facet) ?? "\0"));
  words = hash.get("words") ?? "";
}

function writeAddress() {
  const pairs = index.facets.map((facet, n) => [facet, index.words[n][chosen[n]]])
    .filter(([, word]) => word !== undefined);
  if (words) pairs.push(["words", words]);
  history.replaceState(null, "", `#${new URLSearchParams(pairs)}`);
}

function choose(facet, value) {
  chosen[facet] = value === "" ? -1 : Number(value);
  writeAddress();
  refresh();
}

function search(text) {
  words = text.trim();
  writeAddress();
  show(0);
}

function clear() {
  chosen = chosen.map(() => -1);
  words = byId("words").value = "";
  writeAddress();
  refresh();
  byId("words").focus();
}

const fits = ([, , values], except) =>
  values.every((own, n) => n === except || chosen[n] < 0 || own.includes(chosen[n]));

// Each word says how many there would be if it were chosen, with the other filters as they are.
function refresh() {
  selects.forEach((select, facet) => {
    const counts = new Map();
    let all = 0;
    for (const group of index.groups) {
      if (!fits(group, facet)) continue;
      all += group[1];
      for (const value of group[2][facet]) counts.set(value, (counts.get(value) ?? 0) + group[1]);
    }
    select.options[0].text = `all (${number(all)})`;
    for (const option of [...select.options].slice(1)) {
      const count = counts.get(Number(option.value)) ?? 0;
      option.text = `${index.words[facet][Number(option.value)]} (${number(count)})`;
    }
    select.value = chosen[facet] < 0 ? "" : String(chosen[facet]);
  });
  show(0);
}

// The shards of what fits, in order, each with how many rows it has.
function* shards() {
  for (const group of index.groups) {
    if (!fits(group)) continue;
    for (let start = 0; start < group[1]; start += index.shard) {
      yield [`${group[0]}-${start / index.shard}`, Math.min(index.shard, group[1] - start)];
    }
  }
}

async function show(wanted, turned = false) {
  const mine = ++turn;
  const total = index.groups.filter((group) => fits(group)).reduce((sum, g) => sum + g[1], 0);
  byId("count").textContent = words ? "Searching …" : `${number(total)} pictures`;
  try {
    const found = words ? await searched() : { rows: await listed(wanted * A_PAGE), total };
    if (mine !== turn) return;
    page = wanted;
    const rows = words ? found.rows.slice(page * A_PAGE, (page + 1) * A_PAGE) : found.rows;
    byId("count").textContent = found.says ?? `${number(found.total)} pictures`;
    byId("rows").replaceChildren(...rows.map(item));
    showTurn(found.total);
    if (turned) byId("count").scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (mine !== turn) return;
    byId("count").textContent =
      `The part ${error.message} of the catalogue could not be loaded. Try again, or use the lists by source above.`;
    byId("rows").replaceChildren();
  }
}

async function listed(start) {
  const needed = [];
  let skip = start;
  let room = A_PAGE;
  for (const [name, count] of shards()) {
    if (skip >= count) { skip -= count; continue; }
    const take = Math.min(room, count - skip);
    needed.push([name, skip, take]);
    skip = 0;
    room -= take;
    if (!room) break;
  }
  const parts = await Promise.all(needed.map(([name]) => shard(name)));
  return parts.flatMap((rows, n) => rows.slice(needed[n][1], needed[n][1] + needed[n][2]));
}

// Every word must be in the name, the path or what is known.
async function searched() {
  const asked = words.toLowerCase().split(/\s+/);
  const names = [...shards()].map(([name]) => name);
  const read = names.slice(0, MOST_READ);
  const parts = await Promise.all(read.map(shard));
  const rows = parts.flat().filter((row) => {
    const text = row.join(" ").toLowerCase();
    return asked.every((word) => text.includes(word));
  });
  const left = names.length > read.length ? "; not all was searched, choose a filter first" : "";
  return { rows, total: rows.length, says: `${number(rows.length)} pictures found${left}` };
}

function item([name, path, known]) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = `../pictures/${name.slice(4, 6)}/${name}.html`;
  link.textContent = path;
  const said = document.createElement("span");
  said.className = "soft";
  said.textContent = ` ${known}`;
  row.append(link, said);
  return row;
}

function showTurn(total) {
  const pages = Math.max(1, Math.ceil(total / A_PAGE));
  byId("turn").hidden = pages === 1;
  byId("where").textContent = `Page ${number(page + 1)} of ${number(pages)}`;
  byId("before").setAttribute("aria-disabled", String(page === 0));
  byId("after").setAttribute("aria-disabled", String(page >= pages - 1));
  lastPage = pages - 1;
}

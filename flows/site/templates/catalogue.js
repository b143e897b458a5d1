// Search and filters. What is chosen stands in the address, so it can be sent on. Data are scripts,
// because a page that is opened from a folder may load no others. Rows stand in the order of their
// groups (pictures that agree in every facet), so what fits a choice is some ranges of rows.
"use strict";

const A_PAGE = 50;
const MOST_READ = 200; // shards that one search reads
const byId = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString("en");
const selects = [...document.querySelectorAll("select[data-facet]")];
const waiting = new Map(); // scripts that are being loaded, by address
let index = null;
let starts = []; // of shards, in rows
let total = 0; // rows
let groups = null; // their columns, once something was chosen
let ranges = []; // of rows that fit what is chosen
let chosen = [];
let words = "";
let page = 0;
let lastPage = 0;
let turn = 0; // of the latest search; an earlier one that is still loading shows nothing

function arrived(address, value) {
  const ready = waiting.get(address);
  if (!ready) return;
  ready.arrived = true;
  ready.resolve(value);
}
const rowsAre = (name, rows) => arrived(`rows/${name}.js`, rows);
const columnsAre = (packed) => arrived("columns.js", packed);

function load(address) {
  if (!waiting.has(address)) {
    const ready = {};
    ready.promise = new Promise((resolve, reject) => Object.assign(ready, { resolve, reject }));
    waiting.set(address, ready);
    const script = document.createElement("script");
    const missing = () => { waiting.delete(address); ready.reject(new Error(address)); };
    script.src = address;
    script.onload = () => { if (!ready.arrived) missing(); }; // it was there, and not whole
    script.onerror = missing;
    document.head.append(script);
  }
  return waiting.get(address).promise;
}

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const plain = atob(text);
  const bytes = new Uint8Array(plain.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = plain.charCodeAt(at);
  return bytes;
}

// The columns of the groups: how many pictures each has, and which set of words in each facet.
async function columns() {
  if (groups) return groups;
  const packed = fromBase64(await load("columns.js"));
  const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const raw = await new Response(inflated).arrayBuffer();
  let at = 0;
  const take = (Kind) => {
    const end = at + index.groups * Kind.BYTES_PER_ELEMENT;
    const column = new Kind(raw.slice(at, end));
    at = end;
    return column;
  };
  const kind = (sets) => (sets <= 256 ? Uint8Array : sets <= 65536 ? Uint16Array : Uint32Array);
  groups = { sizes: take(Uint32Array), sets: index.sets.map((sets) => take(kind(sets.length))) };
  return groups;
}

function catalogueIs(loaded) {
  index = loaded;
  for (const [, rows] of index.shards) {
    starts.push(total);
    total += rows;
  }
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
  for (const select of selects) select.addEventListener("focus", () => columns().catch(() => {})); // soon needed
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

// Each word says how many there would be if it were chosen, with the other filters as they are.
async function refresh() {
  const mine = ++turn;
  let counts = index.totals;
  let all = index.facets.map(() => total);
  ranges = [[0, total]];
  if (chosen.some((word) => word >= 0)) {
    try {
      await columns();
    } catch (error) {
      if (mine === turn) missing(error);
      return;
    }
    if (mine !== turn) return;
    ({ counts, all, ranges } = counted());
  }
  selects.forEach((select, facet) => {
    select.options[0].text = `all (${number(all[facet])})`;
    for (const option of [...select.options].slice(1)) {
      const value = Number(option.value);
      option.text = `${index.words[facet][value]} (${number(counts[facet][value])})`;
    }
    select.value = chosen[facet] < 0 ? "" : String(chosen[facet]);
  });
  show(0);
}

// A group counts for a facet where all other facets fit: where it misses nothing, or that one alone.
function counted() {
  const misses = new Uint8Array(index.groups);
  const missed = new Uint8Array(index.groups); // the last facet that does not fit
  chosen.forEach((word, facet) => {
    if (word < 0) return;
    const fits = index.sets[facet].map((set) => set.includes(word));
    const column = groups.sets[facet];
    for (let group = 0; group < column.length; group++) {
      if (!fits[column[group]]) { misses[group]++; missed[group] = facet; }
    }
  });
  const counts = [];
  const all = [];
  index.sets.forEach((sets, facet) => {
    const bySet = new Uint32Array(sets.length);
    const column = groups.sets[facet];
    for (let group = 0; group < column.length; group++) {
      if (misses[group] === 0 || (misses[group] === 1 && missed[group] === facet)) {
        bySet[column[group]] += groups.sizes[group];
      }
    }
    counts.push(index.words[facet].map(() => 0));
    sets.forEach((set, n) => { for (const word of set) counts[facet][word] += bySet[n]; });
    all.push(bySet.reduce((sum, n) => sum + n, 0));
  });
  return { counts, all, ranges: fitting(misses) };
}

function fitting(misses) {
  const found = [];
  let row = 0;
  for (let group = 0; group < misses.length; group++) {
    const rows = groups.sizes[group];
    if (misses[group] === 0) {
      const last = found.at(-1);
      if (last && last[1] === row) last[1] += rows;
      else found.push([row, row + rows]);
    }
    row += rows;
  }
  return found;
}

// Where rows of some ranges are: shard, first and last of its rows; in order.
function* places(wanted) {
  let shard = 0;
  for (const [first, end] of wanted) {
    let row = first;
    while (row < end) {
      while (starts[shard] + index.shards[shard][1] <= row) shard++;
      const last = Math.min(end, starts[shard] + index.shards[shard][1]);
      yield [shard, row - starts[shard], last - starts[shard]];
      row = last;
    }
  }
}

const shardOf = (shard) => load(`rows/${index.shards[shard][0]}.js`);

function missing(error) {
  byId("count").textContent =
    `The part ${error.message} of the catalogue could not be loaded. Try again, or use the lists by source above.`;
  byId("rows").replaceChildren();
}

async function show(wanted, turned = false) {
  const mine = ++turn;
  const fit = ranges.reduce((sum, [first, end]) => sum + end - first, 0);
  byId("count").textContent = words ? "Searching …" : `${number(fit)} pictures`;
  try {
    const found = words ? await searched() : { rows: await listed(wanted * A_PAGE), total: fit };
    if (mine !== turn) return;
    page = wanted;
    const rows = words ? found.rows.slice(page * A_PAGE, (page + 1) * A_PAGE) : found.rows;
    byId("count").textContent = found.says ?? `${number(found.total)} pictures`;
    byId("rows").replaceChildren(...rows.map((row) => item(row, index)));
    showTurn(found.total);
    if (turned) byId("count").scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (mine === turn) missing(error);
  }
}

async function listed(start) {
  const wanted = [];
  let skip = start;
  let room = A_PAGE;
  for (const [first, end] of ranges) {
    if (skip >= end - first) { skip -= end - first; continue; }
    const last = Math.min(end, first + skip + room);
    wanted.push([first + skip, last]);
    room -= last - first - skip;
    skip = 0;
    if (!room) break;
  }
  return (await rowsOf([...places(wanted)])).flat();
}

const rowsOf = (found) =>
  Promise.all(found.map(async ([shard, first, end]) => (await shardOf(shard)).slice(first, end)));

// Every word must be in the name, the path or what is known.
async function searched() {
  const asked = words.toLowerCase().split(/\s+/);
  const shards = new Set();
  const read = [];
  let left = "";
  for (const place of places(ranges)) {
    shards.add(place[0]);
    if (shards.size > MOST_READ) { left = "; not all was searched, choose a filter first"; break; }
    read.push(place);
  }
  const rows = (await rowsOf(read)).flat().filter((row) => {
    const text = row.join(" ").toLowerCase();
    return asked.every((word) => text.includes(word));
  });
  return { rows, total: rows.length, says: `${number(rows.length)} pictures found${left}` };
}

function showTurn(total) {
  const pages = Math.max(1, Math.ceil(total / A_PAGE));
  byId("turn").hidden = pages === 1;
  byId("where").textContent = `Page ${number(page + 1)} of ${number(pages)}`;
  byId("before").setAttribute("aria-disabled", String(page === 0));
  byId("after").setAttribute("aria-disabled", String(page >= pages - 1));
  lastPage = pages - 1;
}

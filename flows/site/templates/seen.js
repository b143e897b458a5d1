// Take pictures that are chosen or dropped, and show what is known of them.
"use strict";

const byId = (id) => document.getElementById(id);
const place = byId("drop");
const hasFiles = place.dataset.files === "true";
const asked = new Map(); // whose answers the worker still owes
let worker = null;
let queue = Promise.resolve();

// A page that is opened from a folder gets no worker, and does the work itself.
if (location.protocol === "file:") {
  for (const address of place.dataset.engine.split(" ")) {
    const script = document.createElement("script");
    Object.assign(script, { src: address, async: false });
    document.head.append(script);
  }
}

byId("files").addEventListener("change", (event) => {
  take([...event.target.files]);
  event.target.value = "";
});
addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("over"); });
addEventListener("dragleave", () => place.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  place.classList.remove("over");
  take([...event.dataTransfer.files]);
});

// One after the other, so that a folder of large pictures fits into memory.
function take(files) {
  for (const file of files) {
    const row = shown(file.name);
    queue = queue.then(() => look(file, row));
  }
}

async function look(file, row) {
  try {
    say(row, await (location.protocol === "file:" ? verdict(file) : answered(file)));
  } catch (error) {
    say(row, { kind: "unread", head: "Not looked up", notes: [error.message] });
  }
}

function answered(file) {
  worker ??= started();
  return new Promise((resolve, reject) => {
    asked.set(file, { resolve, reject });
    worker.postMessage({ id: 0, file });
  });
}

// Only one picture is looked up at a time, so what comes next is its answer.
function started() {
  const made = new Worker("worker.js");
  const settle = (how, value) => {
    for (const [file, promise] of asked) {
      asked.delete(file);
      promise[how](value);
    }
  };
  made.onmessage = ({ data }) => settle("resolve", data.answer);
  made.onerror = () => {
    worker = null; // the next picture starts another
    made.terminate();
    settle("reject", new Error("What looks pictures up could not be loaded, or stopped. Try again."));
  };
  return made;
}

function paint(canvas, { rgba, width, height }) {
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
}

function onEachOther(laid) {
  const figure = element("figure", "laid");
  const canvas = element("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Yours and the collection's, laid on each other");
  paint(canvas, laid);
  figure.append(canvas, element("figcaption", "soft", "Laid on each other: grey where they agree, red what only the collection's has, cyan what only yours has."));
  return figure;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function shown(name) {
  const row = element("li", "seen");
  const canvas = element("canvas");
  canvas.width = canvas.height = 1;
  canvas.setAttribute("aria-hidden", "true");
  const words = element("div");
  words.append(element("p", "soft", name), element("p", "verdict", "Looking …"));
  row.append(canvas, words);
  byId("verdicts").prepend(row);
  return row;
}

function say(row, { kind, head, small, near = [], notes = [] }) {
  if (small) paint(row.querySelector("canvas"), small);
  row.dataset.verdict = kind;
  row.querySelector(".verdict").textContent = head;
  const words = row.querySelector("div");
  for (const { key, split, why, laid } of near) {
    const line = element("p");
    const link = element("a", "", `c19-${key}`);
    link.href = hasFiles ? `../pictures/${key.slice(0, 2)}/c19-${key}.html` : `../pictures/index.html#c19-${key}`;
    line.append(link, element("span", "soft", ` ${why}${split && split !== "none" ? ` · in ${split}` : ""}`));
    words.append(line);
    if (laid && !words.querySelector("figure")) words.append(onEachOther(laid));
  }
  if (kind === "perhaps") words.append(element("p", "soft", "This is a hint, no proof: please look at both."));
  for (const note of notes) words.append(element("p", "soft", note));
  byId("said").textContent = `${row.querySelector("p").textContent}: ${head}`;
}

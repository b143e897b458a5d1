// Show the picture that the address names, from the part that holds it. Its words were escaped when the
// part was written, as on a page of its own; nothing in them may run, whatever they are.
"use strict";

const place = document.getElementById("picture");
const waiting = new Map(); // who waits for a part, by its name

function picturesAre(name, packed) {
  waiting.get(name)?.(packed);
}

function load(name) {
  return new Promise((resolve, reject) => {
    waiting.set(name, resolve);
    const script = document.createElement("script");
    script.src = `parts/${name}.js`;
    script.onload = () => reject(new Error(name)); // it was there, and not whole; or it is too late to matter
    script.onerror = () => reject(new Error(name));
    document.head.append(script);
  });
}

async function inflated(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

function say(words) {
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.textContent = words;
  const head = document.createElement("h1");
  head.textContent = "A picture";
  place.replaceChildren(head, said);
}

async function show() {
  const asked = location.hash.slice(1);
  if (!/^c19-[0-9a-f]{16}$/.test(asked)) return;
  const name = asked.slice(4, 4 + Number(place.dataset.digits));
  try {
    const pages = await inflated(await load(name));
    if (asked !== location.hash.slice(1)) return;
    if (!Object.hasOwn(pages, asked)) {
      say(`No picture of the collection is called ${asked}. It may have been taken down.`);
      return;
    }
    const words = new DOMParser().parseFromString(pages[asked], "text/html");
    place.replaceChildren(...words.body.childNodes);
    document.title = `${asked} · covid19-images`;
    scrollTo(0, 0);
  } catch (error) {
    say(`The part ${error.message} of the pictures could not be loaded. Try again.`);
  }
}

addEventListener("hashchange", show);
show();

// Look a picture up in the collection: in a worker, or in the page where a folder gives none. The picture
// stays in the browser: what is fetched are shards of hashes and features, which are scripts, because a
// page that is opened from a folder may load no others.
"use strict";

const NEAREST = 5;
const MOST_PIXELS = 100e6;
const KEY = 8; // bytes
const HASH = 32;
const FLAT = 4; // grey levels
const SMALL_SIDE = 96; // pixels of what the page shows of a picture
const LEAST_HINT = 20; // keypoints that agree, where no picture is here to compare
const TURNS = ["", "mirrored", "upside down", "turned by 180°", "transposed", "turned by 90°", "turned by 270°", "transposed and turned by 180°"];
const number = (n) => n.toLocaleString("en");
const waiting = new Map(); // shards that are being loaded, by address
const shards = new Map(); // read ones, by address
let index = null;

function arrived(address, value) {
  const ready = waiting.get(address);
  if (!ready) return;
  ready.arrived = true;
  const text = atob(value);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  ready.resolve(bytes);
}
const pixelsAre = (digits, packed) => arrived(`pixels/${digits}.js`, packed);
const codesAre = (digits, packed) => arrived(`codes/${digits}.js`, packed);
const featuresAre = (key, packed) => arrived(addressOf(key), packed);
const addressOf = (key) => `features/${key.slice(0, 2)}/${key}.js`;
const filesAre = (digits, packed) => arrived(`files/${digits}.js`, packed);

const missing = (address) => new Error(`The part ${address} of the hashes could not be loaded. Try again.`);

function load(address) {
  if (!waiting.has(address)) {
    const ready = {};
    ready.promise = new Promise((resolve, reject) => Object.assign(ready, { resolve, reject }));
    waiting.set(address, ready);
    fetched(address).then(
      () => { if (!ready.arrived) throw new Error("it was there, and not whole"); }
    ).catch(() => { waiting.delete(address); ready.reject(missing(address)); });
  }
  return waiting.get(address).promise;
}

async function fetched(address) {
  if (typeof document === "undefined") return importScripts(address);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

function seenIs(loaded) {
  index = loaded;
}

async function verdict(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const same = await sameFile(await sha256(bytes));
  const picture = await decoded(file, bytes);
  const small = picture.rgba && preview(picture);
  if (same) return { ...known(same, "the same file"), small };
  if (!picture.rgba) return { kind: "unread", head: "Not known as a file", notes: [picture.why] };
  return { ...(await lookedUp(picture)), small };
}

async function lookedUp(picture) {
  const levels = greyLevels(picture.rgba);
  if (isBlank(levels)) return { kind: "unread", head: "Blank", notes: ["A picture of one grey level is a copy of nothing."] };
  for (const digest of picture.digests) {
    const found = await samePixels(await digest());
    if (found) return known(found, "the same pixels");
  }
  const near = await nearest(perceptualBits(levels, picture.width, picture.height));
  return compared(near, levels, picture);
}

// Decide about all candidates by geometry; a near hash whose features are not here stays a hint.
async function compared(near, levels, { rgba, width, height, notes }) {
  const own = await extracted(structure(rgba, width, height, levels), width, height);
  const sure = [];
  const { described, undescribed } = await candidates(near, own);
  const doubtful = undescribed;
  for (const [key, turns] of described) {
    const { split } = await named(key);
    const features = await readFeatures(await load(addressOf(key)));
    const shared = byPanel(features).flatMap((codes) => sharing(codes, own.codes));
    const found = features.frame ? decided(features, own, shared, turns) : hinted(features, own, shared);
    if (!found) continue;
    if (!features.frame) {
      doubtful.push({ key, split, why: `${found.inliers} places agree; its licence lets nobody show it here` });
      continue;
    }
    const why = [`${Math.round(found.agreement.median * 100)} % of the texture agrees`, ...change(found), found.doubt].filter(Boolean).join(", ");
    (found.sure ? sure : doubtful).push({ key, split, why, strength: found.agreement.median, laid: laidOn(own.frame, features.frame, found) });
  }
  for (const some of [sure, doubtful]) some.sort((a, b) => (b.strength ?? 0) - (a.strength ?? 0));
  if (sure.length) return { kind: "known", head: "Known", near: sure.slice(0, NEAREST), notes };
  if (doubtful.length) return { kind: "perhaps", head: "Perhaps", near: doubtful.slice(0, NEAREST), notes };
  return { kind: "new", head: "Not known", notes: ["No picture of the collection has this texture.", ...notes] };
}

// Whom to compare with, and the turns in which their hashes are near, by key; and the near ones whose
// features nobody has computed yet.
async function candidates(near, own) {
  const asked = asking(own.codes);
  const shards = await Promise.all(digitsOfShards().map((digits) => load(`codes/${digits}.js`)));
  const scores = shards.flatMap((shard) => scored(shard, asked));
  const has = new Set(scores.map(({ key }) => key));
  const turnsOf = (ways) => ways.map(([turn, negative]) => [undone(turn), negative]);
  const described = new Map(near.filter(({ key }) => has.has(key)).slice(0, MOST_CANDIDATES).map(({ key, ways }) => [key, turnsOf(ways)]));
  const alike = scores.filter(({ score }) => score).sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
  for (const { key } of alike.slice(0, MOST_CANDIDATES)) if (!described.has(key)) described.set(key, []);
  return { described, undescribed: near.filter(({ key }) => !has.has(key)) };
}

const known = (found, why) => ({ kind: "known", head: "Known", near: [{ ...found, why }], notes: [] });

// The best of the maps between keypoints, where the picture itself is not here: a hint and no more.
function hinted(features, own, variants) {
  const found = variants.map((variant) => registered(features, own, variant)).filter(Boolean);
  const best = found.sort((a, b) => b.inliers - a.inliers)[0];
  return best && best.inliers >= LEAST_HINT ? best : null;
}

// Both pictures on each other: what agrees is grey, what only one of them has is red or cyan.
function laidOn(own, theirs, { map, variant }) {
  const moved = pulledBack(seenAs(own, variant), map, theirs, 0);
  const rgba = new Uint8ClampedArray(4 * theirs.data.length).fill(255);
  theirs.data.forEach((level, at) => rgba.set([level, moved.data[at], moved.data[at]], 4 * at));
  return { rgba, width: theirs.width, height: theirs.height };
}

// Samples as RGBA, the hashes that Python may have given them, and what may differ; or why there are none.
async function decoded(file, bytes) {
  if (isDicom(bytes)) {
    try {
      return await dicomPicture(bytes);
    } catch (error) {
      return { why: `${error instanceof UnreadDicom ? error.message : "It is a damaged DICOM file"}, so only its bytes were looked up. covid19-images check reads more.` };
    }
  }
  let picture;
  try {
    picture = await canvasOf(file);
  } catch {
    return { why: "This browser cannot read it as a picture, so only its bytes were looked up. covid19-images check reads NIfTI and TIFF." };
  }
  return { ...picture, ...asPython(picture, bytes) };
}

async function canvasOf(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Error(`It has more than ${number(MOST_PIXELS)} pixels.`);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { rgba: context.getImageData(0, 0, width, height).data, width, height };
}

// Which channels Python may have hashed, and what a canvas does not hold exactly.
function asPython({ rgba, width, height }, bytes) {
  let grey = true;
  let opaque = true;
  for (let at = 0; at < rgba.length; at += 4) {
    if (rgba[at] !== rgba[at + 1] || rgba[at] !== rgba[at + 2]) grey = false;
    if (rgba[at + 3] !== 255) opaque = false;
  }
  const isPng = bytes[0] === 137 && bytes[1] === 80;
  const deep = isPng && bytes[24] > 8;
  const channels = (deep || !opaque ? [] : grey ? [1, 3, 2, 4] : [3, 4]).filter((n) => isPng || n % 2);
  const notes = [];
  if (deep) notes.push("It has more than 8 bits a sample; the browser shows 8 of them, so its hash is a rough one.");
  if (!opaque) notes.push("It is transparent in parts; what the browser makes of them may differ.");
  return { digests: channels.map((n) => () => pixelsSha256(rgba, width, height, n)), notes };
}

function isBlank(levels) {
  let low = 255;
  let high = 0;
  for (const level of levels) {
    if (level < low) low = level;
    if (level > high) high = level;
  }
  return high - low <= FLAT;
}

const sameKey = (bytes, at, key) => hex(bytes.subarray(at, at + KEY)) === key;

async function sameFile(digest) {
  const shard = await load(`files/${digest.slice(0, index.digits)}.js`);
  for (let at = 0; at < shard.length; at += 2 * KEY) {
    if (sameKey(shard, at, digest.slice(0, 2 * KEY))) return named(hex(shard.subarray(at + KEY, at + 2 * KEY)));
  }
  return null;
}

async function samePixels(digest) {
  const key = digest.slice(0, 2 * KEY);
  const shard = await read(key.slice(0, index.digits));
  return shard.ids.includes(key) ? named(key) : null;
}

async function named(key) {
  const shard = await read(key.slice(0, index.digits));
  return { key, split: shard.splits[shard.ids.indexOf(key)] ?? "" };
}

async function read(digits) {
  const address = `pixels/${digits}.js`;
  if (!shards.has(address)) {
    const bytes = await load(address);
    const count = bytes.length / (KEY + HASH + 1);
    const ids = Array.from({ length: count }, (_, n) => hex(bytes.subarray(n * KEY, (n + 1) * KEY)));
    const hashes = new Uint32Array(bytes.slice(count * KEY, count * (KEY + HASH)).buffer);
    const splits = Array.from(bytes.subarray(count * (KEY + HASH)), (n) => index.splits[n]);
    shards.set(address, { ids, hashes, splits });
  }
  return shards.get(address);
}

const digitsOfShards = () => Array.from({ length: 16 ** index.digits }, (_, n) => n.toString(16).padStart(index.digits, "0"));

async function nearest(bits) {
  const all = await Promise.all(digitsOfShards().map(read));
  const best = new Map();
  for (let way = 0; way < 16; way++) {
    const asked = new Uint32Array(packed(turnedBits(bits, way >> 1, way & 1)).buffer);
    for (const { ids, hashes, splits } of all) {
      for (let n = 0; n < ids.length; n++) {
        let apart = 0;
        for (let word = 0; word < 8 && apart <= index.bits; word++) apart += ones(asked[word] ^ hashes[n * 8 + word]);
        if (apart > index.bits) continue;
        const ways = [...(best.get(ids[n])?.ways ?? []), [way >> 1, way & 1]];
        if (apart >= (best.get(ids[n])?.apart ?? 257)) {
          best.get(ids[n]).ways = ways;
          continue;
        }
        const turned = [TURNS[way >> 1], way & 1 ? "negative" : ""].filter(Boolean).join(", ");
        best.set(ids[n], { key: ids[n], ways, split: splits[n], apart, why: `hashes ${apart} of 256 bits apart${turned ? `, ${turned}` : ""}` });
      }
    }
  }
  return [...best.values()].sort((a, b) => a.apart - b.apart || (a.key < b.key ? -1 : 1));
}

// What the page shows of a picture: small, as RGBA.
function preview({ rgba, width, height }) {
  const whole = new OffscreenCanvas(width, height);
  whole.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  const scale = Math.min(1, SMALL_SIDE / Math.max(width, height));
  const side = (length) => Math.max(1, Math.round(length * scale));
  const small = new OffscreenCanvas(side(width), side(height));
  const context = small.getContext("2d", { willReadFrequently: true });
  context.drawImage(whole, 0, 0, small.width, small.height);
  return { rgba: context.getImageData(0, 0, small.width, small.height).data, width: small.width, height: small.height };
}

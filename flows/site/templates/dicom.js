// Read a DICOM file as covid19_images/images/formats/dicom.py does: plain samples, and JPEG of 8 bits,
// which browsers read. What else it may hold is named, for covid19-images check to read.
"use strict";

const SYNTAXES = new Map([ // how values are written: implicit (no types), big endian, or a whole stream
  ["1.2.840.10008.1.2", { implicit: true }],
  ["1.2.840.10008.1.2.1", {}],
  ["1.2.840.10008.1.2.2", { big: true }],
  ["1.2.840.10008.1.2.4.50", { jpeg: true }],
]);
const NAMES = [
  [/^1\.2\.840\.10008\.1\.2\.1\.99$/, "deflated, which nothing here reads"],
  [/^1\.2\.840\.10008\.1\.2\.4\.(5[17]|70)$/, "JPEG of more than 8 bits, or lossless"],
  [/^1\.2\.840\.10008\.1\.2\.4\.8/, "JPEG-LS"],
  [/^1\.2\.840\.10008\.1\.2\.4\.(9|20)/, "JPEG 2000"],
  [/^1\.2\.840\.10008\.1\.2\.5$/, "RLE"],
];
const LONG = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const OPEN = 0xffffffff; // a length that nobody says
const SEQUENCES = [0x00283000, 0x00283010, 0x52009229, 0x52009230]; // tables, and rules of single frames
const LUNG = { centre: -600, width: 1500, exact: true }; // Hounsfield units
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;

class UnreadDicom extends Error {}

function isDicom(bytes) {
  const named = bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";
  return named || (bytes.length > 8 && bytes[1] === 0 && (bytes[0] === 2 || bytes[0] === 8) && bytes[3] === 0);
}

// The elements of a file by tag: [type, bytes].
function elementsOf(bytes) {
  const start = String.fromCharCode(...bytes.subarray(128, 132)) === "DICM" ? 132 : 0;
  const meta = readElements(bytes, start, {}, (tag) => tag >>> 16 !== 2);
  const uid = meta.found.has(0x00020010) ? textOf(meta.found.get(0x00020010)) : guessed(bytes, meta.end);
  const syntax = SYNTAXES.get(uid);
  if (!syntax) {
    const [, name] = NAMES.find(([pattern]) => pattern.test(uid)) ?? [null, `written as ${uid.slice(0, 64)}`];
    throw new UnreadDicom(`Its pixels are ${name}`);
  }
  return { syntax, found: readElements(bytes, meta.end, syntax, () => false).found };
}

// A file that does not say how it is written: types are two capital letters.
function guessed(bytes, at) {
  const typed = /^[A-Z]{2}$/.test(String.fromCharCode(bytes[at + 4], bytes[at + 5]));
  return typed ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2";
}

function readElements(bytes, start, { implicit, big }, ends) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = new Map();
  let at = start;
  while (at + 8 <= bytes.length) {
    const head = headOf(view, at, implicit, big);
    if (ends(head.tag)) break;
    const length = head.length === OPEN ? openLength(view, head.from, implicit, big) : head.length;
    if (head.from + length > bytes.length) {
      throw new UnreadDicom("The file ends before its pixels do");
    }
    found.set(head.tag, { type: head.type, bytes: bytes.subarray(head.from, head.from + length), big });
    at = head.from + length;
  }
  return { found, end: at };
}

function headOf(view, at, implicit, big) {
  const tag = view.getUint16(at, !big) * 65536 + view.getUint16(at + 2, !big);
  if (implicit || tag >>> 16 === 0xfffe) return { tag, type: "", length: view.getUint32(at + 4, !big), from: at + 8 };
  const type = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
  if (!LONG.has(type)) return { tag, type, length: view.getUint16(at + 6, !big), from: at + 8 };
  if (at + 12 > view.byteLength) throw new UnreadDicom("The file ends before its pixels do");
  return { tag, type, length: view.getUint32(at + 8, !big), from: at + 12 };
}

// The length of a sequence, or of pixels in fragments, that ends where its own end says so.
function openLength(view, from, implicit, big) {
  let at = from;
  for (let depth = 1; at + 8 <= view.byteLength; ) {
    const head = headOf(view, at, implicit, big);
    at = head.from;
    if (head.tag === SEQUENCE_END || head.tag === ITEM_END) depth -= 1;
    else if (head.length === OPEN) depth += 1;
    else at += head.length;
    if (depth === 0) return at - from;
  }
  throw new UnreadDicom("The file ends before its pixels do");
}

const textOf = ({ bytes }) => String.fromCharCode(...bytes.subarray(0, 4096)).replace(/[\0 ]+$/, "").trim();

// Values by name: whole numbers of 16 bits, and decimals that are written as words.
function valuesOf(found) {
  const word = (tag, signed = false) => {
    const one = found.get(tag);
    if (!one || one.bytes.length < 2) return null;
    const view = new DataView(one.bytes.buffer, one.bytes.byteOffset, 2);
    return signed ? view.getInt16(0, !one.big) : view.getUint16(0, !one.big);
  };
  const text = (tag) => (found.has(tag) ? textOf(found.get(tag)) : "");
  const decimal = (tag) => {
    const [first] = text(tag).split("\\");
    return first !== "" && Number.isFinite(Number(first)) ? Number(first) : null;
  };
  const signed = word(0x00280103) === 1;
  return {
    modality: text(0x00080060), kind: text(0x00280004), frames: Math.max(1, Math.trunc(decimal(0x00280008) ?? 1)),
    channels: word(0x00280002) ?? 1, height: word(0x00280010), width: word(0x00280011),
    planar: word(0x00280006) === 1, allocated: word(0x00280100), stored: word(0x00280101), signed,
    padding: [word(0x00280120, signed), word(0x00280121, signed)],
    slope: decimal(0x00281053) || 1, intercept: decimal(0x00281052),
    centre: decimal(0x00281050), width2: decimal(0x00281051), curve: (text(0x00281056) || "LINEAR").toUpperCase(),
  };
}

// A DICOM file as the page compares pictures: RGBA of the middle frame, and the hash of its samples.
async function dicomPicture(bytes) {
  const { syntax, found } = elementsOf(bytes);
  const says = valuesOf(found);
  const pixels = found.get(0x7fe00010);
  if (!pixels || !says.width || !says.height) throw new UnreadDicom("It has no pixels");
  if (says.width * says.height * says.frames > MOST_PIXELS) throw new UnreadDicom(`It has more than ${number(MOST_PIXELS)} pixels`);
  const notes = SEQUENCES.some((tag) => found.has(tag)) ? ["It has tables of its own for its grey levels, which are not applied here, so the command may find more."] : [];
  if (syntax.jpeg) return { ...(await jpegFrame(pixels.bytes, says)), digests: [], notes };
  if (says.kind === "RGB" && says.allocated === 8 && says.channels === 3) return { ...colours(pixels.bytes, says), notes };
  if (!/^MONOCHROME[12]$/.test(says.kind) || says.channels !== 1 || ![8, 16].includes(says.allocated)) {
    throw new UnreadDicom(`Its pixels are ${says.kind.slice(0, 32) || "of no kind"}, of ${says.allocated ?? "unknown"} bits`);
  }
  return { ...greys(pixels, says, notes.length === 0), notes };
}

const frameOf = ({ frames }) => Math.floor(frames / 2);

function samplesOf({ bytes, big }, { allocated, signed, width, height, frames, channels }) {
  const count = width * height * frames * channels;
  if (bytes.length < (count * allocated) / 8) throw new UnreadDicom("The file ends before its pixels do");
  const own = bytes.slice(0, (count * allocated) / 8);
  if (allocated === 8) return signed ? new Int8Array(own.buffer) : own;
  if (big) for (let at = 0; at < own.length; at += 2) [own[at], own[at + 1]] = [own[at + 1], own[at]];
  return signed ? new Int16Array(own.buffer) : new Uint16Array(own.buffer);
}

function greys(pixels, says, plain) {
  const samples = samplesOf(pixels, says);
  const { width, height } = says;
  const isPadding = paddingOf(says.padding);
  const levelOf = shownAs(says, samples, isPadding);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  const from = frameOf(says) * width * height;
  for (let at = 0; at < width * height; at++) {
    const stored = samples[from + at];
    rgba.fill(isPadding(stored) ? 0 : levelOf.level(stored), 4 * at, 4 * at + 3);
  }
  const type = `${says.signed ? "i" : "u"}${says.allocated / 8}`;
  const line = `${says.frames} ${height} ${width} 1 ${type} ${levelOf.negative ? "-" : "+"}\n`;
  return { rgba, width, height, digests: plain ? [() => hashedSamples(line, samples)] : [] };
}

function paddingOf([value, limit]) {
  if (value === null) return () => false;
  const [low, high] = [Math.min(value, limit ?? value), Math.max(value, limit ?? value)];
  return (stored) => stored >= low && stored <= high;
}

// What level a stored sample is shown in: rescaled, then by a window, or by the range there is.
function shownAs(says, samples, isPadding) {
  const { slope, kind } = says;
  const intercept = says.intercept ?? 0;
  const inverted = kind === "MONOCHROME1";
  const [least, greatest] = rangeOf(samples, isPadding);
  const range = [least, greatest].map((stored) => stored * slope + intercept).sort((a, b) => a - b);
  let window = windowOf(says);
  if (window?.sigmoid) return sigmoid(window, says, inverted);
  let ends = window && endsOf(window);
  if (ends && (ends[0] > range[1] || ends[1] < range[0])) ends = null;
  ends ??= windowOf(says) ? range : wholeBytes(says, samples) ?? range;
  const [low, high] = ends.map((end) => (end - intercept) / slope);
  if (low === high) {
    const shown = (stored) => ((stored * slope + intercept > ends[0]) !== inverted ? 255 : 0);
    return { level: shown, negative: shown(least) > shown(greatest) };
  }
  const [black, white] = inverted ? [high, low] : [low, high];
  const [from, to] = [Math.min(black, white), Math.max(black, white)];
  const level = (stored) => Math.floor(((Math.min(Math.max(stored, from), to) - black) / (white - black)) * 255 + 0.5);
  return { level, negative: black > white };
}

function windowOf({ centre, width2: width, curve, modality, intercept }) {
  if (centre !== null && width !== null) {
    if (curve === "SIGMOID" && width > 0) return { centre, width, sigmoid: true };
    if (curve === "LINEAR_EXACT" && width > 0) return { centre, width, exact: true };
    if (curve === "LINEAR" && width >= 1) return { centre, width };
  }
  return modality === "CT" && intercept !== null ? LUNG : null;
}

function endsOf({ centre, width, exact }) {
  const [middle, wide] = exact ? [centre, width] : [centre - 0.5, width - 1];
  return [middle - wide / 2, middle + wide / 2];
}

function sigmoid({ centre, width }, { slope, intercept }, inverted) {
  const level = (stored) => {
    const steep = Math.min(Math.max((-4 * (stored * slope + (intercept ?? 0) - centre)) / width, -700), 700);
    const shown = 1 / (1 + Math.exp(steep));
    return Math.floor((inverted ? 1 - shown : shown) * 255 + 0.5);
  };
  return { level, negative: inverted !== slope < 0 };
}

function rangeOf(samples, isPadding) {
  let [low, high] = [Infinity, -Infinity];
  for (const stored of samples) {
    if (isPadding(stored)) continue;
    if (stored < low) low = stored;
    if (stored > high) high = stored;
  }
  return low > high ? [0, 0] : [low, high];
}

// Pictures of up to 8 bits are shown in all of their range.
function wholeBytes({ allocated, signed, stored, slope, intercept }, samples) {
  if (allocated !== 8 || signed) return null;
  const most = 2 ** Math.min(stored || 8, 8) - 1;
  const white = samples.some((sample) => sample > most) ? 255 : most;
  return [0, white].map((end) => end * slope + (intercept ?? 0)).sort((a, b) => a - b);
}

async function hashedSamples(line, samples) {
  const head = new TextEncoder().encode(line);
  const own = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const bytes = new Uint8Array(head.length + own.length);
  bytes.set(head);
  bytes.set(own, head.length);
  return sha256(bytes);
}

function colours(bytes, says) {
  const samples = samplesOf({ bytes }, { ...says, signed: false });
  const { width, height, planar, frames } = says;
  const size = width * height;
  const mixed = new Uint8Array(samples.length); // colour by pixel, as Python has them
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * size * 3;
    for (let at = 0; at < size; at++) {
      for (let channel = 0; channel < 3; channel++) {
        mixed[from + 3 * at + channel] = samples[planar ? from + channel * size + at : from + 3 * at + channel];
      }
    }
  }
  const rgba = new Uint8ClampedArray(4 * size).fill(255);
  const from = frameOf(says) * size * 3;
  for (let at = 0; at < size; at++) for (let channel = 0; channel < 3; channel++) rgba[4 * at + channel] = mixed[from + 3 * at + channel];
  return { rgba, width, height, digests: [() => hashedSamples(`${frames} ${height} ${width} 3 u1 +\n`, mixed)] };
}

// The middle frame of pixels in JPEG; of several frames each has one fragment, as nearly all files do.
async function jpegFrame(bytes, says) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fragments = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const head = headOf(view, at, true, false);
    if (head.tag !== ITEM) break;
    fragments.push(bytes.subarray(head.from, head.from + head.length));
    at = head.from + head.length;
  }
  fragments.shift(); // the table of offsets
  if (says.frames > 1 && fragments.length !== says.frames) throw new UnreadDicom("Its frames are in several fragments of JPEG each");
  const own = says.frames > 1 ? [fragments[frameOf(says)]] : fragments;
  const { rgba, width, height } = await canvasOf(new Blob(own, { type: "image/jpeg" }));
  if (says.kind === "MONOCHROME1") rgba.forEach((level, at) => { if (at % 4 < 3) rgba[at] = 255 - level; });
  return { rgba, width, height };
}

// The hashes of a decoded picture, as covid19_images/images/fingerprint.py computes them: grey
// levels as Pillow's convert("L"), its LANCZOS resize to 64 × 64, a cosine transform, and one bit
// for each of the 16 × 16 lowest frequencies: whether it is above the median.
"use strict";

const SIDE = 16;
const SMALL = 64; // pixels a side
const PRECISION = 22; // bits behind the point of Pillow's weights
const LOBES = 3;

// Grey levels of RGBA samples; alpha is not looked at.
function greyLevels(rgba) {
  const levels = new Uint8Array(rgba.length / 4);
  for (let at = 0; at < levels.length; at++) {
    const from = 4 * at;
    levels[at] = (rgba[from] * 19595 + rgba[from + 1] * 38470 + rgba[from + 2] * 7471 + 32768) >> 16;
  }
  return levels;
}

function lanczos(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (Math.sin(angle) / angle) * (Math.sin(angle / LOBES) / (angle / LOBES));
}

// For each small pixel, where its sources begin and their weights, as whole numbers.
function weights(length) {
  const scale = length / SMALL;
  const wide = Math.max(scale, 1);
  return Array.from({ length: SMALL }, (_, small) => {
    const centre = (small + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - LOBES * wide + 0.5));
    const end = Math.min(length, Math.trunc(centre + LOBES * wide + 0.5));
    const exact = Array.from({ length: end - first }, (_, n) => lanczos((n + first - centre + 0.5) / wide));
    const sum = exact.reduce((a, b) => a + b, 0);
    return [first, exact.map((w) => Math.trunc((w / sum) * 2 ** PRECISION + (w < 0 ? -0.5 : 0.5)))];
  });
}

// Resize lines of samples: `lines` of them `apart`, each of `length` samples that are `step` apart.
function resized(samples, lines, apart, length, step) {
  if (length === SMALL && step === 1) return samples; // Pillow leaves a fitting width as it is
  const made = new Uint8Array(lines * SMALL);
  weights(length).forEach(([first, some], small) => {
    for (let line = 0; line < lines; line++) {
      let sum = 2 ** (PRECISION - 1);
      let from = line * apart + first * step;
      for (const weight of some) {
        sum += samples[from] * weight;
        from += step;
      }
      const level = Math.floor(sum / 2 ** PRECISION);
      made[step === 1 ? line * SMALL + small : small * lines + line] = Math.min(255, Math.max(0, level));
    }
  });
  return made;
}

function small(levels, width, height) {
  const narrow = resized(levels, height, width, width, 1);
  return height === SMALL ? narrow : resized(narrow, SMALL, 1, height, SMALL);
}

// 256 bits, row by row of vertical frequencies.
function perceptualBits(levels, width, height) {
  const pixels = small(levels, width, height);
  const cosines = Array.from({ length: SIDE }, (_, k) =>
    Float64Array.from({ length: SMALL }, (_, n) => Math.cos((Math.PI * k * (2 * n + 1)) / (2 * SMALL))));
  const columns = cosines.map((cosine) => Float64Array.from({ length: SMALL }, (_, x) => {
    let sum = 0;
    for (let y = 0; y < SMALL; y++) sum += cosine[y] * pixels[y * SMALL + x];
    return sum;
  }));
  const found = columns.flatMap((column) => cosines.map((cosine) => {
    let sum = 0;
    for (let x = 0; x < SMALL; x++) sum += cosine[x] * column[x];
    return sum;
  }));
  const sorted = [...found].sort((a, b) => a - b);
  const median = (sorted[found.length / 2 - 1] + sorted[found.length / 2]) / 2;
  return found.map((value) => value > median);
}

// The bits of the turned (bit 2 transposes, 1 flips rows, 0 flips columns) or negative picture.
function turnedBits(bits, turn, negative) {
  return bits.map((_, at) => {
    const row = Math.floor(at / SIDE);
    const column = at % SIDE;
    const bit = turn & 4 ? bits[column * SIDE + row] : bits[at];
    if (at === 0) return bit; // the mean brightness stays the largest
    return bit !== (((row & 1 && turn & 2 ? 1 : 0) ^ (column & 1 && turn & 1 ? 1 : 0) ^ (negative ? 1 : 0)) === 1);
  });
}

function packed(bits) {
  const bytes = new Uint8Array(bits.length / 8);
  bits.forEach((bit, at) => { if (bit) bytes[at >> 3] |= 128 >> (at & 7); });
  return bytes;
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function sha256(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

// SHA-256 of the samples behind the line that says their shape: what image ids begin with.
async function pixelsSha256(rgba, width, height, channels) {
  const line = new TextEncoder().encode(`1 ${height} ${width} ${channels} u1 +\n`);
  const bytes = new Uint8Array(line.length + width * height * channels);
  bytes.set(line);
  const from = { 1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3] }[channels];
  let to = line.length;
  for (let at = 0; at < rgba.length; at += 4) for (const channel of from) bytes[to++] = rgba[at + channel];
  return sha256(bytes);
}

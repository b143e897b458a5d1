// How well two registered pictures agree, block by block, on locally normalised texture: lungs of two
// people line up well enough to correlate, but their ribs, vessels and noise do not.
"use strict";

const BLOCK = 16; // pixels
const LEAST_TEXTURE = 0.15;
const FINE = 0.8; // pixels
const COARSE = 4;
const CONTRAST = 13;
const NO_AGREEMENT = { median: 0, quartile: 0, astray: 1, blocks: 0, textured: 0 };

const scaleOf = (map) => Math.sqrt(Math.abs(map[0] * map[4] - map[1] * map[3]));

// The finer picture is the one that is resampled.
function agreement(a, b, map) {
  if (scaleOf(map) >= 1) return measured(a, b, map);
  const found = measured(b, a, inverse(map));
  return { ...found, coverA: found.coverB, coverB: found.coverA };
}

function measured(a, b, map) {
  const scale = scaleOf(map);
  const smooth = scale > 1.25 ? blurredBytes(b, 0.45 * scale) : b;
  const warped = pulledBack(smooth, map, a);
  const covered = plane(b.width, b.height, new Float32Array(b.data.length).fill(1));
  const inside = pulledBack(covered, map, a, 0);
  const coverA = inside.data.reduce((sum, value) => sum + value, 0) / inside.data.length;
  const coverB = Math.min(1, (coverA * a.data.length * scale ** 2) / b.data.length);
  const { likeness, texture } = correlation(normalised(a), normalised(warped));
  const overlap = blocks(inside);
  const values = [];
  let overlapping = 0;
  overlap.forEach((share, n) => {
    if (share < 0.95) return;
    overlapping++;
    if (texture[n] > LEAST_TEXTURE) values.push(likeness[n]);
  });
  if (!values.length) return { ...NO_AGREEMENT, coverA, coverB };
  values.sort((x, y) => x - y);
  return {
    median: quantile(values, 0.5),
    quartile: quantile(values, 0.25),
    astray: values.filter((value) => value < 0.3).length / values.length,
    blocks: values.length,
    textured: values.length / overlapping,
    coverA,
    coverB,
  };
}

function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const first = Math.floor(at);
  const next = Math.min(first + 1, sorted.length - 1);
  return sorted[first] + (sorted[next] - sorted[first]) * (at - first);
}

// Show b's values on a's grid; beyond b is its edge, or a given value. Places are of 1/32 pixel.
function pulledBack(b, map, { width, height }, beyond) {
  const made = plane(width, height, new b.data.constructor(width * height));
  const bytes = b.data instanceof Uint8Array;
  const value = (x, y) => {
    if (beyond !== undefined && (x < 0 || y < 0 || x >= b.width || y >= b.height)) return beyond;
    return b.data[Math.min(Math.max(y, 0), b.height - 1) * b.width + Math.min(Math.max(x, 0), b.width - 1)];
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const exactX = Math.floor((map[0] * x + map[1] * y + map[2]) * 32 + 0.5) / 32;
      const exactY = Math.floor((map[3] * x + map[4] * y + map[5]) * 32 + 0.5) / 32;
      const [left, top] = [Math.floor(exactX), Math.floor(exactY)];
      const [off, down] = [exactX - left, exactY - top];
      const above = value(left, top) * (1 - off) + value(left + 1, top) * off;
      const below = value(left, top + 1) * (1 - off) + value(left + 1, top + 1) * off;
      const found = above * (1 - down) + below * down;
      made.data[y * width + x] = bytes ? Math.floor(found + 0.5) : found;
    }
  }
  return made;
}

const combined = (a, b, by) => plane(a.width, a.height, a.data.map((value, n) => by(value, b.data[n])));
const times = (a, b) => combined(a, b, (x, y) => x * y);

function normalised(picture) {
  const grey = plane(picture.width, picture.height, Float32Array.from(picture.data));
  const band = combined(blurred(grey, FINE), blurred(grey, COARSE), (fine, coarse) => fine - coarse);
  return combined(band, around(times(band, band), CONTRAST), (value, power) => value / (Math.sqrt(Math.max(power, 0)) + 1));
}

function correlation(a, b) {
  const [meanA, meanB, squareA, squareB, both] = [a, b, times(a, a), times(b, b), times(a, b)].map(blocks);
  const texture = new Float32Array(meanA.length);
  const likeness = meanA.map((mean, n) => {
    const [spreadA, spreadB] = [squareA[n] - mean ** 2, squareB[n] - meanB[n] ** 2];
    texture[n] = Math.max(spreadA, spreadB);
    return (both[n] - mean * meanB[n]) / Math.sqrt(Math.max(spreadA * spreadB, 1e-9));
  });
  return { likeness, texture };
}

// The mean of each whole block.
function blocks({ width, height, data }) {
  const columns = Math.floor(width / BLOCK);
  const made = new Float32Array(columns * Math.floor(height / BLOCK));
  return made.map((_, n) => {
    const from = Math.floor(n / columns) * BLOCK * width + (n % columns) * BLOCK;
    let sum = 0;
    for (let y = 0; y < BLOCK; y++) for (let x = 0; x < BLOCK; x++) sum += data[from + y * width + x];
    return sum / (BLOCK * BLOCK);
  });
}

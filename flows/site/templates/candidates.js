// Which pictures of the collection a picture may be a copy of: those with a near hash, and those with many
// keypoints whose codes are nearly the same, in one of the four variants (mirrored, negative, both).
"use strict";

const MOST_CANDIDATES = 20;
const LEAST_SHARED = 11; // words, of the 2,000 that a picture has
const HALF = 3; // bytes: half a group, a word
const MOST_APART = 5; // bits of the 48 of a group, where a half is equal
const WORTH = 9; // of an equal code; each bit apart takes one away

// The first 24 bits at a place.
const word = (bytes, at) => (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];

// Score each picture of a shard (of each its id, a count, that many codes of a group) by keypoints that
// have a nearly equal one in the codes asked for; the best variant counts.
function scored(shard, asked) {
  const found = [];
  for (let at = 0; at < shard.length; ) {
    const key = hex(shard.subarray(at, at + KEY));
    const end = at + KEY + 1 + shard[at + KEY] * GROUP;
    const scores = [0, 0, 0, 0];
    for (let code = at + KEY + 1; code < end; code += GROUP) {
      const halves = [word(shard, code), word(shard, code + HALF)];
      const worth = [0, 0, 0, 0];
      halves.forEach((half, which) => {
        if (!(asked.some[half >> 3] & (1 << (half & 7)))) return;
        for (const [variant, other] of asked.others[which].get(half) ?? []) {
          const apart = ones(other ^ halves[1 - which]);
          if (apart <= MOST_APART) worth[variant] = Math.max(worth[variant], WORTH - apart);
        }
      });
      for (let variant = 0; variant < 4; variant++) scores[variant] += worth[variant];
    }
    found.push({ key, score: Math.max(...scores) });
    at = end;
  }
  return found;
}

// All halves of a picture's codes: which there are, and for each, its group and the other half.
function asking(codes) {
  const asked = { some: new Uint8Array(1 << 21), others: [new Map(), new Map()] };
  for (let at = 0; at < codes.length; at += GROUP) {
    const halves = [word(codes, at), word(codes, at + HALF)];
    halves.forEach((half, which) => {
      asked.some[half >> 3] |= 1 << (half & 7);
      if (!asked.others[which].has(half)) asked.others[which].set(half, []);
      asked.others[which].get(half).push([(at / GROUP) % 4, halves[1 - which]]);
    });
  }
  return asked;
}

// The variants in which two pictures share enough words: 24 bits of one group's half.
function sharing(a, b) {
  const words = (codes) => {
    const distinct = new Map(); // of each word, a bit for each group that it is in
    for (let at = 0; at < codes.length; at += HALF) {
      const half = (at / HALF) % 2;
      const name = word(codes, at) * 2 + half;
      distinct.set(name, (distinct.get(name) ?? 0) | (1 << (Math.floor(at / GROUP) % 4)));
    }
    return distinct;
  };
  const others = words(b);
  const shared = [0, 0, 0, 0];
  for (const [name, here] of words(a)) {
    const there = others.get(name) ?? 0;
    for (let pair = 0; there && pair < 16; pair++) {
      if ((here >> (pair >> 2)) & 1 && (there >> (pair & 3)) & 1) shared[(pair >> 2) ^ (pair & 3)]++;
    }
  }
  return [0, 1, 2, 3].filter((variant) => shared[variant] >= LEAST_SHARED);
}

// The turn that undoes another: a mirror before the diagonal is the other mirror behind it.
const undone = (turn) => (turn & 4 ? 4 | ((turn & 1) << 1) | ((turn & 2) >> 1) : turn);

// Read features as `flows/site/features.py` writes them.
async function readFeatures(bytes) {
  const panels = bytes[1];
  const points = 4 + 10 * panels;
  const numbers = [...new Uint16Array(bytes.slice(2, points).buffer)];
  const count = numbers.shift();
  const codes = points + 4 * count;
  const steps = new Uint16Array(bytes.slice(points, codes).buffer);
  return {
    slice: [false, true, null][bytes[0]],
    panels: Array.from({ length: panels }, (_, n) => panelOf(numbers.slice(5 * n, 5 * n + 5))),
    points: Float32Array.from(steps, (step) => step / STEPS_PER_PIXEL),
    codes: bytes.slice(codes, codes + CODE * count),
    frame: await frameIn(bytes.slice(codes + CODE * count)),
  };
}

// The small picture; null where its licence does not let the site hold it.
const frameIn = async (bytes) => (bytes.length ? grey(new Blob([bytes], { type: "image/jpeg" })) : null);

// A panel of a figure: where it is in the frame, and how many points are in it.
const panelOf = ([top, left, bottom, right, points]) => ({ top, left, bottom, right, points });

// The codes of each panel of a figure, or all of another picture.
function byPanel({ panels, codes }) {
  if (!panels?.length) return [codes];
  let at = 0;
  return panels.map(({ points }) => codes.slice(at, (at += CODE * points)));
}

// The affine map between two pictures, from the codes of their keypoints: a ratio test (Lowe, IJCV 2004)
// and RANSAC (Fischler and Bolles, CACM 1981), drawing the random numbers that OpenCV draws. A map is
// [a, b, c, d, e, f]: x' = a x + b y + c, y' = d x + e y + f.
"use strict";

const RATIO = 0.85;
const LEAST_INLIERS = 8;
const REACH = 2.5; // pixels
const MOST_TRIALS = 500;
const SURE = 0.99;
const MOST_STRETCH = 2.2;
const MOST_SCALE = 8;

function ones(word) {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

// The codes that the mirrored or inverted picture would have: their groups are exchanged.
function varied(codes, variant) {
  const made = new Uint8Array(codes.length);
  for (let at = 0; at < codes.length; at++) {
    const inside = at % CODE;
    const group = Math.floor(inside / GROUP) ^ variant;
    made[at] = codes[at - inside + group * GROUP + (inside % GROUP)];
  }
  return made;
}

function matches(a, b) {
  const [left, right] = [new Uint32Array(a.slice().buffer), new Uint32Array(b.buffer)];
  const words = CODE / 4;
  const found = [];
  if (Math.min(left.length, right.length) < LEAST_INLIERS * words) return found;
  for (let i = 0; i < left.length; i += words) {
    let [nearest, second, at] = [255, 255, 0];
    for (let j = 0; j < right.length; j += words) {
      let bits = 0;
      for (let word = 0; word < words && bits < second; word++) bits += ones(left[i + word] ^ right[j + word]);
      if (bits < nearest) [second, nearest, at] = [nearest, bits, j];
      else if (bits < second) second = bits;
    }
    if (nearest < RATIO * second) found.push([i / words, at / words]);
  }
  return found;
}

// Multiply with carry, from the seed of OpenCV's estimators.
function drawing() {
  let state = 0xffffffffffffffffn;
  return (below) => {
    state = (state & 0xffffffffn) * 4164903690n + (state >> 32n);
    return Number((state & 0xffffffffn) % BigInt(below));
  };
}

// Solve three equations in three unknowns for both rows of the map; null where the places are in a line.
function fitted(pairs) {
  let [xx, xy, yy, x, y, n] = [0, 0, 0, 0, 0, 0];
  const right = [[0, 0, 0], [0, 0, 0]];
  for (const [from, to] of pairs) {
    xx += from[0] * from[0];
    xy += from[0] * from[1];
    yy += from[1] * from[1];
    x += from[0];
    y += from[1];
    n += 1;
    right.forEach((sums, axis) => {
      sums[0] += from[0] * to[axis];
      sums[1] += from[1] * to[axis];
      sums[2] += to[axis];
    });
  }
  const det = xx * (yy * n - y * y) - xy * (xy * n - y * x) + x * (xy * y - yy * x);
  if (Math.abs(det) < 1e-6) return null;
  return right.flatMap((sums) => solved([xx, xy, x, yy, y, n], sums));
}

const mapped = (map, [x, y]) => [map[0] * x + map[1] * y + map[2], map[3] * x + map[4] * y + map[5]];

function reached(map, pairs) {
  return pairs.filter(([from, to]) => {
    const [x, y] = mapped(map, from);
    return (x - to[0]) ** 2 + (y - to[1]) ** 2 <= REACH * REACH;
  });
}

function consensus(pairs) {
  const draw = drawing();
  let best = [];
  let trials = MOST_TRIALS;
  for (let trial = 0; trial < trials; trial++) {
    const drawn = [];
    while (drawn.length < 3) {
      const at = draw(pairs.length);
      if (!drawn.includes(at)) drawn.push(at);
    }
    const map = fitted(drawn.map((at) => pairs[at]));
    const inside = map ? reached(map, pairs) : [];
    if (inside.length <= Math.max(best.length, 2)) continue;
    best = inside;
    const missed = 1 - (inside.length / pairs.length) ** 3;
    trials = missed <= 0 ? 0 : Math.min(trials, rounded(Math.log(1 - SURE) / Math.log(missed)));
  }
  return best;
}

function isPlausible([a, b, , d, e], variant) {
  const det = a * e - b * d;
  const sum = a * a + b * b + d * d + e * e;
  const root = Math.sqrt(Math.max(0, sum * sum - 4 * det * det));
  const [large, small] = [Math.sqrt((sum + root) / 2), Math.sqrt(Math.max(0, (sum - root) / 2))];
  const scale = Math.sqrt(large * small);
  const isMirrored = Boolean(variant & MIRRORED);
  return large < MOST_STRETCH * small && scale > 1 / MOST_SCALE && scale < MOST_SCALE && det < 0 === isMirrored;
}

// The map from a's frame to b's, taking b for a variant of a; null where none is plausible.
function registered(a, b, variant) {
  const place = (points, n) => [points[2 * n], points[2 * n + 1]];
  const pairs = matches(a.codes, varied(b.codes, variant)).map(([i, j]) => [place(a.points, i), place(b.points, j), i]);
  if (pairs.length < LEAST_INLIERS) return null;
  const inside = consensus(pairs);
  if (inside.length < LEAST_INLIERS) return null;
  const map = fitted(inside);
  return map && isPlausible(map, variant) ? { map, variant, inliers: inside.length, points: inside.map(([, , i]) => i) } : null;
}

// The map from a's whole frame to b's, turned as hashes are: transposed (4), upside down (2), mirrored (1).
function turnedFrame(a, b, turn) {
  let across = [1, 0, 0];
  let down = [0, 1, 0];
  if (turn & 4) [across, down] = [down, across];
  const flipped = ([x, y, one]) => [-x, -y, 1 - one];
  if (turn & 1) across = flipped(across);
  if (turn & 2) down = flipped(down);
  const row = ([x, y, one], length) => {
    const [p, q] = [(x / a.width) * length, (y / a.height) * length];
    return [p, q, p / 2 + q / 2 + one * length - 0.5];
  };
  return [...row(across, b.width), ...row(down, b.height)];
}

function inverse([a, b, c, d, e, f]) {
  const det = a * e - b * d;
  return [e / det, -b / det, (b * f - e * c) / det, -d / det, a / det, (d * c - a * f) / det];
}

// Keypoints and their descriptors (Lowe, "Distinctive image features from scale-invariant keypoints",
// IJCV 2004), with the constants and the rounding of OpenCV's, so that they meet those of a release.
"use strict";

const LAYERS = 3;
const SIGMA = 1.6;
const RIM = 5; // pixels at the border without keypoints
const STEPS = 5;
const BINS = 36;
const EDGE = 20;
const CELLS = 4;
const DIRECTIONS = 8;

function pyramid(picture) {
  let base = blurred(doubled(picture), Math.sqrt(SIGMA * SIGMA - 1));
  const octaves = rounded(Math.log2(Math.min(base.width, base.height)) - 2) + 1;
  const sigmas = Array.from({ length: LAYERS + 2 }, (_, n) => {
    const before = 2 ** (n / LAYERS) * SIGMA;
    return Math.sqrt((before * 2 ** (1 / LAYERS)) ** 2 - before ** 2);
  });
  return Array.from({ length: octaves }, () => {
    const smooth = [base];
    for (const sigma of sigmas) smooth.push(blurred(smooth.at(-1), sigma));
    base = halved(smooth[LAYERS]);
    const differences = smooth.slice(1).map((one, n) => plane(one.width, one.height, one.data.map((v, at) => v - smooth[n].data[at])));
    return { smooth, differences };
  }).filter(({ smooth }) => smooth[0].width && smooth[0].height);
}

function isExtreme(three, at, width) {
  const value = three[1][at];
  for (const data of three) {
    for (let row = at - width; row <= at + width; row += width) {
      for (let n = row - 1; n <= row + 1; n++) if (value > 0 ? data[n] > value : data[n] < value) return false;
    }
  }
  return true;
}

function solved(m, v) {
  const [a, b, c, , d, e, , , f] = [m[0], m[1], m[2], m[1], m[3], m[4], m[2], m[4], m[5]];
  const det = a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c);
  if (!det) return [0, 0, 0];
  return [
    (v[0] * (d * f - e * e) - b * (v[1] * f - e * v[2]) + c * (v[1] * e - d * v[2])) / det,
    (a * (v[1] * f - e * v[2]) - v[0] * (b * f - e * c) + c * (b * v[2] - v[1] * c)) / det,
    (a * (d * v[2] - v[1] * e) - b * (b * v[2] - v[1] * c) + v[0] * (b * e - d * c)) / det,
  ];
}

// Move an extreme to where a parabola has it; null where the contrast is low or there is an edge.
function settled(differences, layer, x, y, contrast) {
  const { width, height } = differences[0];
  const unit = 1 / 255;
  for (let step = 0; step < STEPS; step++) {
    const [below, here, above] = [-1, 0, 1].map((n) => differences[layer + n].data);
    const at = y * width + x;
    const twice = 2 * here[at];
    const slope = [(here[at + 1] - here[at - 1]) * unit / 2, (here[at + width] - here[at - width]) * unit / 2, (above[at] - below[at]) * unit / 2];
    const xx = (here[at + 1] + here[at - 1] - twice) * unit;
    const yy = (here[at + width] + here[at - width] - twice) * unit;
    const ss = (above[at] + below[at] - twice) * unit;
    const xy = (here[at + width + 1] - here[at + width - 1] - here[at - width + 1] + here[at - width - 1]) * unit / 4;
    const xs = (above[at + 1] - above[at - 1] - below[at + 1] + below[at - 1]) * unit / 4;
    const ys = (above[at + width] - above[at - width] - below[at + width] + below[at - width]) * unit / 4;
    const [dx, dy, ds] = solved([xx, xy, xs, yy, ys, ss], slope).map((value) => -value);
    if (Math.abs(dx) < 0.5 && Math.abs(dy) < 0.5 && Math.abs(ds) < 0.5) {
      const response = here[at] * unit + (slope[0] * dx + slope[1] * dy + slope[2] * ds) / 2;
      const det = xx * yy - xy * xy;
      if (Math.abs(response) * LAYERS < contrast) return null;
      if (det <= 0 || (xx + yy) ** 2 * EDGE >= (EDGE + 1) ** 2 * det) return null;
      return { layer, x, y, exactX: x + dx, exactY: y + dy, size: SIGMA * 2 ** ((layer + ds) / LAYERS) * 2, response: Math.abs(response) };
    }
    if (Math.max(Math.abs(dx), Math.abs(dy), Math.abs(ds)) > 2 ** 29) return null;
    x += rounded(dx);
    y += rounded(dy);
    layer += rounded(ds);
    if (layer < 1 || layer > LAYERS || x < RIM || x >= width - RIM || y < RIM || y >= height - RIM) return null;
  }
  return null;
}

const degrees = (dy, dx) => {
  const angle = (Math.atan2(dy, dx) * 180) / Math.PI;
  return angle < 0 ? angle + 360 : angle;
};

function gradients({ width, height, data }, x, y, radius, seen) {
  const left = Math.max(1, x - radius);
  const right = Math.min(width - 2, x + radius);
  for (let row = Math.max(1, y - radius); row <= Math.min(height - 2, y + radius); row++) {
    for (let at = row * width + left; at <= row * width + right; at++) {
      seen(at - row * width - x, row - y, data[at + 1] - data[at - 1], data[at - width] - data[at + width]);
    }
  }
}

// The directions of a keypoint, in degrees: the strongest of its surroundings, and those nearly as strong.
function directions(smooth, x, y, scale) {
  const rough = new Float64Array(BINS);
  const spread = -1 / (2 * (1.5 * scale) ** 2);
  gradients(smooth, x, y, rounded(4.5 * scale), (i, j, dx, dy) => {
    const bin = rounded((BINS / 360) * degrees(dy, dx));
    rough[bin % BINS] += Math.exp((i * i + j * j) * spread) * Math.sqrt(dx * dx + dy * dy);
  });
  const at = (n) => rough[(n + BINS) % BINS];
  const bins = rough.map((value, n) => (at(n - 2) + at(n + 2)) / 16 + ((at(n - 1) + at(n + 1)) * 4) / 16 + (value * 6) / 16);
  const least = Math.max(...bins) * 0.8;
  const found = [];
  for (let n = 0; n < BINS; n++) {
    const before = bins[(n + BINS - 1) % BINS];
    const after = bins[(n + 1) % BINS];
    if (bins[n] <= before || bins[n] <= after || bins[n] < least) continue;
    const exact = n + (0.5 * (before - after)) / (before - 2 * bins[n] + after);
    found.push(360 - (360 / BINS) * ((exact + BINS) % BINS));
  }
  return found;
}

function descriptor(smooth, exactX, exactY, direction, scale) {
  const angle = (360 - direction) % 360;
  const wide = 3 * scale;
  const cos = Math.cos((angle * Math.PI) / 180) / wide;
  const sin = Math.sin((angle * Math.PI) / 180) / wide;
  const reach = Math.min(rounded(wide * Math.SQRT2 * (CELLS + 1) * 0.5), Math.trunc(Math.hypot(smooth.width, smooth.height)));
  const padded = new Float64Array((CELLS + 2) * (CELLS + 2) * DIRECTIONS);
  gradients(smooth, rounded(exactX), rounded(exactY), reach, (i, j, dx, dy) => {
    const across = i * cos - j * sin;
    const down = i * sin + j * cos;
    const row = down + CELLS / 2 - 0.5;
    const column = across + CELLS / 2 - 0.5;
    if (row <= -1 || row >= CELLS || column <= -1 || column >= CELLS) return;
    const strength = Math.sqrt(dx * dx + dy * dy) * Math.exp((across * across + down * down) / (-CELLS * CELLS * 0.5));
    const turn = ((degrees(dy, dx) - angle) * DIRECTIONS) / 360;
    const [r, c, o] = [Math.floor(row), Math.floor(column), Math.floor(turn)];
    for (let n = 0; n < 8; n++) {
      const [below, right, next] = [n >> 2, (n >> 1) & 1, n & 1];
      const share = (below ? row - r : 1 - row + r) * (right ? column - c : 1 - column + c) * (next ? turn - o : 1 - turn + o);
      const cell = (r + 1 + below) * (CELLS + 2) + c + 1 + right;
      padded[cell * DIRECTIONS + ((o + next + 2 * DIRECTIONS) % DIRECTIONS)] += strength * share;
    }
  });
  const made = new Float64Array(CELLS * CELLS * DIRECTIONS);
  for (let row = 0; row < CELLS; row++) {
    const from = ((row + 1) * (CELLS + 2) + 1) * DIRECTIONS;
    made.set(padded.subarray(from, from + CELLS * DIRECTIONS), row * CELLS * DIRECTIONS);
  }
  const length = () => Math.sqrt(made.reduce((sum, value) => sum + value * value, 0));
  const most = length() * 0.2;
  for (let n = 0; n < made.length; n++) made[n] = Math.min(made[n], most);
  const unit = 512 / Math.max(length(), 1.2e-7);
  return Uint8Array.from(made, (value) => asByte(value * unit));
}

function extremes(octaves, contrast) {
  const least = Math.floor(((0.5 * contrast) / LAYERS) * 255);
  const found = [];
  const had = new Set();
  octaves.forEach(({ smooth, differences }, octave) => {
    const { width, height } = smooth[0];
    for (let layer = 1; layer <= LAYERS; layer++) {
      const three = [-1, 0, 1].map((n) => differences[layer + n].data);
      for (let y = RIM; y < height - RIM; y++) {
        for (let x = RIM; x < width - RIM; x++) {
          if (Math.abs(three[1][y * width + x]) <= least || !isExtreme(three, y * width + x, width)) continue;
          const point = settled(differences, layer, x, y, contrast);
          const name = point && `${octave} ${point.layer} ${point.exactX} ${point.exactY}`;
          if (!point || had.has(name)) continue;
          had.add(name);
          found.push({ ...point, octave });
        }
      }
    }
  });
  return found;
}

// The strongest keypoints, at most so many: { x, y, response, descriptor() }.
function keypoints(octaves, contrast, most) {
  const strongest = extremes(octaves, contrast).sort((a, b) => b.response - a.response);
  const found = [];
  for (const point of strongest) {
    if (found.length >= most) break;
    const smooth = octaves[point.octave].smooth[point.layer];
    const unit = 2 ** point.octave / 2; // the first octave is of the doubled picture
    for (const direction of directions(smooth, point.x, point.y, point.size / 2)) {
      found.push({
        x: point.exactX * unit,
        y: point.exactY * unit,
        response: point.response,
        descriptor: () => descriptor(smooth, point.exactX, point.exactY, direction, point.size / 2),
      });
    }
  }
  return found.slice(0, most);
}

// A picture's features, as covid19_images/duplicates computes and compares them: a small frame, and the
// codes of its keypoints.
"use strict";

const FRAME = 224; // pixels of the long side
const MOST_POINTS = 250;
const LEAST_SIDE = 16;
const CONTRASTS = [0.03, 0.01];
const STEPS_PER_PIXEL = 128; // resolution of a place
const CODE = 24; // bytes, in four groups that mirrored pictures and negatives exchange
const GROUP = 6;
const INVERTED = 1;
const MIRRORED = 2;
const QUALITIES = [0.7, 0.5, 0.3, 0.1];
const MOST_BYTES = 12000;
let hyperplanes = null;

// The planes of the first group follow from Python's random numbers; the others permute them.
function hyperplanesAre(packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const first = new Float32Array(bytes.buffer);
  const bits = GROUP * 8;
  hyperplanes = Array.from({ length: 4 * bits }, (_, bit) =>
    Float32Array.from({ length: 128 }, (_, n) => first[permuted(n, Math.floor(bit / bits)) * bits + (bit % bits)]));
}

function permuted(n, variant) {
  let row = n >> 5;
  let column = (n >> 3) & 3;
  let direction = n & 7;
  if (variant & INVERTED) [row, column] = [3 - row, 3 - column];
  if (variant & MIRRORED) [row, direction] = [3 - row, (8 - direction) % 8];
  return (row * 4 + column) * 8 + direction;
}

// The signs of the projections of the descriptor's square roots.
function code(descriptor, into) {
  const sum = Math.max(descriptor.reduce((a, b) => a + b, 0), 1e-6);
  const roots = Float32Array.from(descriptor, (value) => Math.sqrt(value / sum));
  hyperplanes.forEach((normal, bit) => {
    let side = 0;
    for (let n = 0; n < 128; n++) side += roots[n] * normal[n];
    if (side > 0) into[bit >> 3] |= 128 >> (bit & 7);
  });
}

// The frame of a picture, and the squarer one where it is as fine.
function framed(levels, width, height) {
  const picture = plane(width, height, levels);
  const scale = Math.min(1, FRAME / Math.max(width, height));
  const side = (length) => (scale === 1 ? length : Math.max(8, rounded(length * scale)));
  const size = [side(width), side(height)];
  const wanted = squarer({ width: size[0], height: size[1] });
  if (wanted[0] > width || wanted[1] > height) return [ofSize(picture, size)];
  const looked = ofSize(picture, wanted);
  return [ofSize(looked, size), looked];
}

const ofSize = (picture, [width, height]) =>
  width === picture.width && height === picture.height ? picture : shrunk(picture, width, height);

// A picture as SIFT looks at it: its short side is longer.
function squarer({ width, height }) {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const longer = rounded(short * Math.sqrt(Math.sqrt(Math.sqrt(long / short))));
  return [Math.max(width, longer), Math.max(height, longer)];
}

function stretchedBytes(frame) {
  const { width, height, data } = stretched(frame, ...squarer(frame), 256);
  return plane(width, height, Uint8Array.from(data, (value) => Math.floor(value + 0.5)));
}

function described(frame, looked = stretchedBytes(frame)) {
  if (Math.min(frame.width, frame.height) < LEAST_SIDE) return { points: new Float32Array(0), codes: new Uint8Array(0) };
  const octaves = pyramid(evened(looked, 3));
  const back = [frame.width / looked.width, frame.height / looked.height];
  let found = [];
  for (const contrast of CONTRASTS) {
    found = keypoints(octaves, contrast, MOST_POINTS);
    if (found.length >= MOST_POINTS) break;
  }
  const points = new Float32Array(2 * found.length);
  const codes = new Uint8Array(CODE * found.length);
  found.forEach((point, n) => {
    const places = [point.x, point.y].map((place, axis) => Math.max(0, (place + 0.5) * back[axis] - 0.5));
    points.set(places.map((place) => Math.trunc(place * STEPS_PER_PIXEL) / STEPS_PER_PIXEL), 2 * n);
    code(point.descriptor(), codes.subarray(n * CODE, (n + 1) * CODE));
  });
  return { points, codes };
}

// What a frame looks like when it was kept as a JPEG, as the features of the collection are.
async function asKept(frame) {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  const rgba = new Uint8ClampedArray(4 * frame.data.length).fill(255);
  frame.data.forEach((level, n) => rgba.fill(level, 4 * n, 4 * n + 3));
  canvas.getContext("2d").putImageData(new ImageData(rgba, frame.width, frame.height), 0, 0);
  let kept = null;
  for (const quality of QUALITIES) {
    kept = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (kept.size <= MOST_BYTES) break;
  }
  return grey(kept);
}

async function grey(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return plane(width, height, Uint8Array.from({ length: width * height }, (_, n) => data[4 * n]));
}

async function extracted(levels, width, height) {
  const [frame, looked] = framed(levels, width, height);
  return { ...described(frame, looked), frame: await asKept(frame), width, height };
}

// Pictures that were painted with a rainbow, as covid19_images/images/colour_maps.py reads them: where
// luminance rises and falls along the map, the place of a colour on it is the picture.
"use strict";

const LOOKED_AT = 64; // pixels a side, of those that are asked for their map
const NEUTRAL = 24;
const LEAST_COLOURED = 0.5;
const NEAR = 36;
const LEAST_NEAR = 0.95;
const LEAST_PLACES = 24;
const ORDERED = 0.9;
let rainbows = [];

// Of each map 256 colours of three bytes.
function rainbowsAre(packed) {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  rainbows = Array.from({ length: bytes.length / 768 }, (_, n) => bytes.subarray(n * 768, (n + 1) * 768));
}

const spreadOf = (r, g, b) => Math.max(r, g, b) - Math.min(r, g, b);

// The nearest place on a map, and how far it is.
function nearestPlace(map, r, g, b) {
  let [best, place] = [Infinity, 0];
  for (let n = 0; n < 256; n++) {
    const far = (map[3 * n] - r) ** 2 + (map[3 * n + 1] - g) ** 2 + (map[3 * n + 2] - b) ** 2;
    if (far < best) [best, place] = [far, n];
  }
  return [place, Math.sqrt(best)];
}

function correlated(one, other) {
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [a, b] = [mean(one), mean(other)];
  let [both, left, right] = [0, 0, 0];
  one.forEach((value, n) => {
    both += (value - a) * (other[n] - b);
    left += (value - a) ** 2;
    right += (other[n] - b) ** 2;
  });
  return both / Math.sqrt(left * right);
}

function mapOf(rgba, width, height) {
  const step = Math.ceil(Math.max(width, height) / LOOKED_AT);
  const sample = [];
  let looked = 0;
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step, looked++) {
      const [r, g, b] = rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 3);
      if (spreadOf(r, g, b) >= NEUTRAL) sample.push([r, g, b]);
    }
  }
  if (sample.length < Math.max(LEAST_PLACES, LEAST_COLOURED * looked)) return null;
  const fits = rainbows.map((map) => {
    const found = sample.map((colour) => nearestPlace(map, ...colour));
    const near = found.filter(([, far]) => far <= NEAR).length / sample.length;
    return { map, near, places: found.map(([place]) => place) };
  });
  const best = fits.reduce((a, b) => (b.near > a.near ? b : a));
  if (best.near < LEAST_NEAR || new Set(best.places).size < LEAST_PLACES) return null;
  const luminance = sample.map(([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b);
  return Math.abs(correlated(best.places, luminance)) > ORDERED ? null : best.map;
}

// The grey levels in which a picture's structure shows: the luminance of nearly all.
function structure(rgba, width, height, luminance) {
  const map = mapOf(rgba, width, height);
  if (!map) return luminance;
  const places = new Int16Array(1 << 15).fill(-1); // colours of five bits a channel
  return luminance.map((_, n) => {
    const [r, g, b] = rgba.subarray(4 * n, 4 * n + 3);
    if (spreadOf(r, g, b) < NEUTRAL) return (r * 4899 + g * 9617 + b * 1868 + 8192) >> 14;
    const at = ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);
    if (places[at] < 0) places[at] = nearestPlace(map, (r & 248) + 3.5, (g & 248) + 3.5, (b & 248) + 3.5)[0];
    return places[at];
  });
}

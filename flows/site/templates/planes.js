// Pictures as planes of numbers, { data, width, height }, and the few operations on them that the
// engine uses, as OpenCV computes them.
"use strict";

const plane = (width, height, data) => ({ width, height, data: data ?? new Float32Array(width * height) });

// Round as C's lrint does: halves to the even number.
function rounded(value) {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
const asByte = (value) => (value < 0 ? 0 : value > 255 ? 255 : rounded(value));

// Where a place outside 0 … length - 1 is found when the picture is mirrored at its outermost pixels.
function mirrored(at, length) {
  if (length === 1) return 0;
  let place = at;
  while (place < 0 || place >= length) place = place < 0 ? -place : 2 * length - 2 - place;
  return place;
}

function gaussian(sigma, size) {
  const half = (size - 1) / 2;
  const made = Float64Array.from({ length: size }, (_, n) => Math.exp(-((n - half) ** 2) / (2 * sigma * sigma)));
  const sum = made.reduce((a, b) => a + b, 0);
  return made.map((value) => value / sum);
}

// Filter rows, then columns, with one kernel.
function filtered({ width, height, data }, kernel) {
  const half = (kernel.length - 1) / 2;
  const across = new Float32Array(data.length);
  const line = new Float64Array(Math.max(width, height) + 2 * half);
  for (let y = 0; y < height; y++) {
    for (let x = -half; x < width + half; x++) line[x + half] = data[y * width + mirrored(x, width)];
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let n = 0; n < kernel.length; n++) sum += kernel[n] * line[x + n];
      across[y * width + x] = sum;
    }
  }
  const made = new Float32Array(data.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let n = 0; n < kernel.length; n++) {
      const from = mirrored(y + n - half, height) * width;
      for (let x = 0; x < width; x++) sums[x] += kernel[n] * across[from + x];
    }
    made.set(sums, y * width);
  }
  return plane(width, height, made);
}

// Kernels reach four deviations of real numbers, and three of bytes.
const blurred = (picture, sigma) => filtered(picture, gaussian(sigma, rounded(sigma * 8 + 1) | 1));
function blurredBytes(picture, sigma) {
  const made = filtered(picture, gaussian(sigma, rounded(sigma * 6 + 1) | 1));
  return plane(made.width, made.height, Uint8Array.from(made.data, asByte));
}

// The mean of each pixel's surroundings, side × side.
function around({ width, height, data }, side) {
  const half = (side - 1) / 2;
  const across = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let x = -half; x <= half; x++) sum += data[y * width + mirrored(x, width)];
    for (let x = 0; x < width; x++) {
      across[y * width + x] = sum;
      sum += data[y * width + mirrored(x + half + 1, width)] - data[y * width + mirrored(x - half, width)];
    }
  }
  const made = new Float32Array(data.length);
  const sums = new Float64Array(width);
  const add = (y, sign) => {
    const from = mirrored(y, height) * width;
    for (let x = 0; x < width; x++) sums[x] += sign * across[from + x];
  };
  for (let y = -half; y <= half; y++) add(y, 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) made[y * width + x] = sums[x] / (side * side);
    add(y + half + 1, 1);
    add(y - half, -1);
  }
  return plane(width, height, made);
}

// Which share of which source pixels makes each target pixel.
function shares(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, at) => {
    const begin = at * scale;
    const end = Math.min(from, begin + scale);
    const parts = [];
    for (let n = Math.floor(begin); n < Math.ceil(end - 1e-9); n++) {
      parts.push([Math.min(n, from - 1), (Math.min(end, n + 1) - Math.max(begin, n)) / (end - begin)]);
    }
    return parts;
  });
}

// Shrink by areas.
function shrunk({ width, height, data }, toWidth, toHeight) {
  const columns = shares(width, toWidth);
  const made = new Uint8Array(toWidth * toHeight);
  const sums = new Float64Array(toWidth);
  shares(height, toHeight).forEach((rows, y) => {
    sums.fill(0);
    for (const [row, weight] of rows) {
      for (let x = 0; x < toWidth; x++) {
        let sum = 0;
        for (const [column, share] of columns[x]) sum += share * data[row * width + column];
        sums[x] += weight * sum;
      }
    }
    for (let x = 0; x < toWidth; x++) made[y * toWidth + x] = asByte(Math.fround(sums[x]));
  });
  return plane(toWidth, toHeight, made);
}

// Another size, linear between the centres of pixels; bytes as OpenCV's INTER_LINEAR_EXACT has them, in steps
// of 1/256 of the way from one to the next.
function stretched({ width, height, data }, toWidth, toHeight, steps = 0) {
  const made = plane(toWidth, toHeight);
  const place = (at, length, to) => {
    const exact = ((at + 0.5) * length) / to - 0.5;
    const first = Math.floor(exact);
    if (first < 0) return [0, 0, 0];
    if (first >= length - 1) return [length - 1, length - 1, 0];
    const off = exact - first;
    return [first, first + 1, steps ? rounded(off * steps) / steps : off];
  };
  const columns = Array.from({ length: toWidth }, (_, x) => place(x, width, toWidth));
  for (let y = 0; y < toHeight; y++) {
    const [top, bottom, down] = place(y, height, toHeight);
    columns.forEach(([left, right, off], x) => {
      const above = data[top * width + left] * (1 - off) + data[top * width + right] * off;
      const below = data[bottom * width + left] * (1 - off) + data[bottom * width + right] * off;
      made.data[y * toWidth + x] = above * (1 - down) + below * down;
    });
  }
  return made;
}

const doubled = (picture) => stretched(picture, 2 * picture.width, 2 * picture.height);

// Every second pixel of every second row.
function halved({ width, height, data }) {
  const made = plane(width >> 1, height >> 1);
  for (let y = 0; y < made.height; y++) {
    for (let x = 0; x < made.width; x++) made.data[y * made.width + x] = data[2 * y * width + 2 * x];
  }
  return made;
}

const TILES = 8;

// Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994).
function evened({ width, height, data }, limit) {
  const fits = width % TILES === 0 && height % TILES === 0;
  const wide = (width + (fits ? 0 : TILES - (width % TILES))) / TILES;
  const high = (height + (fits ? 0 : TILES - (height % TILES))) / TILES;
  const most = Math.max(1, Math.trunc((limit * wide * high) / 256));
  const tables = Array.from({ length: TILES * TILES }, (_, tile) => {
    const counts = new Int32Array(256);
    const top = Math.floor(tile / TILES) * high;
    const left = (tile % TILES) * wide;
    for (let y = top; y < top + high; y++) {
      const from = mirrored(y, height) * width;
      for (let x = left; x < left + wide; x++) counts[data[from + mirrored(x, width)]]++;
    }
    let above = 0;
    for (let n = 0; n < 256; n++) {
      if (counts[n] <= most) continue;
      above += counts[n] - most;
      counts[n] = most;
    }
    let rest = above % 256;
    for (let n = 0; n < 256; n++) counts[n] += Math.trunc(above / 256);
    const step = rest ? Math.max(1, Math.trunc(256 / rest)) : 1;
    for (let n = 0; n < 256 && rest > 0; n += step, rest--) counts[n]++;
    const scale = Math.fround(255 / (wide * high));
    let sum = 0;
    return Uint8Array.from(counts, (count) => asByte(Math.fround((sum += count) * scale)));
  });
  const place = (at, size) => {
    const exact = at / size - 0.5;
    const first = Math.floor(exact);
    return [Math.max(first, 0), Math.min(first + 1, TILES - 1), exact - first];
  };
  const columns = Array.from({ length: width }, (_, x) => place(x, wide));
  const made = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = place(y, high);
    for (let x = 0; x < width; x++) {
      const [left, right, off] = columns[x];
      const level = data[y * width + x];
      const above = tables[top * TILES + left][level] * (1 - off) + tables[top * TILES + right][level] * off;
      const below = tables[bottom * TILES + left][level] * (1 - off) + tables[bottom * TILES + right][level] * off;
      made[y * width + x] = asByte(above * (1 - down) + below * down);
    }
  }
  return plane(width, height, made);
}

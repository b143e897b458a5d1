// Whether two pictures are the same, with the limits of covid19_images/duplicates/verdict.py.
"use strict";

const LEAST_BLOCKS = 12;
const SURE_MEDIAN = 0.86;
const DOUBTFUL_MEDIAN = 0.76;
const SURE_QUARTILE = 0.65;
const LEAST_TEXTURED = 0.5;
const MOST_ASTRAY = 0.1;

// Compare a (features, and whether its owner calls it a slice: true, false or null) with b, in variants
// of shared words and in turns of near hashes: [turn, inverted]. Null where they differ.
function decided(a, b, variants, turns) {
  const best = trials(a, b, variants, turns).sort(byStrength)[0];
  if (!best || best.agreement.median < DOUBTFUL_MEDIAN || best.agreement.blocks < LEAST_BLOCKS) return null;
  const slices = (a.slice ?? looksLikeSlice(a.frame)) && looksLikeSlice(b.frame);
  const doubt = slices ? "slices without a common series: neighbours look alike" : doubtAbout(best.agreement);
  return { ...best, sure: doubt === null, doubt };
}

function trials(a, b, variants, turns) {
  const negative = plane(b.frame.width, b.frame.height, b.frame.data.map((level) => 255 - level));
  const variantOf = ([turn, inverted]) => (inverted ? INVERTED : 0) | (ones(turn) & 1 ? MIRRORED : 0);
  const tried = [...new Set([...variants, ...turns.map(variantOf)])].sort();
  const found = tried.map((variant) => registered(a, b, variant)).filter(Boolean);
  for (const way of turns) found.push({ map: turnedFrame(a.frame, b.frame, way[0]), variant: variantOf(way), inliers: 0 });
  return found.map((one) => ({ ...one, agreement: agreement(a.frame, one.variant & INVERTED ? negative : b.frame, one.map) }));
}

function byStrength(one, other) {
  const median = ({ agreement: of }) => (of.blocks >= LEAST_BLOCKS ? of.median : 0);
  return median(other) - median(one) || other.inliers - one.inliers || one.variant - other.variant;
}

function doubtAbout({ median, quartile, textured, astray }) {
  if (median < SURE_MEDIAN || quartile < SURE_QUARTILE) return "the texture agrees only in part";
  if (textured < LEAST_TEXTURED) return "little texture where the pictures overlap";
  if (astray > MOST_ASTRAY) return "some blocks show something else";
  return null;
}

// A slice has air all around the body: more than half of each side's rim is of one grey level.
function looksLikeSlice(picture) {
  const { width, height, data } = blurredBytes(picture, 1);
  const rim = Math.max(2, Math.floor(Math.min(width, height) / 20));
  const sides = [[0, 0, width, rim], [0, height - rim, width, height], [0, 0, rim, height], [width - rim, 0, width, height]];
  return sides.every(([left, top, right, bottom]) => {
    const levels = [];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) levels.push(data[y * width + x]);
    levels.sort((x, y) => x - y);
    const middle = quantile(levels, 0.5);
    return levels.filter((level) => Math.abs(level - middle) < 8).length > 0.55 * levels.length;
  });
}

// What was done to a picture, in words, from the map and what each covers of the other.
function change({ map, variant, agreement: of }) {
  const words = [];
  if (variant & MIRRORED) words.push("mirrored");
  const sign = variant & MIRRORED ? -1 : 1;
  const angle = Math.round((Math.atan2(sign * map[3], sign * map[0]) * 180) / Math.PI);
  if (Math.abs(angle) > 1) words.push(`turned by ${Math.abs(angle)}°`);
  if (variant & INVERTED) words.push("negative");
  if (Math.min(of.coverA, of.coverB) < 0.97) words.push("cut or framed");
  return words;
}

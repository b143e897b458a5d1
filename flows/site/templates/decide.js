// Whether two pictures are the same, with the limits of covid19_images/duplicates (a test compares them).
"use strict";

const LEAST_BLOCKS = 12;
const SURE_MEDIAN = 0.86;
const DOUBTFUL_MEDIAN = 0.76;
const SURE_QUARTILE = 0.65;
const LEAST_TEXTURED = 0.5;
const MOST_ASTRAY = 0.1;
const FEW_BLOCKS = 30;
const SURE_MEDIAN_OF_FEW = 0.93;
const MOST_OF_A_PART = 0.6;
const WHOLE = 0.97;
const SLICE_RIM = 20; // the rim is a twentieth of the shorter side
const SAME_LEVEL = 8;
const FLAT_SHARE = 0.55;

// Compare a (features, and whether its owner calls it a slice: true, false or null) with b, in variants
// of shared words and in turns of near hashes: [turn, inverted]. Null where they differ.
function decided(a, b, variants, turns) {
  const best = trials(a, b, variants, turns).sort(byStrength)[0];
  const panel = best && sharedPanel(a, b, best);
  if (panel) return { ...best, agreement: panel, sure: true, doubt: null };
  if (!best || best.agreement.median < DOUBTFUL_MEDIAN || best.agreement.blocks < LEAST_BLOCKS) return null;
  const slices = (a.slice ?? looksLikeSlice(a.frame)) && looksLikeSlice(b.frame);
  const doubt = slices ? "slices without a common series: neighbours look alike" : doubtAbout(best.agreement);
  return { ...best, sure: doubt === null, doubt };
}

// The agreement in the panel of a figure that most points are in, if that is beyond doubt and no more is
// shared: what a figure shows beside it says nothing against a copy.
function sharedPanel(a, b, { map, variant, points, agreement: whole }) {
  if (!a.panels?.length || !points || (whole.coverA >= MOST_OF_A_PART && !doubtAbout(whole))) return null;
  const panel = panelWithMost(a.panels, points);
  const [x, y] = mapped([map[0], map[1], 0, map[3], map[4], 0], [panel.left, panel.top]);
  const moved = [map[0], map[1], map[2] + x, map[3], map[4], map[5] + y];
  const inside = cut(a.frame, panel);
  const found = agreement(inside, seenAs(b.frame, variant), moved);
  if (found.blocks < LEAST_BLOCKS || doubtAbout(found)) return null;
  return { ...found, coverA: (found.coverA * inside.data.length) / a.frame.data.length };
}

function panelWithMost(panels, points) {
  let end = 0;
  const ends = panels.map((panel) => (end += panel.points));
  const counts = panels.map(() => 0);
  for (const point of points) counts[ends.findIndex((last) => point < last)]++;
  return panels[counts.indexOf(Math.max(...counts))];
}

function cut({ width, data }, { top, left, bottom, right }) {
  const made = plane(right - left, bottom - top, new data.constructor((right - left) * (bottom - top)));
  for (let y = top; y < bottom; y++) made.data.set(data.subarray(y * width + left, y * width + right), (y - top) * made.width);
  return made;
}

const seenAs = (frame, variant) =>
  variant & INVERTED ? plane(frame.width, frame.height, frame.data.map((level) => 255 - level)) : frame;

function trials(a, b, variants, turns) {
  const variantOf = ([turn, inverted]) => (inverted ? INVERTED : 0) | (ones(turn) & 1 ? MIRRORED : 0);
  const tried = [...new Set([...variants, ...turns.map(variantOf)])].sort();
  const found = tried.map((variant) => registered(a, b, variant)).filter(Boolean);
  for (const way of turns) found.push({ map: turnedFrame(a.frame, b.frame, way[0]), variant: variantOf(way), inliers: 0 });
  return found.map((one) => ({ ...one, agreement: agreement(a.frame, seenAs(b.frame, one.variant), one.map) }));
}

function byStrength(one, other) {
  const median = ({ agreement: of }) => (of.blocks >= LEAST_BLOCKS ? of.median : 0);
  return median(other) - median(one) || other.inliers - one.inliers || one.variant - other.variant;
}

function doubtAbout({ median, quartile, textured, astray, blocks: number }) {
  if (median < SURE_MEDIAN || quartile < SURE_QUARTILE) return "the texture agrees only in part";
  if (number < FEW_BLOCKS && median < SURE_MEDIAN_OF_FEW) return "too little is shared to be sure";
  if (textured < LEAST_TEXTURED) return "little texture where the pictures overlap";
  if (astray > MOST_ASTRAY) return "some blocks show something else";
  return null;
}

// A slice has air all around the body: more than half of each side's rim is of one grey level.
function looksLikeSlice(picture) {
  const { width, height, data } = blurredBytes(picture, 1);
  const rim = Math.max(2, Math.floor(Math.min(width, height) / SLICE_RIM));
  const sides = [[0, 0, width, rim], [0, height - rim, width, height], [0, 0, rim, height], [width - rim, 0, width, height]];
  return sides.every(([left, top, right, bottom]) => {
    const levels = [];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) levels.push(data[y * width + x]);
    levels.sort((x, y) => x - y);
    const middle = quantile(levels, 0.5);
    return levels.filter((level) => Math.abs(level - middle) < SAME_LEVEL).length > FLAT_SHARE * levels.length;
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
  if (Math.min(of.coverA, of.coverB) < WHOLE) words.push("cut or framed");
  return words;
}

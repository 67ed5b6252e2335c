/**
 * Totals: the share of men behind the answers, with an interval, as `gender_classifier.metrics.counting`.
 *
 * The adjusted count undoes the errors that labelled faces showed (Forman 2008, section 3.2); its interval holds the
 * middle 95 % of a bootstrap that draws anew the faces counted and those labelled faces.
 */
const DRAWS = 4000;
const LEVEL = 0.95;
const LEAST = 0.05;
const Z = 1.959963984540054; // of the normal distribution, at 97.5 %

/** Wilson's interval of a share. */
export function wilson(hits, count) {
  const [share, z2] = [hits / count, Z * Z];
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (Z / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * How many faces of as many photos would tell as much as these: people in one photo are alike (Kish 1965).
 *
 * @param {boolean[][]} photos of each photo, whether each of its faces is said to be male
 */
export function independentFaces(photos) {
  const filled = photos.filter((faces) => faces.length);
  const faces = filled.reduce((sum, one) => sum + one.length, 0);
  const share = filled.flat().filter(Boolean).length / faces;
  const count = filled.length;
  if (count === faces) return faces;
  if (count === 1) return 1;
  // Where all are alike nothing tells how much alike people in one photo are, and they are taken for one person; a few
  // that differ tell little more.
  const men = filled.flat().filter(Boolean).length;
  const rarer = Math.min(men, faces - men);
  const sizes = filled.reduce((sum, one) => sum + one.length ** 2, 0);
  const most = Math.floor(((faces * faces) / sizes) * (1 + rarer) + 0.5);
  if (rarer === 0) return most;
  const rest = filled.map((one) => one.filter(Boolean).length - share * one.length);
  const clustered = (rest.reduce((sum, one) => sum + one * one, 0) * count) / (count - 1);
  const alike = clustered / (faces * share * (1 - share));
  return Math.max(1, Math.min(most, Math.floor(faces / Math.max(1, alike) + 0.5)));
}

/**
 * The share of men that explains the answers, given how often each gender is said to be male.
 *
 * @param {number} said faces answered male
 * @param {number} faces all faces answered
 * @param {{tn: number, fp: number, fn: number, tp: number}} confusion of labelled faces
 * @param {number} independent as many faces as these are worth
 * @returns {?{share: number, interval: number[]}} null where answers hardly depend on gender
 */
export function adjustedCount(said, faces, confusion, independent = faces, random = generator(1)) {
  const [men, women] = [confusion.fn + confusion.tp, confusion.tn + confusion.fp];
  const [recall, wrong] = [confusion.tp / men, confusion.fp / women];
  if (!(recall - wrong >= LEAST)) return null;
  const [answers, recalls, wrongs] = [
    shares(said / faces, independent, random),
    shares(recall, men, random),
    shares(wrong, women, random),
  ];
  // A draw in which answers tell nothing says that any share may be.
  const drawn = answers.map((share, i) => (share - wrongs[i]) / Math.max(recalls[i] - wrongs[i], 1e-9));
  drawn.sort((a, b) => a - b);
  const interval = [(1 - LEVEL) / 2, (1 + LEVEL) / 2].map((level) => clipped(quantile(drawn, level)));
  return { share: clipped((said / faces - wrong) / (recall - wrong)), interval };
}

function clipped(value) {
  return Math.min(Math.max(value, 0), 1);
}

function quantile(sorted, level) {
  const place = level * (sorted.length - 1);
  const low = Math.floor(place);
  return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

/** Shares of `count` binomial draws; half a face on either side: none wrong of twenty is not never wrong. */
function shares(share, count, random) {
  const chance = (share * count + 0.5) / (count + 1);
  const sums = cumulative(chance, count);
  return Array.from({ length: DRAWS }, () => {
    const sought = random();
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < sought) low = middle + 1;
      else high = middle;
    }
    return low / count;
  });
}

/** Chances of at most 0, 1, … `count` hits, from the logarithms of each. */
function cumulative(chance, count) {
  const sums = new Float64Array(count + 1);
  let [log, sum] = [count * Math.log1p(-chance), 0];
  for (let hits = 0; hits <= count; hits++) {
    sum += Math.exp(log);
    sums[hits] = sum;
    log += Math.log((count - hits) / (hits + 1)) + Math.log(chance) - Math.log1p(-chance);
  }
  return sums;
}

/** A small generator of numbers from 0 to 1 (mulberry32): the same faces give the same interval each time. */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The faces of an image, from left to right, as `gender_classifier.faces.finding` and `.tiles`. */
import { detect, sideOf } from "./detection.js";
import { bordered, part } from "./image.js";
import { resize, round } from "./resize.js";
import { findTurned } from "./turning.js";

const SMALLEST = 24;
const SMALLEST_OF = 1280;
const WIDE = 16 / 9;
// The box of a face near the smallest comes out up to a fifth smaller than that of the same face seen larger.
const AS_MEASURED = 0.8;
// Below this many pixels a face loses what it is told by: reading a photo reduced must leave it as many.
const ENOUGH = 32;
const BEYOND = 0.3;
const BEYOND_LOOK = 320;
// A tile is so many times longer than it is wide, or so many pixels long where that is more.
const [LONG, SHORTEST] = [3, 1280];

/** Side of the smallest face to seek in a photo, its pixels. */
export function smallestFace(width, height) {
  const side = Math.min(Math.max(width, height), WIDE * Math.min(width, height));
  return SMALLEST * Math.max(1, side / SMALLEST_OF);
}

/** By how much (1, 2, 4, 8) a photo may be reduced when faces from `smallest` pixels matter. */
export function reductionFor(smallest) {
  return [8, 4, 2].find((factor) => smallest / factor >= ENOUGH) ?? 1;
}

/**
 * Find the faces of an image; also one that fills or leaves the frame, and those of an image that stands turned.
 *
 * @param {import("./image.js").Picture} picture
 * @param {import("./detection.js").Network} network
 * @param {number} smallest side of the smallest face that counts, pixels of `picture`
 * @param {boolean} rotate seek at quarter turns where none or only a poor face is found
 * @returns {Promise<{faces: import("./detection.js").Face[], turned: number, tooSmall: number}>}
 */
export async function findFaces(picture, network, smallest, rotate = true) {
  const [least, sought] = [AS_MEASURED * smallest, Math.max(1, Math.floor(smallest))];
  let tooSmall = 0;
  const find = async (standing) => {
    const every = await findInTiles(standing, (tile) => detect(tile, network, sought));
    const found = every.filter((face) => sideOf(face) >= least);
    tooSmall = Math.max(tooSmall, every.length - found.length);
    return found.length ? found : beyondFrame(standing, network, least);
  };
  const { faces, turned } = rotate ? await findTurned(picture, find) : { faces: await find(picture), turned: 0 };
  faces.sort((a, b) => a.box[0] + a.box[2] - b.box[0] - b.box[2]);
  return { faces, turned, tooSmall };
}

/** The largest face where one fills or leaves the frame, sought with the image's border repeated around it. */
async function beyondFrame(picture, network, least) {
  const { width, height } = picture;
  const scale = Math.min(1, BEYOND_LOOK / Math.max(width, height));
  const small = resize(picture, Math.max(1, round(width * scale)), Math.max(1, round(height * scale)));
  const edge = round(BEYOND * Math.max(small.width, small.height));
  const [across, down] = [width / small.width, height / small.height];
  const back = ([x, y]) => [(x - edge) * across, (y - edge) * down];
  const faces = (await detect(bordered(small, edge), network, SMALLEST)).map((face) => ({
    ...face,
    box: [...back(face.box.slice(0, 2)), ...back(face.box.slice(2))],
    landmarks: face.landmarks.map(back),
  }));
  const inside = faces.filter((face) => {
    const [x, y] = [(face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2];
    return 0 <= x && x <= width && 0 <= y && y <= height && sideOf(face) >= least;
  });
  return inside.sort((a, b) => sideOf(b) - sideOf(a)).slice(0, 1);
}

/** Find faces in an image, in tiles where it is long, so that none of it is shrunk to nothing. */
async function findInTiles(picture, find) {
  const { width, height } = picture;
  const [short, length] = [Math.min(width, height), Math.max(width, height)];
  if (length <= tileLength(short)) return find(picture);
  const axis = width >= height ? 0 : 1;
  const faces = [];
  for (const [begin, end, first, last] of cores(length, short)) {
    const tile = axis === 0 ? part(picture, begin, 0, end, height) : part(picture, 0, begin, width, end);
    for (const face of await find(tile)) {
      const middle = (face.box[axis] + face.box[axis + 2]) / 2 + begin;
      if (first <= middle && middle < last) faces.push(shifted(face, axis, begin));
    }
  }
  return faces;
}

function tileLength(short) {
  return Math.max(LONG * short, SHORTEST);
}

/** Cut a length into tiles that overlap by `short`, and each tile's core: begin, end, first, last. */
export function cores(length, short) {
  const size = tileLength(short);
  const count = Math.max(1, Math.ceil((length - short) / (size - short)));
  const begins = Array.from({ length: count }, (_, i) => round((i * (length - size)) / Math.max(1, count - 1)));
  const edges = [-Infinity, ...begins.slice(1).map((begin, i) => (begins[i] + size + begin) / 2), Infinity];
  return begins.map((begin, i) => [begin, begin + size, edges[i], edges[i + 1]]);
}

function shifted(face, axis, by) {
  const box = [...face.box];
  box[axis] += by;
  box[axis + 2] += by;
  return { ...face, box, landmarks: face.landmarks.map((p) => (axis === 0 ? [p[0] + by, p[1]] : [p[0], p[1] + by])) };
}

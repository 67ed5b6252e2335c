/**
 * Finding faces with YuNet, as `gender_classifier.faces.detection` does.
 *
 * @typedef {{box: number[], score: number, landmarks: number[][]}} Face box: x0, y0, x1, y1, pixels of the image;
 *   may reach beyond it. landmarks: right eye, left eye, nose, right and left corner of the mouth (the person's).
 * @typedef {(pixels: Float32Array, width: number, height: number) => Promise<Object<string, Float32Array>>} Network
 */
import { resize, round } from "./resize.js";

const STRIDES = [8, 16, 32];
const OVERLAP = 0.3;
// Of a face that is far too large for it the network sees parts (an eye and a cheek, say) as faces of their own.
const INSIDE = 0.6;
// Faces of about 20 to 400 pixels are found reliably in the network's input.
const [SMALLEST, LARGEST] = [20, 400];
const COARSE = 320;
// Scales further apart than this leave a gap between the largest face at the one and the smallest at the other.
const FAR = 16;
const THRESHOLD = 0.6;

/** Square root of a box's area, pixels. */
export function sideOf({ box }) {
  return Math.sqrt(Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]));
}

/**
 * Find faces, best first.
 *
 * @param {import("./image.js").Picture} picture
 * @param {Network} network gives YuNet's outputs by name
 * @param {number} least smallest face sought, pixels
 * @returns {Promise<Face[]>}
 */
export async function detect(picture, network, least = 24) {
  const side = Math.max(picture.width, picture.height);
  const fine = side > COARSE ? Math.min(1, SMALLEST / least) : COARSE / side;
  let found = await atScale(picture, network, fine);
  if (side * fine > LARGEST) {
    // What is too large to be judged there is left to the next look.
    const fit = (faces, scale) => faces.filter((face) => sideOf(face) * scale <= LARGEST);
    found = fit(found, fine);
    if (side * fine > FAR * COARSE) {
      const between = Math.sqrt((fine * COARSE) / side);
      found.push(...fit(await atScale(picture, network, between), between));
    }
    found.push(...(await atScale(picture, network, COARSE / side)));
  }
  return suppressed(found);
}

async function atScale(picture, network, scale) {
  const width = Math.max(1, round(picture.width * scale));
  const height = Math.max(1, round(picture.height * scale));
  const small = resize(picture, width, height);
  const [columns, rows] = [Math.ceil(width / 32) * 32, Math.ceil(height / 32) * 32];
  const outputs = await network(planes(small, columns, rows), columns, rows);
  const ratio = [picture.width / width, picture.height / height];
  return STRIDES.flatMap((stride) => decoded(outputs, stride, columns / stride, ratio));
}

/** Blue, green and red one after the other, black beyond the image. */
function planes({ width, height, data }, columns, rows) {
  const size = columns * rows;
  const pixels = new Float32Array(3 * size);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = y * columns; x < width; x++, to++, from += 3) {
      pixels[to] = data[from + 2];
      pixels[size + to] = data[from + 1];
      pixels[2 * size + to] = data[from];
    }
  }
  return pixels;
}

function decoded(outputs, stride, columns, [across, down]) {
  const [sure, there, boxes, points] = ["cls", "obj", "bbox", "kps"].map((kind) => outputs[`${kind}_${stride}`]);
  const faces = [];
  for (let cell = 0; cell < sure.length; cell++) {
    const score = Math.sqrt(Math.min(Math.max(sure[cell] * there[cell], 0), 1));
    if (!(score >= THRESHOLD)) continue;
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    const [dx, dy, wide, high] = boxes.subarray(4 * cell, 4 * cell + 4);
    const [x, y] = [(column + dx) * stride, (row + dy) * stride];
    const [w, h] = [(Math.exp(wide) * stride) / 2, (Math.exp(high) * stride) / 2];
    const landmarks = [0, 2, 4, 6, 8].map((i) => [
      (points[10 * cell + i] + column) * stride * across,
      (points[10 * cell + i + 1] + row) * stride * down,
    ]);
    faces.push({ box: [(x - w) * across, (y - h) * down, (x + w) * across, (y + h) * down], score, landmarks });
  }
  return faces;
}

/** Greedy non-maximum suppression, best first: what overlaps a better face, or lies in it or around it, goes. */
function suppressed(faces) {
  const kept = [];
  for (const face of [...faces].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => apart(face.box, other.box))) kept.push(face);
  }
  return kept;
}

function apart(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return true;
  const both = width * height;
  const [one, two] = [a, b].map((box) => (box[2] - box[0]) * (box[3] - box[1]));
  return both / (one + two - both) <= OVERLAP && both / Math.min(one, two) <= INSIDE;
}

/** Images that stand turned by a quarter or a half, as `gender_classifier.faces.turning`: the detector tells. */
import { rot90 } from "./image.js";

// Scores from which no quarter turn, and no half turn, is tried.
const [SURE, SURE_OF_HALF] = [0.88, 0.93];
const BETTER = 0.03;
const LEAST = 0.8;

/**
 * Find faces in an image as it stands and, where none or only a poor one is there, turned.
 *
 * @param {(picture: import("./image.js").Picture) => Promise<import("./detection.js").Face[]>} find
 * @returns {Promise<{faces: import("./detection.js").Face[], turned: number}>} turned: clockwise degrees
 */
export async function findTurned(picture, find) {
  let faces = await find(picture);
  let [turned, wanted] = [0, Math.max(LEAST, best(faces) + BETTER)];
  for (const quarters of tried(best(faces))) {
    const found = await find(rot90(picture, quarters));
    const score = best(found);
    if (turned ? score > wanted : score >= wanted) {
      [wanted, turned] = [score, 90 * quarters];
      faces = found.map((face) => turnedBack(face, quarters, picture.width, picture.height));
    }
  }
  return { faces, turned };
}

function best(faces) {
  return faces.reduce((most, face) => Math.max(most, face.score), 0);
}

function tried(score) {
  if (score >= SURE_OF_HALF) return [];
  return score >= SURE ? [2] : [2, 1, 3];
}

/** Express a face found in `rot90(image, quarters)` in pixels of the image. */
export function turnedBack(face, quarters, width, height) {
  const { box } = face;
  const back = (x, y, w, h) => [[x, y], [w - y, x], [w - x, h - y], [y, h - x]][quarters % 4];
  const [a, b] = [back(box[0], box[1], width, height), back(box[2], box[3], width, height)];
  return {
    ...face,
    box: [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])],
    // Landmarks are places of pixels, which lie between the corners that boxes are measured from.
    landmarks: face.landmarks.map(([x, y]) => back(x, y, width - 1, height - 1)),
  };
}

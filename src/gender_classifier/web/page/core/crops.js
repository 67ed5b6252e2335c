/** The one way from an image to crops, as `gender_classifier.faces.crops`: landmarks settle in the upright crop. */
import { detect, sideOf } from "./detection.js";
import { crop, inverse, moved, similarity, withMargin } from "./geometry.js";
import { round } from "./resize.js";

const LOOKS = 3;
// Shares of the crop's side by which landmarks move from look to look.
const [NEAR, FAR] = [0.025, 0.25];
const WIDER = 1.25;
// Landmarks are rounded to these pixels of an upright crop, and of a photo in which the face is as large: the last
// digits of a network's output differ between engines, and without rounding each would cut a crop of its own.
const [STEP, STEP_OF] = [1 / 16, 128];

/**
 * Cut a face out, upright, its landmarks found once more in the crop.
 *
 * @param {import("./image.js").Picture} picture
 * @param {import("./detection.js").Face} face
 * @param {import("./detection.js").Network} network
 * @param {{model: Geometry, canonical: Geometry}} geometries of the model's crops and of those landmarks are sought in
 * @typedef {{size: number, landmarks: number[][]}} Geometry
 */
export async function cropOf(picture, face, network, { model, canonical }) {
  const step = STEP * 2 ** round(Math.log2(Math.max(1, sideOf(face)) / STEP_OF));
  const landmarks = await settled(picture, rounded(face.landmarks, step), network, withMargin(canonical, WIDER));
  return crop(picture, similarity(landmarks, model.landmarks), model.size);
}

async function settled(picture, landmarks, network, look) {
  for (let i = 0; i < LOOKS; i++) {
    const matrix = similarity(landmarks, look.landmarks);
    const again = await detect(crop(picture, matrix, look.size), network);
    if (!again.length) break;
    const found = rounded(central(again, look.size).landmarks, STEP);
    const off = found.map(([x, y], k) => {
      const [u, v] = moved(matrix, landmarks[k]);
      return Math.hypot(x - u, y - v);
    });
    const far = off.reduce((sum, one) => sum + one, 0) / off.length / look.size;
    if (far > FAR) break; // another face, or none
    const back = inverse(matrix);
    landmarks = found.map((point) => moved(back, point));
    if (far < NEAR) break;
  }
  return landmarks;
}

/** The face that a square image is of: large and near the centre. */
function central(faces, size) {
  const worth = (face) => {
    const [x, y] = [(face.box[0] + face.box[2]) / 2 - size / 2, (face.box[1] + face.box[3]) / 2 - size / 2];
    return sideOf(face) / size - 2 * Math.hypot(x / size, y / size);
  };
  return faces.reduce((most, face) => (worth(face) > worth(most) ? face : most));
}

function rounded(points, step) {
  return points.map((point) => point.map((value) => round(value / step) * step));
}

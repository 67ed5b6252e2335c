/** From an image to its faces' answers, as `gender_classifier.inference.preparation` and `.pipeline`. */
import { cropOf } from "./crops.js";
import { answer } from "./decision.js";
import { sideOf } from "./detection.js";
import { findFaces, smallestFace } from "./finding.js";

/**
 * Find and answer the faces of an image.
 *
 * @param {import("./image.js").Picture} picture
 * @param {number} reduction by how much it was reduced when it was read
 * @param {{detector: import("./detection.js").Network, logits: (crops: Uint8Array, count: number, side: number) =>
 *   Promise<Float32Array>}} networks
 * @param {Object} model what the site says of it (`model.json`)
 * @param {boolean} rotate seek turned faces too
 * @returns {Promise<{faces: Object[], turned: number, note: string}>} faces as in Python's `ImageResult`
 */
export async function classify(picture, reduction, networks, model, rotate = true) {
  const [width, height] = [picture.width * reduction, picture.height * reduction];
  const smallest = smallestFace(width, height);
  const look = await findFaces(picture, networks.detector, smallest / reduction, rotate);
  const note = hidden(look, smallest);
  if (!look.faces.length) return { faces: [], turned: 0, note };
  const side = model.geometry.size;
  const crops = new Uint8Array(look.faces.length * side * side * 3);
  for (const [i, face] of look.faces.entries()) {
    const cut = await cropOf(picture, face, networks.detector, { model: model.geometry, canonical: model.canonical });
    crops.set(cut.data, i * side * side * 3);
  }
  const logits = await networks.logits(crops, look.faces.length, side);
  const faces = look.faces.map((face, i) => ({
    ...answer(logits[i], model.rule),
    logit: logits[i],
    box: face.box.map((value) => value * reduction),
    landmarks: face.landmarks.map((point) => point.map((value) => value * reduction)),
    detection_score: face.score,
    face_px: sideOf(face) * reduction,
  }));
  return { faces, turned: look.turned, note };
}

/** What the limit on the smallest face may have hidden. */
function hidden({ faces, tooSmall }, smallest) {
  if (smallest <= 24) return "";
  const size = smallest.toFixed(0);
  if (tooSmall) return `${tooSmall} smaller than ${size} px not counted`;
  return faces.length ? "" : `only faces from ${size} px on were sought`;
}

/** Answers as Python writes them: the CSV of `predict --out`, and JSON of its results' schema. */

export const COLUMNS = [
  "path", "page", "face", "x0", "y0", "x1", "y1", "detection_score", "face_px", "turned", "logit", "probability_male",
  "label", "best_guess", "status", "note",
];
// Control characters, ends of lines, marks of direction and byte order: `gender_classifier.names`.
const HARMFUL = "\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff";
const ESCAPED = new RegExp(`[${HARMFUL}]+|\\\\(?=x[0-9a-f]{2})`, "g");
const FORMULA = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Write a name as text that holds no harmful character. */
export function toText(name) {
  return name.replace(ESCAPED, (part) =>
    [...new TextEncoder().encode(part)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** Rows of an image's result: one a face, or one that says why there is none; values by `COLUMNS`. */
export function rowsOf(image) {
  const status = image.message ? `${image.status}: ${image.message}` : image.status;
  const about = { path: toText(image.source ?? ""), page: image.page, status, note: image.note };
  if (!image.faces.length) return [{ ...about, label: "", best_guess: "" }];
  return image.faces.map((face, place) => {
    const corners = Object.fromEntries(["x0", "y0", "x1", "y1"].map((name, i) => [name, rounded(face.box[i], 1)]));
    return {
      ...about,
      ...corners,
      face: place,
      detection_score: rounded(face.detection_score, 4),
      face_px: rounded(face.face_px, 1),
      turned: image.turned,
      logit: rounded(face.logit, 6),
      probability_male: rounded(face.probability_male, 6),
      label: face.label,
      best_guess: face.best_guess,
    };
  });
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}

/** A table of images' results as CSV text. */
export function toCsv(images) {
  const rows = images.flatMap(rowsOf).map((row) => COLUMNS.map((name) => cell(row[name], name)).join(","));
  return [COLUMNS.join(","), ...rows].map((line) => `${line}\n`).join("");
}

// Python writes a float with its point; these columns hold floats.
const FLOATS = new Set(["x0", "y0", "x1", "y1", "detection_score", "face_px", "logit", "probability_male"]);

function cell(value, name) {
  if (value === undefined || value === null) return "";
  if (FLOATS.has(name)) return float(value);
  const text = String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function float(value) {
  if (Number.isInteger(value)) return value.toFixed(1);
  return Math.abs(value) < 1e-4 ? value.toExponential().replace(/e-(\d)$/, "e-0$1") : String(value);
}

/** Images' results as JSON text, with the model that answered and what its labels mean. */
export function toJson(images, model) {
  const { name, sha256, perceived } = model;
  return JSON.stringify({ model: name, sha256, about: perceived, images }, null, 1) + "\n";
}

/**
 * The one resize, as `gender_classifier.images.resize`: area averaging down, bilinear up.
 *
 * Arithmetic and rounding are those of OpenCV (`cv2.resize` of uint8), so that the pixels are the same: a detector
 * that sees other pixels gives other landmarks, and those another crop.
 */
import { blank } from "./image.js";

/** Round to the nearest whole number, halves to the even one, as Python and OpenCV do. */
export function round(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** Resize to `width` x `height`. @param {import("./image.js").Picture} picture */
export function resize(picture, width, height) {
  if (picture.width === width && picture.height === height) return picture;
  const shrinks = width < picture.width || height < picture.height;
  if (!shrinks) return bilinear(picture, width, height);
  const [across, down] = [picture.width / width, picture.height / height];
  const whole = Number.isInteger(across) && Number.isInteger(down);
  return whole ? averageOfWhole(picture, across, down) : averageOfParts(picture, width, height);
}

/** Average `across` x `down` pixels each. */
function averageOfWhole(picture, across, down) {
  const small = blank(picture.width / across, picture.height / down);
  const row = picture.width * 3;
  const share = Math.fround(1 / (across * down));
  const four = across === 2 && down === 2; // OpenCV rounds halves up here, and to the even number elsewhere
  for (let y = 0, to = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      for (let channel = 0; channel < 3; channel++, to++) {
        let sum = 0;
        for (let i = 0; i < down; i++) {
          const begin = (y * down + i) * row + x * across * 3 + channel;
          for (let j = 0; j < across; j++) sum += picture.data[begin + 3 * j];
        }
        small.data[to] = four ? (sum + 2) >> 2 : round(Math.fround(sum * share));
      }
    }
  }
  return small;
}

/** Which pixels, with what shares, make up each pixel of a side that shrinks: `places[i]` to `places[i + 1]`. */
function shares(from, to) {
  const scale = 1 / (to / from);
  const [begins, sources, weights] = [new Int32Array(to + 1), [], []];
  for (let place = 0; place < to; place++) {
    const first = place * scale;
    const last = first + scale;
    const width = Math.min(scale, from - first);
    const end = Math.min(Math.floor(last), from - 1);
    const begin = Math.min(Math.ceil(first), end);
    if (begin - first > 1e-3) sources.push(begin - 1), weights.push((begin - first) / width);
    for (let source = begin; source < end; source++) sources.push(source), weights.push(1 / width);
    if (last - end > 1e-3) sources.push(end), weights.push(Math.min(last - end, 1, width) / width);
    begins[place + 1] = sources.length;
  }
  return { begins, sources: Int32Array.from(sources), weights: Float32Array.from(weights) };
}

function averageOfParts(picture, width, height) {
  const small = blank(width, height);
  const [columns, rows] = [shares(picture.width, width), shares(picture.height, height)];
  const [line, sum] = [new Float32Array(width * 3), new Float32Array(width * 3)];
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let k = rows.begins[y]; k < rows.begins[y + 1]; k++) {
      averageLine(picture.data, rows.sources[k] * picture.width * 3, columns, line);
      const weight = rows.weights[k];
      for (let i = 0; i < line.length; i++) sum[i] += Math.fround(weight * line[i]);
    }
    const to = y * width * 3;
    for (let i = 0; i < sum.length; i++) small.data[to + i] = round(sum[i]);
  }
  return small;
}

function averageLine(data, begin, { begins, sources, weights }, line) {
  for (let x = 0; x + 1 < begins.length; x++) {
    let [red, green, blue] = [0, 0, 0];
    for (let k = begins[x]; k < begins[x + 1]; k++) {
      const from = begin + sources[k] * 3;
      red = Math.fround(red + Math.fround(data[from] * weights[k]));
      green = Math.fround(green + Math.fround(data[from + 1] * weights[k]));
      blue = Math.fround(blue + Math.fround(data[from + 2] * weights[k]));
    }
    line[3 * x] = red;
    line[3 * x + 1] = green;
    line[3 * x + 2] = blue;
  }
}

/** Where each pixel of a side that grows lies between two, in 2048ths; `clamps`: none is beyond the border. */
function between(from, to, clamps) {
  const scale = 1 / (to / from);
  const [places, weights] = [new Int32Array(to), new Int32Array(2 * to)];
  for (let i = 0; i < to; i++) {
    const at = Math.fround((i + 0.5) * scale - 0.5);
    let place = Math.floor(at);
    let rest = Math.fround(at - place);
    if (clamps && (place < 0 || place >= from - 1)) [place, rest] = [place < 0 ? 0 : from - 1, 0];
    places[i] = place;
    weights[2 * i] = round(Math.fround(Math.fround(1 - rest) * 2048));
    weights[2 * i + 1] = round(Math.fround(rest * 2048));
  }
  return { places, weights };
}

function bilinear(picture, width, height) {
  const large = blank(width, height);
  const columns = between(picture.width, width, true);
  const rows = between(picture.height, height, false);
  const lines = new Map(); // of the source, stretched; two are needed at a time
  const stretched = (row) => {
    const y = Math.min(Math.max(row, 0), picture.height - 1);
    if (!lines.has(y)) {
      if (lines.size > 3) lines.delete(lines.keys().next().value);
      lines.set(y, stretch(picture, y, columns));
    }
    return lines.get(y);
  };
  for (let y = 0; y < height; y++) {
    const [above, below] = [stretched(rows.places[y]), stretched(rows.places[y] + 1)];
    const [first, second] = [rows.weights[2 * y], rows.weights[2 * y + 1]];
    const to = y * width * 3;
    for (let i = 0; i < above.length; i++) {
      large.data[to + i] = (((first * (above[i] >> 4)) >> 16) + ((second * (below[i] >> 4)) >> 16) + 2) >> 2;
    }
  }
  return large;
}

function stretch(picture, y, { places, weights }) {
  const line = new Int32Array(places.length * 3);
  const begin = y * picture.width * 3;
  for (let x = 0; x < places.length; x++) {
    const left = begin + places[x] * 3;
    const right = begin + Math.min(places[x] + 1, picture.width - 1) * 3;
    for (let channel = 0; channel < 3; channel++) {
      line[3 * x + channel] =
        picture.data[left + channel] * weights[2 * x] + picture.data[right + channel] * weights[2 * x + 1];
    }
  }
  return line;
}

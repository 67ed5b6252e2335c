/**
 * From landmarks to a crop, as `gender_classifier.faces.geometry`.
 *
 * Points are [x, y]; a matrix is [a, b, c, d, e, f] and brings [x, y] to [a x + b y + c, d x + e y + f].
 */
import { blank, part } from "./image.js";
import { resize, round } from "./resize.js";

/** Apply a matrix to a point. */
export function moved([a, b, c, d, e, f], [x, y]) {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** Undo a matrix, as `cv2.invertAffineTransform` does. */
export function inverse([a, b, c, d, e, f]) {
  const determinant = a * e - b * d;
  const scale = determinant !== 0 ? 1 / determinant : 0;
  const [p, q, r, s] = [e * scale, -b * scale, -d * scale, a * scale];
  return [p, q, -p * c - q * f, r, s, -r * c - s * f];
}

/**
 * Rotation, uniform scale and shift that bring `source` nearest to `target` (Umeyama 1991, without reflection).
 *
 * In the plane that is one complex number: the sum of conjugate source times target over the sum of squares.
 */
export function similarity(source, target) {
  const [middle, other] = [mean(source), mean(target)];
  let [spread, along, across] = [0, 0, 0];
  source.forEach((point, i) => {
    const [x, y] = [point[0] - middle[0], point[1] - middle[1]];
    const [u, v] = [target[i][0] - other[0], target[i][1] - other[1]];
    spread += x * x + y * y;
    along += x * u + y * v;
    across += x * v - y * u;
  });
  if (!(spread > 0)) throw new Error("the points to align coincide");
  const [a, b] = [along / spread, across / spread];
  return [a, -b, other[0] - a * middle[0] + b * middle[1], b, a, other[1] - b * middle[0] - a * middle[1]];
}

function mean(points) {
  const sum = points.reduce(([x, y], point) => [x + point[0], y + point[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** The same crop seen `margin` times as wide about its centre. */
export function withMargin({ size, landmarks }, margin) {
  const centre = size / 2;
  const widened = landmarks.map((point) => point.map((value) => thousandths((value - centre) / margin + centre)));
  return { size, landmarks: widened };
}

function thousandths(value) {
  return Number(value.toFixed(3));
}

/** Warp an image by a matrix (image to crop) into `size` x `size`; one that shrinks is first reduced by area. */
export function crop(picture, matrix, size) {
  const scale = Math.sqrt(Math.abs(matrix[0] * matrix[4] - matrix[1] * matrix[3]));
  if (scale < 0.75) {
    [picture, matrix] = around(picture, matrix, size, scale);
    const { width, height } = picture;
    picture = resize(picture, Math.max(1, round(width * scale)), Math.max(1, round(height * scale)));
    const [across, down] = [width / picture.width, height / picture.height];
    const [a, b, c, d, e, f] = matrix;
    // Pixel centres are at whole numbers, so the reduced grid begins half a (large) pixel in.
    const [x, y] = [(across - 1) / 2, (down - 1) / 2];
    matrix = [a * across, b * down, c + a * x + b * y, d * across, e * down, f + d * x + e * y];
  }
  return warp(picture, matrix, size);
}

/** The part of an image that a crop needs, and the matrix from it. */
function around(picture, matrix, size, scale) {
  const back = inverse(matrix);
  const corners = [[0, 0], [size, 0], [0, size], [size, size]].map((corner) => moved(back, corner));
  const margin = 2 / scale; // what filters reach beyond the crop
  const [[left, right], [top, bottom]] = [0, 1].map((axis) => {
    const values = corners.map((corner) => corner[axis]);
    const length = axis === 0 ? picture.width : picture.height;
    // At least a pixel, where a face lies outside the image altogether.
    const low = clip(Math.floor(Math.min(...values) - margin), 0, length - 1);
    return [low, clip(Math.ceil(Math.max(...values) + margin), low + 1, length)];
  });
  const [a, b, c, d, e, f] = matrix;
  return [part(picture, left, top, right, bottom), [a, b, c + a * left + b * top, d, e, f + d * left + e * top]];
}

function clip(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** Warp bilinearly with the border repeated, in the fixed-point arithmetic of `cv2.warpAffine`. */
function warp(picture, matrix, size) {
  const { width, height, data } = picture;
  const [a, b, c, d, e, f] = inverse(matrix);
  const warped = blank(size, size);
  const steps = Array.from({ length: size }, (_, x) => [round(a * x * 1024), round(d * x * 1024)]);
  for (let y = 0, to = 0; y < size; y++) {
    const [fromX, fromY] = [round((b * y + c) * 1024) + 16, round((e * y + f) * 1024) + 16];
    for (let x = 0; x < size; x++, to += 3) {
      const [atX, atY] = [(fromX + steps[x][0]) >> 5, (fromY + steps[x][1]) >> 5]; // in 32nds of a pixel
      const [left, top, right, below] = [atX >> 5, atY >> 5, atX & 31, atY & 31];
      const [x0, x1] = [clip(left, 0, width - 1), clip(left + 1, 0, width - 1)];
      const [y0, y1] = [clip(top, 0, height - 1) * width, clip(top + 1, 0, height - 1) * width];
      const weights = [(32 - right) * (32 - below), right * (32 - below), (32 - right) * below, right * below];
      const places = [(y0 + x0) * 3, (y0 + x1) * 3, (y1 + x0) * 3, (y1 + x1) * 3];
      for (let channel = 0; channel < 3; channel++) {
        let sum = 512;
        for (let i = 0; i < 4; i++) sum += weights[i] * data[places[i] + channel];
        warped.data[to + channel] = sum >> 10;
      }
    }
  }
  return warped;
}

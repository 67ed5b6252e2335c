/**
 * An image: its pixels row by row, three bytes each (RGB), upright.
 *
 * @typedef {{width: number, height: number, data: Uint8Array}} Picture
 */

/** Make a black image. @returns {Picture} */
export function blank(width, height) {
  return { width, height, data: new Uint8Array(width * height * 3) };
}

/** Take the pixels of a canvas, four bytes each, as three. @param {ImageData} pixels @returns {Picture} */
export function fromCanvas({ width, height, data }) {
  const picture = blank(width, height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    picture.data[to] = data[from];
    picture.data[to + 1] = data[from + 1];
    picture.data[to + 2] = data[from + 2];
  }
  return picture;
}

/** Cut a rectangle out. @param {Picture} picture @returns {Picture} */
export function part(picture, left, top, right, bottom) {
  if (left === 0 && top === 0 && right === picture.width && bottom === picture.height) return picture;
  const cut = blank(right - left, bottom - top);
  for (let y = 0; y < cut.height; y++) {
    const begin = ((top + y) * picture.width + left) * 3;
    cut.data.set(picture.data.subarray(begin, begin + cut.width * 3), y * cut.width * 3);
  }
  return cut;
}

/** Turn anticlockwise by quarters, as `numpy.rot90` does. @param {Picture} picture @returns {Picture} */
export function rot90(picture, quarters) {
  const { width, height, data } = picture;
  const turned = quarters % 2 ? blank(height, width) : blank(width, height);
  // Where the first pixel comes from, and how far to go for the next one of a row and of a column.
  const [first, across, down] = [
    [0, 1, width],
    [width - 1, width, -1],
    [width * height - 1, -1, -width],
    [(height - 1) * width, -width, 1],
  ][quarters % 4];
  let to = 0;
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++, to += 3) {
      const from = (first + x * across + y * down) * 3;
      turned.data[to] = data[from];
      turned.data[to + 1] = data[from + 1];
      turned.data[to + 2] = data[from + 2];
    }
  }
  return turned;
}

/** Repeat the border by `edge` pixels on each side. @param {Picture} picture @returns {Picture} */
export function bordered(picture, edge) {
  const { width, height, data } = picture;
  const wide = blank(width + 2 * edge, height + 2 * edge);
  for (let y = 0, to = 0; y < wide.height; y++) {
    const row = Math.min(Math.max(y - edge, 0), height - 1) * width;
    for (let x = 0; x < wide.width; x++, to += 3) {
      const from = (row + Math.min(Math.max(x - edge, 0), width - 1)) * 3;
      wide.data[to] = data[from];
      wide.data[to + 1] = data[from + 1];
      wide.data[to + 2] = data[from + 2];
    }
  }
  return wide;
}

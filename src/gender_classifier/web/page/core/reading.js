/** From a file to upright RGB pixels, by the browser's own decoders. */
import { reductionFor, smallestFace } from "./finding.js";
import { fromCanvas } from "./image.js";
import { resize } from "./resize.js";

const MAX_PIXELS = 100_000_000;

/**
 * Read an image: EXIF orientation applied, alpha over white, colours as the file's numbers say.
 *
 * A large JPEG is reduced to 1/2, 1/4 or 1/8 where the smallest face sought keeps 32 pixels, as Python reads it.
 *
 * @param {Blob | ImageBitmap} source
 * @returns {Promise<{picture: import("./image.js").Picture, reduction: number, size: number[]}>}
 */
export async function readPicture(source) {
  const jpeg = source instanceof Blob && (await isJpeg(source));
  const bitmap = source instanceof Blob ? await decoded(source) : source;
  try {
    const { width, height } = bitmap;
    if (width * height > MAX_PIXELS) throw new Error("more pixels than the limit of 100,000,000");
    const picture = pixelsOf(bitmap);
    const reduction = jpeg ? reductionFor(smallestFace(width, height)) : 1;
    const small = resize(picture, Math.ceil(width / reduction), Math.ceil(height / reduction));
    return { picture: small, reduction, size: [width, height] };
  } finally {
    bitmap.close();
  }
}

async function isJpeg(blob) {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return first === 0xff && second === 0xd8;
}

async function decoded(blob) {
  if (!blob.size) throw new Error("empty file");
  try {
    // Python takes the file's numbers for colours too: a colour profile would shift them.
    return await createImageBitmap(blob, { imageOrientation: "from-image", colorSpaceConversion: "none" });
  } catch {
    throw new Error("not an image, or of a kind that this browser does not read");
  }
}

function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("too large for this browser");
  context.fillStyle = "white";
  context.fillRect(0, 0, bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  return fromCanvas(context.getImageData(0, 0, bitmap.width, bitmap.height));
}

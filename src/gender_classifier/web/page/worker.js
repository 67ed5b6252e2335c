/**
 * Reads images, finds faces and answers them, away from the page, which stays quick.
 *
 * Messages in: {kind: "open", webgpu, threads} once, then {kind: "picture", id, source: Blob or ImageBitmap, rotate}. Out:
 * {kind: "ready", …}, {kind: "failed", message}, and {kind: "answer", id, result, seconds} for each picture, in order.
 */
import { classify } from "./core/classifier.js";
import { openNetworks } from "./core/engine.js";
import { readPicture } from "./core/reading.js";

let opening = null;
const waiting = [];
let working = false;

self.onmessage = ({ data }) => {
  if (data.kind === "open") {
    opening = open(data);
    opening.then(({ model, engine, threads }) => self.postMessage({ kind: "ready", model, engine, threads }));
    opening.catch((error) => self.postMessage({ kind: "failed", message: error.message }));
  } else {
    waiting.push({ ...data, reading: null });
    if (!working) work();
  }
};

async function open({ webgpu, threads }) {
  const model = await (await fetched("model/model.json")).json();
  const [classifier, detector] = await Promise.all(
    [model.file, model.detector].map(async (file) => (await fetched(`model/${file}`)).arrayBuffer()),
  );
  return { model, ...(await openNetworks(model, { classifier, detector }, threads, webgpu)) };
}

async function fetched(path) {
  const response = await fetch(new URL(path, import.meta.url));
  if (!response.ok) throw new Error(`${path} cannot be loaded (${response.status})`);
  return response;
}

async function work() {
  working = true;
  try {
    const networks = await opening;
    while (waiting.length) {
      const item = waiting.shift();
      const began = performance.now();
      const reading = item.reading ?? begun(item);
      if (waiting.length) waiting[0].reading = begun(waiting[0]); // decoded meanwhile
      const result = await answered(reading, networks, item.rotate);
      self.postMessage({ kind: "answer", id: item.id, result, seconds: (performance.now() - began) / 1000 });
    }
  } catch {
    waiting.length = 0; // the networks cannot be opened, which was said
  }
  working = false;
}

function begun(item) {
  const reading = readPicture(item.source);
  reading.catch(() => {}); // looked at when it is its turn
  return reading;
}

/** An image's result as Python's `ImageResult` gives it, without its name. */
async function answered(reading, networks, rotate) {
  const empty = { message: "", faces: [], size: null, page: null, turned: 0, note: "" };
  try {
    const { picture, reduction, size } = await reading;
    const { faces, turned, note } = await classify(picture, reduction, networks, networks.model, rotate);
    return { ...empty, status: faces.length ? "ok" : "no face", faces, size, page: 1, turned, note };
  } catch (error) {
    return { ...empty, status: "unreadable", message: error.message };
  }
}

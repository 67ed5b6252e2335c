/** The two networks in onnxruntime-web: the classifier on WebGPU where there is one, else all of it in WebAssembly. */
const RUNTIME = new URL("../runtime/", import.meta.url).href;
const BATCH = 16;
/** By how much a logit of the check may differ from Python's. */
const CLOSE = 0.02;

/**
 * Open the networks, and check the classifier: a pattern's logits must be Python's.
 *
 * @param {Object} model what the site says of it (`model.json`)
 * @param {{classifier: ArrayBuffer, detector: ArrayBuffer}} files
 * @param {number} most threads of the processor
 * @param {string} webgpu `off` leaves it out, `any` takes an emulated one too, for tests
 * @returns {Promise<{detector: import("./detection.js").Network, logits: Function, engine: string, threads: number}>}
 */
export async function openNetworks(model, files, most, webgpu = "") {
  if (webgpu !== "off" && (await hasWebGpu(webgpu === "any"))) {
    try {
      return await opened("../runtime/ort.webgpu.min.mjs", "webgpu", model, files, most);
    } catch {
      // A driver may lack a feature or compute something else; the processor does it as well.
    }
  }
  return opened("../runtime/ort.wasm.min.mjs", "wasm", model, files, most);
}

async function hasWebGpu(emulated) {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    // A fallback adapter is the processor that plays a GPU: slower than the processor itself.
    return Boolean(adapter) && (emulated || !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter));
  } catch {
    return false;
  }
}

async function opened(module, provider, model, files, most) {
  const ort = await import(module);
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = RUNTIME;
  // Threads share memory, which browsers allow to isolated pages alone.
  const threads = self.crossOriginIsolated ? most : 1;
  ort.env.wasm.numThreads = threads;
  const detector = await openDetector(ort, files.detector);
  const logits = await checked(ort, files.classifier, provider, model);
  return { detector, logits, engine: provider === "webgpu" ? "WebGPU" : "WebAssembly", threads };
}

async function openDetector(ort, file) {
  const session = await ort.InferenceSession.create(file, { executionProviders: ["wasm"] });
  return async (pixels, width, height) => {
    const input = new ort.Tensor("float32", pixels, [1, 3, height, width]);
    const outputs = await session.run({ [session.inputNames[0]]: input });
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data]));
  };
}

async function checked(ort, file, provider, model) {
  const session = await ort.InferenceSession.create(file, { executionProviders: [provider] });
  const logits = async (crops, count, side) => {
    const found = new Float32Array(count);
    const size = side * side * 3;
    for (let begin = 0; begin < count; begin += BATCH) {
      const end = Math.min(begin + BATCH, count);
      const some = new ort.Tensor("uint8", crops.slice(begin * size, end * size), [end - begin, side, side, 3]);
      const { logit } = await session.run({ [session.inputNames[0]]: some }, ["logit"]);
      found.set(logit.data, begin);
    }
    return found;
  };
  const side = model.geometry.size;
  const found = await logits(pattern(model.check.length, side), model.check.length, side);
  if (!model.check.every((logit, i) => Math.abs(logit - found[i]) <= CLOSE)) {
    throw new Error("this browser computes other answers than it should, so it gives none");
  }
  return logits;
}

/** Crops that need no file; `gender_classifier.web.model` makes the same. */
export function pattern(count, side) {
  const crops = new Uint8Array(count * side * side * 3);
  let to = 0;
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (let channel = 0; channel < 3; channel++, to++) crops[to] = (x * (i + 1) + 2 * y + 80 * channel) % 256;
      }
    }
  }
  return crops;
}

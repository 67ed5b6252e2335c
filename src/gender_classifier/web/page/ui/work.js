/** The worker that answers, and the pictures that wait for it. */

/** What the page knows a picture by: its name, and its file or a frame of the webcam. */
let next = 0;

export class Work {
  /** @param {{ready: Function, failed: Function}} told */
  constructor(told) {
    this.asked = new Map(); // by id: what to do with the answer
    this.worker = new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (data.kind === "ready") told.ready(data);
      else if (data.kind === "failed") told.failed(data.message);
      else this.#answered(data);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      told.failed(event.message || "the page's files cannot be loaded");
    };
    // `?webgpu=off` is for comparing, and for a driver that misbehaves.
    const webgpu = new URLSearchParams(location.search).get("webgpu") ?? "";
    this.worker.postMessage({ kind: "open", webgpu });
  }

  /**
   * Answer a picture.
   *
   * @param {Blob | ImageBitmap} source
   * @param {boolean} rotate seek turned faces too
   * @returns {Promise<{result: Object, seconds: number}>}
   */
  answer(source, rotate = true) {
    const id = next++;
    const transfer = source instanceof ImageBitmap ? [source] : [];
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      this.worker.postMessage({ kind: "picture", id, source, rotate }, transfer);
    });
  }

  #answered({ id, result, seconds }) {
    const resolve = this.asked.get(id);
    this.asked.delete(id);
    resolve?.({ result, seconds });
  }
}

/** The workers that answer, and the pictures that they have. */

/** Pictures that a worker has at a time: the next is decoded while one is answered. */
const AHEAD = 2;
const MOST_WORKERS = 4;
const MOST_THREADS = 8;
/** What a picture is known by, between the page and its workers. */
let next = 0;

/**
 * Split the processor among workers: its small networks gain little from threads, and a folder much from being
 * answered at several places. Each worker holds the networks, some 200 MB with what they need to work.
 */
function shared() {
  const wanted = new URLSearchParams(location.search);
  const cores = Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS);
  // Gigabytes, at most 8, where the browser tells: two workers on a telephone of 4.
  const held = Math.max(1, Math.floor((navigator.deviceMemory ?? 4) / 2));
  // `?workers=1` and `?webgpu=off` are for comparing, and for a machine that misbehaves.
  const most = Number(wanted.get("workers")) || Math.min(cores, held, MOST_WORKERS);
  return { most, threads: Math.max(1, Math.floor(cores / most)), webgpu: wanted.get("webgpu") ?? "" };
}

export class Work {
  /** @param {{ready: Function, failed: Function, more: Function}} told `more`: another worker is ready */
  constructor(told) {
    this.told = told;
    this.how = shared();
    this.asked = new Map(); // by id: what to do with the answer
    this.workers = [];
    this.first = null; // the model of the first, as `model.json` has it
    this.opening = false;
    this.#open();
  }

  /** How many workers there may be; fewer once one could not be opened, or has another model. */
  get most() {
    return this.how.most;
  }

  /** How many pictures may be handed out at a time. */
  get room() {
    return AHEAD * this.workers.length;
  }

  /** Open another worker: there are more pictures than the open ones can take. */
  more() {
    if (!this.opening && this.workers.length && this.workers.length < this.how.most) this.#open();
  }

  #open() {
    const { threads, webgpu } = this.how;
    const worker = { going: 0, thread: new Worker(new URL("../worker.js", import.meta.url), { type: "module" }) };
    this.opening = true;
    worker.thread.onmessage = ({ data }) => {
      if (data.kind === "ready") this.#ready(worker, data);
      else if (data.kind === "failed") this.#failed(worker, data.message);
      else this.#answered(worker, data);
    };
    worker.thread.onerror = (event) => {
      event.preventDefault();
      this.#failed(worker, event.message || "the page's files cannot be loaded");
    };
    worker.thread.postMessage({ kind: "open", webgpu, threads });
  }

  #ready(worker, data) {
    this.first ??= data.model;
    // The site was renewed meanwhile: what is answered and saved names one model, so the open ones answer alone.
    if (["sha256", "version"].some((name) => data.model[name] !== this.first[name])) {
      this.#without(worker);
      return;
    }
    this.opening = false;
    this.workers.push(worker);
    if (this.workers.length === 1) this.told.ready(data);
    else this.told.more();
  }

  #failed(worker, message) {
    // Of one that was open, answers are owed: that is said. Where a further one cannot be opened, the others do it.
    if (!this.workers.length || this.workers.includes(worker)) {
      this.told.failed(message);
      return;
    }
    this.#without(worker);
  }

  /** End a worker that is not to answer, and open no more. */
  #without(worker) {
    this.opening = false;
    worker.thread.terminate();
    this.how.most = this.workers.length;
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
    const worker = this.workers.reduce((a, b) => (b.going < a.going ? b : a));
    worker.going += 1;
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      worker.thread.postMessage({ kind: "picture", id, source, rotate }, transfer);
    });
  }

  #answered(worker, { id, result, seconds }) {
    worker.going -= 1;
    const resolve = this.asked.get(id);
    this.asked.delete(id);
    resolve?.({ result, seconds });
  }
}

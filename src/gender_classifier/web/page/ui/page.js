/** The page: pictures in, cards, totals and a table out. */
import { toCsv, toJson } from "../core/tables.js";
import { cardOf, forget, MOST_SHOWN, tableRows } from "./cards.js";
import { prepareOffline } from "./offline.js";
import { listen as listenToSources } from "./sources.js";
import { showTotals } from "./totals.js";
import { listen as listenToWebcam } from "./webcam.js";
import { Work } from "./work.js";

const byId = (id) => document.getElementById(id);
const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

const images = []; // results, in their order
const files = []; // of images that are not shown yet
const waiting = [];
let [model, work, handed, going, next, began] = [null, null, 0, 0, 0, 0];

function take(pictures, others) {
  byId("fault").hidden = true;
  if (others) fault(`${many(others, "file")} passed over that ${others === 1 ? "is no picture" : "are no pictures"}.`);
  if (!pictures.length) return;
  if (!waiting.length && !going) [handed, began] = [0, performance.now()];
  handed += pictures.length;
  waiting.push(...pictures);
  report();
  feed();
}

function feed() {
  while (model && waiting.length && going < work.room) answer(waiting.shift());
  if (model && waiting.length) work.more();
}

async function answer({ name, file }) {
  going += 1;
  const place = images.push(null) - 1;
  const { result } = await work.answer(file);
  going -= 1;
  images[place] = { schema_version: 1, source: name, ...result };
  files[place] = file;
  for (; images[next]; next++) show(next); // in their order, whichever worker was first
  report();
  feed();
}

function show(place) {
  const [image, file] = [images[place], files[place]];
  delete files[place];
  for (const id of ["totals", "pictures", "answers"]) byId(id).hidden = false;
  const cards = byId("cards");
  if (cards.childElementCount < MOST_SHOWN) {
    cards.append(cardOf(image, file));
    byId("rows").append(...tableRows(image));
  }
  cards.classList.toggle("one", cards.childElementCount === 1);
  byId("shown").hidden = images.length <= MOST_SHOWN;
  byId("shown").textContent = `The first ${MOST_SHOWN} are shown; what is saved has all of them.`;
  scheduleTotals();
}

let scheduled = false;
/** Totals once a frame, however fast pictures are answered. */
function scheduleTotals() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    showTotals(images.filter(Boolean), model);
  });
}

function report() {
  const left = waiting.length + going;
  const done = handed - left;
  byId("work").hidden = !left || !model;
  byId("progress").value = handed ? done / handed : 0;
  for (const id of ["save-csv", "save-json", "clear"]) byId(id).disabled = Boolean(left);
  byId("status").textContent = stateOf(left, done);
  // A screen reader is told how it begins and ends, not every step.
  if (!left || !done) byId("told").textContent = byId("status").textContent;
}

function stateOf(left, done) {
  if (!model) return handed ? `Loading the model; ${many(handed, "picture")} will wait for it…` : "Loading the model…";
  if (left) return `${done} of ${many(handed, "picture")} answered`;
  if (!handed) return "Ready.";
  const faces = images.slice(-handed).flatMap((image) => image?.faces ?? []).length;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return `${many(handed, "picture")} answered in ${seconds} s: ${many(faces, "face")}`;
}

function fault(text) {
  byId("fault").textContent = text;
  byId("fault").hidden = false;
}

function clear() {
  for (const card of byId("cards").children) forget(card);
  images.length = files.length = next = 0;
  for (const id of ["cards", "rows"]) byId(id).replaceChildren();
  for (const id of ["totals", "pictures", "answers"]) byId(id).hidden = true;
  handed = 0;
  report();
  byId("choose").focus();
}

function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function ready({ model: opened, engine, threads }) {
  model = opened;
  const { name, sha256, version } = model;
  const together = work.most > 1 ? ` each, up to ${work.most} pictures at a time` : "";
  const how = `${engine}, ${many(threads, "thread")}${together}`;
  byId("about").textContent = `Model ${name}, SHA-256 ${sha256}; gender-classifier ${version}; ${how}.`;
  if (model.rule.band) {
    const [low, high] = model.rule.band.map((value) => value.toFixed(3));
    const share = (100 * model.right).toFixed(0);
    const right = model.right ? `: outside, ${share} % of the answers were right on held-out pictures` : "";
    byId("band").textContent = `Faces with a probability of male between ${low} and ${high} are uncertain${right}.`;
    byId("band").hidden = false;
  }
  byId("use-webcam").disabled = false; // its frames cannot wait, as pictures do
  document.documentElement.dataset.engine = engine;
  report();
  feed();
}

function failed(message) {
  byId("status").textContent = "";
  fault(`The model cannot be loaded: ${message}`);
}

byId("stop").addEventListener("click", () => {
  handed -= waiting.length;
  waiting.length = 0;
  report();
});
byId("clear").addEventListener("click", clear);
byId("save-csv").addEventListener("click", () => save(toCsv(images), "faces.csv", "text/csv"));
byId("save-json").addEventListener("click", () => save(toJson(images, model), "faces.json", "application/json"));
byId("choose-folder").hidden = !("webkitdirectory" in HTMLInputElement.prototype);
byId("use-webcam").hidden = !navigator.mediaDevices?.getUserMedia;
listenToSources(take);

await prepareOffline(() => !handed);
work = new Work({ ready, failed, more: feed });
listenToWebcam(work, { take, fault });

/** Totals: how many, and the share of women with its interval, as `count` has it; and when not to quote it. */
import { adjustedCount, independentFaces, wilson } from "../core/counting.js";
import { reasonsAgainst } from "../core/quoting.js";

const percent = (share) => (100 * share).toFixed(1);

/** Show the totals of images' results. @param {Object[]} images @param {Object} model as in `model.json` */
export function showTotals(images, model) {
  const faces = images.flatMap((image) => image.faces);
  for (const label of ["female", "male", "uncertain"]) {
    write(`count-${label}`, faces.filter((face) => face.label === label).length);
  }
  const having = (status) => images.filter((image) => image.status === status).length;
  const [none, broken] = [having("no face"), having("unreadable")];
  write("count-pictures", images.length);
  document.getElementById("word-pictures").textContent = images.length === 1 ? "picture" : "pictures";
  write("count-none", none);
  write("count-unreadable", broken);
  document.getElementById("without").hidden = !none;
  document.getElementById("broken").hidden = !broken;
  const { line, reasons } = faces.length ? shareOf(images, model) : { line: "", reasons: [] };
  document.getElementById("share").textContent = line;
  document.getElementById("reasons").replaceChildren(
    ...reasons.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

function write(id, value) {
  document.getElementById(id).textContent = value.toLocaleString("en");
}

/** The share of women in words, and what to know of it. */
export function shareOf(images, { errors, rule }) {
  const photos = images.map((image) => image.faces.map((face) => face.best_guess === "male"));
  const [faces, said] = [photos.flat().length, photos.flat().filter(Boolean).length];
  const independent = independentFaces(photos);
  const adjusted = errors && adjustedCount(said, faces, errors.confusion, independent);
  const { share, interval } = adjusted || { share: said / faces, interval: wilson(said, faces) };
  const range = `95 %: ${percent(1 - interval[1])} to ${percent(1 - interval[0])}`;
  const women = `${percent(1 - share)} % women (${range})`;
  if (!adjusted) {
    const reason = "How often the model errs is not known, and the interval leaves that out.";
    return { line: `${women}, by labels as they are`, reasons: [reason] };
  }
  const several = images.filter((image) => image.faces.length > 1).length;
  const unsure = images.flatMap((image) => image.faces).filter((face) => face.label === "uncertain").length / faces;
  const facts = { faces, independent, several, uncertain: rule.band && unsure };
  const against = reasonsAgainst(facts, interval, errors);
  const verb = against.some((reason) => reason.forbids) ? "Do not quote" : "Quote";
  const reasons = against.map((reason) => reason.text);
  return { line: `${verb}: ${women}, adjusted for the model’s errors`, reasons };
}

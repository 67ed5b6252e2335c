/** A card for each picture, and the table's rows. */
import { rowsOf, toText } from "../core/tables.js";
import { caption, drawBoxes } from "./boxes.js";

/** Pictures that are shown; a longer list would make the page slow. What is saved has all of them. */
export const MOST_SHOWN = 500;

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) target.draw?.();
});

/** Make a picture's card. @param {Object} image its result @param {Blob} file @returns {HTMLLIElement} */
export function cardOf(image, file) {
  const card = document.createElement("li");
  const figure = document.createElement("figure");
  figure.append(image.status === "unreadable" ? blank("Cannot be shown") : frame(image, file));
  const text = document.createElement("figcaption");
  const name = document.createElement("b");
  name.textContent = toText(image.source);
  text.append(name, said(image));
  figure.append(text);
  card.append(figure);
  return card;
}

function blank(text) {
  const block = document.createElement("div");
  block.className = "blank";
  block.textContent = text;
  return block;
}

function frame(image, file) {
  const frame = document.createElement("div");
  frame.className = "frame";
  const picture = document.createElement("img");
  [picture.width, picture.height] = image.size;
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.alt = "";
  picture.src = URL.createObjectURL(file);
  const layer = document.createElement("div");
  layer.className = "boxes";
  layer.setAttribute("aria-hidden", "true"); // the text below says it
  layer.draw = () => drawBoxes(layer, image.faces, image.size);
  resized.observe(layer);
  frame.append(picture, layer);
  return frame;
}

/** Let a card's picture go. */
export function forget(card) {
  const picture = card.querySelector("img");
  if (picture) URL.revokeObjectURL(picture.src);
  const layer = card.querySelector(".boxes");
  if (layer) resized.unobserve(layer);
}

/** What was found, in words. */
export function said(image) {
  const note = image.note ? `; ${image.note}` : "";
  if (image.status === "unreadable") return `Unreadable: ${image.message}`;
  if (!image.faces.length) return `No face found${note}`;
  if (image.faces.length <= 3) return image.faces.map(caption).join(", ") + note;
  const parts = ["female", "male", "uncertain"]
    .map((label) => [image.faces.filter((face) => face.label === label).length, label])
    .filter(([count]) => count);
  return `${image.faces.length} faces: ${parts.map((part) => part.join(" ")).join(", ")}${note}`;
}

/** Make the table's rows of a picture. @returns {HTMLTableRowElement[]} */
export function tableRows(image) {
  return rowsOf(image).map((row) => {
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = row.path;
    name.title = row.path;
    const fine = row.status === "ok";
    line.append(
      name,
      cell(fine ? row.face : ""),
      answer(row),
      cell(fine ? row.probability_male.toFixed(3) : ""),
      cell(fine ? Math.round(row.face_px) : ""),
      cell(fine ? row.detection_score.toFixed(2) : ""),
      cell([row.status.split(": ").slice(1).join(": "), row.note].filter(Boolean).join("; ")),
    );
    return line;
  });
}

function cell(value) {
  const made = document.createElement("td");
  made.textContent = value;
  return made;
}

function answer(row) {
  const made = cell("");
  if (row.label) {
    const mark = document.createElement("i");
    mark.className = row.label;
    made.append(mark);
  }
  made.append(row.label || row.status.split(":")[0]);
  return made;
}

/** Faces drawn over a picture: a frame in the colour of the answer, and the answer beside it. */

/**
 * Pixels on the screen from which a frame has room for its answer, and from which that stands beside it; a smaller one
 * shows it when it is pointed at.
 */
const [ROOM, WIDE] = [64, 110];

/** The answer in a few words: `female 97 %`; an uncertain face gets no guess. As `inference.annotate.caption`. */
export function caption(face) {
  if (face.label === "uncertain") return "uncertain";
  const male = face.probability_male;
  const likelier = male >= 0.5 ? "male" : "female";
  const share = Math.floor(100 * Math.min(Math.max(male, 1 - male), 0.99) + 0.5);
  // With a threshold away from one half the label may be the less likely one.
  return `${face.label} ${likelier === face.label ? share : 100 - share} %`;
}

/** Frame faces. @param {HTMLElement} layer lies over the picture @param {number[]} size of the picture, its pixels */
export function drawBoxes(layer, faces, [width, height]) {
  const shown = layer.clientWidth || width;
  layer.replaceChildren(
    ...faces.map((face) => {
      const box = document.createElement("div");
      const [x0, y0, x1, y1] = face.box.map((value, i) => Math.min(Math.max(value, 0), i % 2 ? height : width));
      box.className = `box ${face.label}`;
      const wide = ((x1 - x0) / width) * shown;
      box.classList.toggle("small", wide < ROOM);
      box.classList.toggle("inside", ROOM <= wide && wide < WIDE); // or it would lie over its neighbours
      box.classList.toggle("high", (y0 / width) * shown < 22);
      box.classList.toggle("right", x0 > 0.6 * width);
      box.style.left = `${(100 * x0) / width}%`;
      box.style.top = `${(100 * y0) / height}%`;
      box.style.width = `${(100 * (x1 - x0)) / width}%`;
      box.style.height = `${(100 * (y1 - y0)) / height}%`;
      const text = document.createElement("span");
      text.textContent = caption(face);
      box.append(text);
      return box;
    }),
  );
}

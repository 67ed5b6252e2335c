/** Pictures that a person hands over: dropped, pasted, chosen, or a folder of them. */

const SUFFIXES = /\.(jpe?g|jfif|png|webp|gif|bmp|avif|heic|heif|tiff?)$/i;

/** Listen, and tell `take` of files as [{name, file}] and of how many others there were. */
export function listen(take) {
  for (const [button, input] of [["choose", "files"], ["choose-folder", "folder"]]) {
    const chosen = document.getElementById(input);
    document.getElementById(button).addEventListener("click", () => chosen.click());
    chosen.addEventListener("change", () => {
      const folder = input === "folder";
      const files = [...chosen.files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
      hand(files, folder, take);
      chosen.value = ""; // the same files may be chosen again
    });
  }
  listenToDrops(take);
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) event.preventDefault();
    hand(files.map((file) => ({ name: file.name, file })), false, take);
  });
}

function listenToDrops(take) {
  const curtain = document.getElementById("curtain");
  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    curtain.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) curtain.hidden = true;
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    curtain.hidden = true;
    // Entries must be asked for before anything is awaited: then the browser takes them back.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const loose = [...event.dataTransfer.files];
    const folder = entries.some((entry) => entry.isDirectory);
    const single = loose.map((file) => ({ name: file.name, file }));
    hand(folder ? (await Promise.all(entries.map(below))).flat() : single, folder, take);
  });
}

/** Files of a dropped entry and all that lies below it. */
async function below(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    return file ? [{ name: entry.fullPath.replace(/^\//, ""), file }] : [];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (!some.length) break; // it gives a hundred at a time
    found.push(...(await Promise.all(some.map(below))).flat());
  }
  return found;
}

/** Of a folder pictures alone are taken, in the order of their names; what was chosen by itself is taken as it is. */
function hand(files, folder, take) {
  if (!files.length) return;
  const pictures = folder ? files.filter(isPicture).sort((a, b) => (a.name < b.name ? -1 : 1)) : files;
  take(pictures, files.length - pictures.length);
}

function isPicture({ name, file }) {
  const hidden = name.split("/").some((piece) => piece.startsWith("."));
  return !hidden && (file.type.startsWith("image/") || SUFFIXES.test(name));
}

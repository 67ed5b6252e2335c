/** The webcam: faces framed as they move, and single frames taken as pictures. */
import { said } from "./cards.js";
import { drawBoxes } from "./boxes.js";

const byId = (id) => document.getElementById(id);

/** Listen to the webcam's buttons. @param {Work} work @param {{take: Function, fault: Function}} told */
export function listen(work, { take, fault }) {
  const video = byId("video");
  let stream = null;

  async function begin() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
    } catch (error) {
      const refused = error.name === "NotAllowedError";
      fault(refused ? "The browser does not allow the webcam here." : "No webcam can be used.");
      return;
    }
    video.srcObject = stream;
    await video.play();
    byId("webcam").hidden = false;
    byId("use-webcam").disabled = true;
    byId("take").focus();
    while (stream) await look();
  }

  async function look() {
    const size = [video.videoWidth, video.videoHeight];
    const { result } = await work.answer(await createImageBitmap(video), false); // nobody sits turned
    if (!stream) return;
    drawBoxes(byId("video-boxes"), result.faces, size);
    byId("seen").textContent = said(result);
    await new Promise(requestAnimationFrame); // rests while the page is not seen
  }

  function end() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    byId("video-boxes").replaceChildren();
    byId("webcam").hidden = true;
    byId("use-webcam").disabled = false;
    byId("use-webcam").focus();
  }

  byId("use-webcam").addEventListener("click", begin);
  byId("end-webcam").addEventListener("click", end);
  byId("take").addEventListener("click", async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    const file = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const time = new Date().toTimeString().slice(0, 8).replaceAll(":", "");
    take([{ name: `webcam-${time}.png`, file }], 0);
  });
}

/** The service worker: keeps the site for use without network, and isolates the page for WebAssembly's threads. */

const WAIT = 5000;

/**
 * Wait until the service worker answers for this page, a few seconds at most; without one it works with the network.
 *
 * A plain web server sends no headers that isolate a page. The service worker does, from the next load on; so the page
 * loads once more, before anyone has handed it a picture.
 *
 * @param {() => boolean} idle whether nothing would be lost
 */
export async function prepareOffline(idle) {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(new URL("../sw.js", import.meta.url), { updateViaCache: "none" });
  } catch {
    return; // storage is switched off, or the page is not served securely
  }
  if (!navigator.serviceWorker.controller) {
    const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
    await Promise.race([controlled, new Promise((resolve) => setTimeout(resolve, WAIT))]);
  }
  if (self.crossOriginIsolated || !navigator.serviceWorker.controller || !idle()) return;
  if (sessionStorage.getItem("loaded again")) return;
  sessionStorage.setItem("loaded again", "yes");
  location.reload();
  await new Promise(() => {});
}

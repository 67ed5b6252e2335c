/**
 * Keeps the site for use without network, and adds the headers that any plain web server leaves out: those that isolate
 * the page, without which browsers give WebAssembly one thread, and the policy that binds the worker.
 */
importScripts("files.js"); // self.SITE: version and files; written by `gender-classifier web`

const PREFIX = `gender-classifier ${self.registration.scope} `;
const CACHE = PREFIX + self.SITE.version;
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; " +
    "img-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'",
};

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(self.registration.scope)) event.respondWith(answer(request));
});

async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll(self.SITE.shell.map((path) => new Request(path, { cache: "reload" })));
}

async function dropOthers() {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return withHeaders(kept);
  const response = await fetch(request);
  // The large ones, when they are first used; of other paths (a service's documentation) nothing is kept.
  if (response.ok && /\/(model|runtime)\/[^/]+$/.test(new URL(request.url).pathname)) {
    await cache.put(request, response.clone()).catch(() => {}); // no room: it works with the network alone
    return withHeaders(response);
  }
  return response;
}

function withHeaders(response) {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

// Keeps the files of this site, so that it opens without a network. Another export has another version, and takes their place.
const CACHE = "pocket-narrator {{VERSION}}", FILES = {{FILES}};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  // Caches belong to the whole origin: only those of this place go.
  const mine = (name) => name.startsWith("pocket-narrator ") && name !== CACHE;
  event.waitUntil((async () => {
    for (const name of (await caches.keys()).filter(mine)) {
      const [first] = await (await caches.open(name)).keys();
      if (!first || first.url.startsWith(self.registration.scope)) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const { origin, pathname } = new URL(event.request.url), { scope } = self.registration;
  const asked = origin + pathname === `${scope}index.html` ? scope : event.request; // the page is kept once
  event.respondWith((async () => {
    const kept = await (await caches.open(CACHE)).match(asked, { ignoreSearch: true });
    return kept ?? fetch(event.request);
  })());
});

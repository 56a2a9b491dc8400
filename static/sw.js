/**
 * Shows an honest page when the teahouse cannot be reached, and keeps built files, whose names change with their content.
 * Pages and messages are never kept, and a page is never answered from what is kept while the network answers.
 */
const offline = '/offline'
const built = '/static/dist/assets/'

/** What is kept belongs to one build, language, theme and accent colour: the page names them when it registers this worker. */
const kept = `teahouse${self.location.search}`

self.addEventListener('install', (event) => {
  event.waitUntil(keepOfflinePage())
  // Nothing that is kept can be too old for an open page, so no page has to be closed first.
  self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([dropOldCaches(), preloadNavigations(), self.clients.claim()]))
})

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  // A form that cannot be sent is the browser's to send again.
  if (method !== 'GET') return
  if (mode === 'navigate') event.respondWith(page(event))
  else if (isOurs(url, built)) event.respondWith(builtFile(event))
  else if (isOurs(url, '/static/') || isOurs(url, '/icon/')) event.respondWith(otherFile(event.request))
})

async function page({ request, preloadResponse }) {
  try {
    return (await preloadResponse) ?? (await fetch(request))
  } catch {
    return (await keptAs(offline)) ?? Response.error()
  }
}

async function builtFile(event) {
  const { request } = event
  const known = await keptAs(request.url)
  if (known) return known
  const answer = await fetch(request)
  if (answer.ok) event.waitUntil(keep(request.url, answer.clone()))
  return answer
}

/** The offline page has an image; its own copy is only for when there is no other. */
async function otherFile(request) {
  try {
    return await fetch(request)
  } catch {
    return (await keptAs(request.url)) ?? Response.error()
  }
}

/** Opening the cache for it would make it again, after a newer worker has dropped it. */
function keptAs(url) {
  return caches.match(url, { cacheName: kept })
}

async function keep(url, answer) {
  const cache = await caches.open(kept)
  await cache.put(url, answer)
}

async function keepOfflinePage() {
  const answer = await fetch(offline)
  if (!answer.ok) throw new Error(`${offline} answered with ${answer.status}.`)
  const html = await answer.clone().text()
  const cache = await caches.open(kept)
  await cache.addAll(new Set(html.match(/\/(?:static|icon)\/[\w./%-]+/g)))
  await cache.put(offline, answer)
}

async function dropOldCaches() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== kept).map((name) => caches.delete(name)))
}

/** The page is asked for while this worker starts, and not after. */
async function preloadNavigations() {
  await self.registration.navigationPreload?.enable()
}

function isOurs(url, folder) {
  return url.startsWith(self.location.origin + folder)
}

/**
 * Answers for a server that cannot be reached, and keeps built files, whose names change with their content. No page that
 * contains anything about a user is kept, and a page is never answered from what is kept while the server answers.
 */
const offline = '/offline'
/** The page of the chat: its script shows the messages that the browser keeps. */
const shell = '/shell'
const chatPages = /^\/(?:rooms\/[^/]+(?:\/\d+)?\/?)?$/
const built = '/static/dist/assets/'

/** Where other programs share something with the installed page: `share_target` of the manifest. */
const share = '/share'
/** What was shared, until a page takes it: `src/client/share/shared-item.ts`. */
const shared = 'teahouse-shared'

/** What is kept belongs to one build, language, theme and accent colour: the page names them when it registers this worker. */
const kept = `teahouse${self.location.search}`

self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([keepPage(offline), keepPage(shell)]))
  // Nothing that is kept can be too old for an open page, so no page has to be closed first.
  self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([dropOldCaches(), preloadNavigations(), self.clients.claim()]))
})

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  if (method === 'POST' && mode === 'navigate' && url === self.location.origin + share)
    return event.respondWith(keepShared(event.request))
  // A form that cannot be sent is the browser's to send again.
  if (method !== 'GET') return
  if (mode === 'navigate') event.respondWith(page(event))
  else if (isOurs(url, built)) event.respondWith(builtFile(event))
  else if (isOurs(url, '/static/') || isOurs(url, '/icon/')) event.respondWith(otherFile(event.request))
})

async function page({ request, preloadResponse }) {
  const isChat = chatPages.test(pathOf(request.url))
  try {
    const answer = (await preloadResponse) ?? (await fetch(request))
    if (!isChat || !isOfProxy(answer)) return answer
    return (await keptAs(shell)) ?? answer
  } catch {
    return (await keptAs(isChat ? shell : offline)) ?? Response.error()
  }
}

/**
 * Nothing is sent: the page asks for a room and fills its box, whoever has sent this form. It waits here while the user
 * signs in. The server takes the text when this browser cannot keep it.
 */
async function keepShared(request) {
  const forServer = request.clone()
  try {
    const cache = await caches.open(shared)
    await cache.put(share, new Response(await request.formData(), { headers: { 'X-Shared-At': String(Date.now()) } }))
    return Response.redirect('/', 303)
  } catch {
    return fetch(forServer)
  }
}

/** Whether a proxy says that the server cannot be reached. The server answers 503 too, with its own headers, and explains why. */
function isOfProxy({ status, headers }) {
  return status === 502 || status === 504 || (status === 503 && !headers.has('Content-Security-Policy'))
}

async function builtFile(event) {
  const { request } = event
  const known = await keptAs(request.url)
  if (known) return known
  const answer = await fetch(request)
  if (answer.ok) event.waitUntil(keep(request.url, answer.clone()))
  return answer
}

/** The pages that are kept have images; their own copies are only for when there are no others. */
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

async function keepPage(path) {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`${path} answered with ${answer.status}.`)
  const html = await answer.clone().text()
  const cache = await caches.open(kept)
  await cache.addAll(new Set(html.match(/\/(?:static|icon)\/[\w./%-]+/g)))
  await cache.put(path, answer)
}

async function dropOldCaches() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== kept && name !== shared).map((name) => caches.delete(name)))
}

/** The page is asked for while this worker starts, and not after. */
async function preloadNavigations() {
  await self.registration.navigationPreload?.enable()
}

function pathOf(url) {
  const [path] = url.slice(self.location.origin.length).split(/[?#]/)
  return path
}

function isOurs(url, folder) {
  return url.startsWith(self.location.origin + folder)
}

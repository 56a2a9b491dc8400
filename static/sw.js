/**
 * Answers for a server that cannot be reached, and keeps built files, whose names change with their content. No page that
 * contains anything about a user is kept, and a page is never answered from what is kept while the server answers.
 * Shows the notifications that the server pushes, and those of open pages.
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

/** What nobody has taken for so long is deleted. */
const sharedForMs = 3_600_000

/** To whom pushes go, as the pages have noted it: `src/client/session/receiver.ts`. */
const receiver = 'teahouse-receiver'

/** What is kept belongs to one build, language, theme and accent colour: the page names them when it registers this worker. */
const kept = `teahouse${self.location.search}`

/** At each start of this worker: a page may never be opened again. */
const oldSharedDropped = dropOldShared().catch(() => {})

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

self.addEventListener('push', (event) => event.waitUntil(pushed(event.data.json())))

/** A page shows a notification in the same way, so that the push about the same room replaces it. */
self.addEventListener('message', (event) => event.waitUntil(show(event.data)))

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(clicked(event))
})

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscribeAgain(event.oldSubscription)))

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
    await oldSharedDropped
    const cache = await caches.open(shared)
    await cache.put(share, new Response(await request.formData(), { headers: { 'X-Shared-At': String(Date.now()) } }))
    return Response.redirect('/', 303)
  } catch {
    return fetch(forServer)
  }
}

async function dropOldShared() {
  const waiting = await caches.match(share, { cacheName: shared })
  if (waiting && Number(waiting.headers.get('X-Shared-At')) <= Date.now() - sharedForMs) await caches.delete(shared)
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
  const own = [kept, shared, receiver]
  await Promise.all(names.filter((name) => !own.includes(name)).map((name) => caches.delete(name)))
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

async function pushed(push) {
  const { type, tag, id, badge } = push
  if (!(await isForReceiver(push))) return
  await setBadge(badge)
  if (type === 'clear') await closeRead(tag, id)
  else if (!(await isInSight(push))) await show(push)
}

/** It may come late: its user has signed out, or another one has signed in. */
async function isForReceiver({ to }) {
  const noted = await caches.match('/receiver', { cacheName: receiver })
  return noted !== undefined && (await noted.text()) === String(to)
}

function show({ title, body, lang, tag, url, to, room, id, update, count = 0, at = Date.now() }) {
  return self.registration.showNotification(title, {
    body,
    lang,
    tag,
    dir: 'auto',
    icon: '/static/images/icon-192.png',
    timestamp: at,
    renotify: !update,
    actions: room === undefined ? [] : actionsIn(lang),
    data: { to, room, id, url, count },
  })
}

/** Where the browser cannot ask for a text, a reply would be a button that only opens the message. */
function actionsIn(lang) {
  const [read, reply, placeholder] = lang.startsWith('zh')
    ? ['标为已读', '回复', '输入消息']
    : ['Mark as read', 'Reply', 'Message']
  const canReply = 'reply' in NotificationEvent.prototype
  return [
    { action: 'read', title: read },
    ...(canReply ? [{ action: 'reply', type: 'text', title: reply, placeholder }] : []),
  ]
}

/** Whether a page that the user sees shows the room. Safari takes the subscription away when a push shows nothing. */
async function isInSight({ room, to }) {
  if (room === undefined || /^((?!chrome|android).)*safari/i.test(navigator.userAgent)) return false
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const visible = pages.filter(({ visibilityState }) => visibilityState === 'visible')
  return (await Promise.all(visible.map((one) => shows(one, room, to)))).includes(true)
}

/** The address of a page may be that of an earlier room: the page itself knows. One that does not answer shows nothing. */
function shows(client, room, to) {
  return ask(client, { type: 'shows', room, to }, 500)
}

/** @returns what the page answers; false when it does not in so many milliseconds */
function ask(client, message, ms) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => resolve(data)
    setTimeout(resolve, ms, false)
    client.postMessage(message, [port2])
  })
}

async function closeRead(tag, id) {
  for (const one of await self.registration.getNotifications({ tag })) if (one.data.id <= id) one.close()
}

async function clicked({ action, reply, notification: { data } }) {
  const { to, room, id } = data
  // Chromium on Linux names no action for what was typed.
  if (reply) await send(to, { room, key: crypto.randomUUID(), data: reply, reply: id })
  else if (action !== 'read') return open(data)
  await post('read', { room, id }, to)
  const rest = await self.registration.getNotifications()
  await setBadge(rest.reduce((sum, { data }) => sum + (data?.count ?? 0), 0))
}

/** What cannot be sent waits in the outbox of the page, which sends it or says why it was refused. */
async function send(to, message) {
  if (!(await post('chat', message, to))) await keepUnsent({ ...message, user: to, tab: 'worker', at: Date.now() })
}

function keepUnsent(item) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('teahouse', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('outbox', { keyPath: 'key' })
    opening.onerror = reject
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('outbox', 'readwrite')
      transaction.objectStore('outbox').put(item)
      transaction.oncomplete = resolve
      transaction.onabort = reject
    }
  })
}

/**
 * A page that is only kept for the way back, or is just being left, does not answer, and cannot be shown. It is asked first: a click
 * allows either to show a page or to open one, not to try both.
 */
async function open({ url, room, id }) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const chat = pages.find((one) => chatPages.test(pathOf(one.url)))
  if (chat && (await ask(chat, { type: 'open', room, id }, 2_000))) await chat.focus()
  else await self.clients.openWindow(url)
}

/** The push service has replaced the subscription, or the browser has lost it. */
async function subscribeAgain(old) {
  const answer = await post('notifications', {})
  const { push, subscriptions } = answer ? await answer.json() : {}
  if (!subscriptions?.some(({ current }) => current)) return
  const options = { userVisibleOnly: true, applicationServerKey: push.key }
  const { endpoint, keys } = (await self.registration.pushManager.subscribe(options)).toJSON()
  const language = /language=(en|zh)/.exec(self.location.search)?.[1] ?? 'en'
  const replaces = old?.endpoint
  await post('push-subscribe', { key: crypto.randomUUID(), endpoint, keys, language, replaces })
}

/** @returns the answer; undefined when the server refused the command or could not be reached */
async function post(command, fields, user) {
  const headers = { 'Content-Type': 'application/json', ...(user !== undefined && { 'Teahouse-User': user }) }
  try {
    const answer = await fetch(`/api/${command}`, { method: 'POST', headers, body: JSON.stringify(fields) })
    return answer.ok ? answer : undefined
  } catch {
    return undefined
  }
}

async function setBadge(count) {
  if (count === undefined) return
  // Where nothing is installed there is nothing to put a badge on.
  await (count ? self.navigator.setAppBadge?.(count) : self.navigator.clearAppBadge?.())?.catch(() => {})
}

/** Pushed notifications in a browser with windows, on a desktop that shows them: what is shown, and what a click does. */
import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { takenOver, visitIn } from '../../../support/clients/browser.ts'
import type { ChatClient } from '../../../support/clients/client.ts'
import { composer, seesMessage, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, startServer, type TestServer } from '../../../support/server/server.ts'
import { Desktop, type DesktopNotification } from '../../../support/services/desktop.ts'

/** On a busy machine Chromium may fail to start a service worker. It tries again after 60 s. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 150_000 })

interface Stage {
  server: TestServer
  desktop: Desktop
  page: Page
  context: BrowserContext
  bo: ChatClient
  push(data: object): Promise<void>
}

/** Anna is in the lobby, and may be shown notifications. Bo writes. */
async function setUp(t: Cleanup, language = 'en-GB'): Promise<Stage> {
  const { desktop, context } = await Desktop.start(t, language)
  const server = await startServer(t)
  const page = await visitIn(context, server, 'Anna')
  await context.grantPermissions(['notifications'], { origin: server.url })
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await noteReceiver(page)
  const bo = await (await server.signIn('Bo')).connect()
  t.onTestFinished(() => bo.close())
  await bo.open('tea')
  return { server, desktop, page, context, bo, push: await pusher(page, server) }
}

/** As a page does that has a subscription: this browser has no push service. */
async function noteReceiver(page: Page): Promise<void> {
  await page.evaluate(async () => (await caches.open('teahouse-receiver')).put('/receiver', new Response('1')))
}

/** Does what the push service does once it has decrypted a message. */
async function pusher(page: Page, server: TestServer): Promise<Stage['push']> {
  const devtools = await page.context().newCDPSession(page)
  const ids = new Set<string>()
  devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    for (const { registrationId } of registrations) ids.add(registrationId)
  })
  await devtools.send('ServiceWorker.enable')
  await eventually(() => ids.size).toBeGreaterThan(0)
  const [registrationId = ''] = ids
  return async (data) => {
    const push = { origin: server.url, registrationId, data: JSON.stringify(data) }
    await devtools.send('ServiceWorker.deliverPushMessage', push)
  }
}

/** As the server pushes a message of Bo’s. */
const messageOf = (id: number, some: object = {}) => ({
  type: 'message',
  to: 1,
  room: 'tea',
  roomName: 'tea',
  id,
  at: Date.now(),
  count: 1,
  title: 'Bo · tea',
  body: 'The kettle is on',
  url: `/rooms/tea/${id}`,
  tag: 'room-tea',
  lang: 'en',
  badge: 1,
  ...some,
})

const titlesIn = (page: Page) =>
  page.evaluate(async () =>
    (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body }) => `${title}: ${body}`),
  )

async function shownBy(desktop: Desktop, title = 'Bo · tea'): Promise<DesktopNotification> {
  await eventually(() => desktop.titled(title)).toBeDefined()
  return desktop.titled(title) ?? expect.fail(`shows no ${title}`)
}

/** How many messages of others Anna has not read in the room. */
async function unreadOf({ page }: Stage, room: string): Promise<number> {
  return page.evaluate(async (name) => {
    const { rooms } = await (await fetch('/api/rooms')).json()
    return rooms.find(({ room }: { room: string }) => room === name)?.unread
  }, room)
}

/** Anna belongs to the room, and looks at the lobby. */
async function annaInTea(stage: Stage): Promise<void> {
  const { page, server } = stage
  await page.goto(`${server.url}/rooms/tea`)
  await takenOver(page)
  await waitForRoom(page, 'tea')
  await page.goto(server.url)
  await takenOver(page)
}

/** A message in a room that she does not look at. @returns its id */
async function pushUnread(stage: Stage): Promise<number> {
  await annaInTea(stage)
  const id = await stage.bo.say('tea', 'The kettle is on')
  expect(await unreadOf(stage, 'tea')).toBe(1)
  await stage.push(messageOf(id))
  return id
}

async function becomesRead(stage: Stage): Promise<void> {
  await eventually(() => unreadOf(stage, 'tea')).toBe(0)
  await eventually(() => titlesIn(stage.page)).toEqual([])
  expect(new URL(stage.page.url()).pathname, 'stays where it was').toBe('/')
}

describe('pushed notification', () => {
  it('is shown by the service worker, and replaced by the next of its room', async (t) => {
    const { desktop, page, push } = await setUp(t)
    await push(messageOf(1))
    const shown = await shownBy(desktop)
    expect(shown.body).toContain('The kettle is on')
    expect([...shown.actions.values()]).toEqual(expect.arrayContaining(['Mark as read', 'Reply']))
    await push(messageOf(2, { title: '2 · Bo · tea', body: 'Come over', count: 2, badge: 2 }))
    await eventually(() => titlesIn(page)).toEqual(['2 · Bo · tea: Come over'])
    await push(messageOf(9, { title: 'Bo', body: 'only for you', room: '~d', tag: 'room-~d' }))
    await eventually(() => titlesIn(page)).toHaveLength(2)
  })

  it('is not shown while the page is visible in its room', async (t) => {
    const stage = await setUp(t)
    const { desktop, page, server, push } = stage
    await page.goto(`${server.url}/rooms/tea`)
    await takenOver(page)
    await waitForRoom(page, 'tea')
    await push(messageOf(1))
    // The one after it is shown: by then the first would be too.
    await push(messageOf(2, { title: 'Bo · other', room: 'other', tag: 'room-other' }))
    await shownBy(desktop, 'Bo · other')
    expect(await titlesIn(page)).toEqual(['Bo · other: The kettle is on'])
  })

  it('opens its message in the page that is open', async (t) => {
    const stage = await setUp(t)
    const { desktop, page, context, bo, push } = stage
    const id = await bo.say('tea', 'The kettle is on')
    await composer(page).fill('half a thou')
    await push(messageOf(id))
    desktop.click(await shownBy(desktop))
    await waitForRoom(page, 'tea')
    await page.waitForURL(/\/rooms\/tea\/\d+$/)
    await seesMessage(page, 'The kettle is on')
    await eventually(() => desktop.shown.size).toBe(0)
    expect(
      context.pages().filter((one) => one.url() !== 'about:blank'),
      'no window was opened',
    ).toEqual([page])
    await page.goBack()
    expect(await composer(page).inputValue()).toBe('half a thou')
  })

  it('opens its message in a new window when no page is open', async (t) => {
    const stage = await setUp(t)
    const { desktop, page, context, bo, push } = stage
    const id = await bo.say('tea', 'The kettle is on')
    await push(messageOf(id))
    const shown = await shownBy(desktop)
    const opened = context.waitForEvent('page')
    await page.goto('about:blank')
    desktop.click(shown)
    const other = await opened
    await other.waitForURL(/\/rooms\/tea\/\d+$/)
    await seesMessage(other, 'The kettle is on')
  })

  it('marks its messages as read by its button, on the server too', async (t) => {
    const stage = await setUp(t)
    const { desktop } = stage
    await pushUnread(stage)
    desktop.click(await shownBy(desktop), 'Mark as read')
    await becomesRead(stage)
  })

  it('sends what is typed into it as a reply, and marks its messages as read', async (t) => {
    const stage = await setUp(t)
    const { desktop, bo } = stage
    const id = await pushUnread(stage)
    desktop.reply(await shownBy(desktop), 'I am coming <b>')
    const said = await bo.nextWhere(({ type, data }) => type === 'chat' && data === 'I am coming <b>')
    expect(said).toMatchObject({ room: 'tea', user: { name: 'Anna' }, reply: id })
    await becomesRead(stage)
  })

  it('disappears when it was read elsewhere: by a push, and by an open page', async (t) => {
    const stage = await setUp(t)
    const { desktop, page, bo, push } = stage
    await annaInTea(stage)
    const id = await bo.say('tea', 'The kettle is on')
    await push(messageOf(id))
    await shownBy(desktop)
    await push({ type: 'clear', to: 1, room: 'tea', tag: 'room-tea', id, badge: 0 })
    await eventually(() => titlesIn(page)).toEqual([])
    const next = await bo.say('tea', 'Come over')
    await push(messageOf(next))
    await shownBy(desktop)
    await page.evaluate(
      async (fields) => {
        const headers = { 'Content-Type': 'application/json' }
        await fetch('/api/read', { method: 'POST', headers, body: JSON.stringify(fields) })
      },
      { room: 'tea', id: next },
    )
    await eventually(() => titlesIn(page)).toEqual([])
    await eventually(() => desktop.shown.size).toBe(0)
  })
})

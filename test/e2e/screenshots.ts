/** `npm run screenshots` takes the pictures in docs/images: a teahouse with people in it, as they see it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser, takenOver } from '../support/clients/browser.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { ownerNamed, password, type Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { type Cleanup, startServer, type TestServer } from '../support/server/server.ts'

const folder = join(import.meta.dirname, '../../docs/images')
const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }

interface Picture {
  name: string
  options: BrowserContextOptions
  path?: string
  /** What is done before it is taken. */
  before?: (page: Page, server: TestServer) => Promise<void>
}

const pictures: Picture[] = [
  { name: 'desktop', options: desktop },
  { name: 'dark', options: { ...desktop, colorScheme: 'dark' } },
  { name: 'chinese', options: { ...desktop, locale: 'zh-CN' }, path: '/rooms/%E8%8C%B6%E5%8F%8B' },
  { name: 'phone', options: phone },
  { name: 'phone-dark', options: { ...phone, colorScheme: 'dark', locale: 'zh-CN' } },
  { name: 'phone-rooms', options: phone, before: (page) => page.locator('.room-header-rooms').click() },
  { name: 'phone-menu', options: phone, before: longPress },
  { name: 'empty', options: desktop, path: '/rooms/garden' },
  { name: 'long', options: desktop, path: '/rooms/books' },
  { name: 'actions', options: desktop, before: pointAndOpenMenu },
  { name: 'emoji', options: desktop, before: (page) => page.locator('.composer-emoji').click() },
  { name: 'settings', options: desktop, before: (page) => page.getByRole('button', { name: 'Settings' }).click() },
  { name: 'notifications', options: desktop, before: openNotifications },
  {
    name: 'notifications-phone',
    options: { ...phone, colorScheme: 'dark', locale: 'zh-CN' },
    before: openNotifications,
  },
  { name: 'quiet-hours', options: { ...desktop, colorScheme: 'dark' }, before: turnOnQuietHours },
  { name: 'search', options: desktop, before: openSearch },
  { name: 'search-results', options: desktop, before: (page) => search(page, 'saturday') },
  { name: 'search-dark', options: { ...desktop, colorScheme: 'dark' }, before: (page) => search(page, 'chapter') },
  { name: 'search-nothing', options: phone, before: (page) => search(page, 'camellia from:me') },
  { name: 'search-phone', options: phone, before: (page) => search(page, 'tea from:Kenji') },
  {
    name: 'search-chinese',
    options: { ...phone, colorScheme: 'dark', locale: 'zh-CN' },
    before: (page) => search(page, '龙井'),
  },
  { name: 'switcher', options: desktop, before: (page) => page.keyboard.press('Control+k') },
  { name: 'new-room', options: desktop, before: choosePeople },
  { name: 'room', options: desktop, before: openRoom },
  { name: 'invite', options: { ...phone, colorScheme: 'dark', locale: 'zh-CN' }, before: invite },
  { name: 'members', options: { ...desktop, colorScheme: 'dark' }, before: openMembers },
  { name: 'card', options: desktop, before: openCard },
  { name: 'phone-card', options: phone, before: askToMute },
  { name: 'conversation', options: { ...phone, locale: 'zh-CN' }, before: openConversation },
  { name: 'keys', options: desktop, before: (page) => page.locator('.log').press('?') },
  { name: 'offline', options: desktop, before: goOffline },
]

/** Of the owner, on pages without a room. */
const ofTheOwner: Picture[] = [
  { name: 'account', options: phone, path: '/account' },
  { name: 'people', options: desktop, path: '/admin' },
  { name: 'person', options: { ...phone, colorScheme: 'dark', locale: 'zh-CN' }, path: '/admin/people/2' },
  { name: 'log', options: { ...desktop, colorScheme: 'dark' }, path: '/admin/log' },
]

const done: (() => Promise<void> | void)[] = []
const t: Cleanup = { onTestFinished: (cleanup) => done.push(cleanup) }

async function take(browser: Browser, server: TestServer, cookie: string, picture: Picture): Promise<void> {
  const { name, options, path = '/', before } = picture
  const context = await browser.newContext(options)
  const [key = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name: key, value, url: server.url }])
  const page = await context.newPage()
  await page.goto(server.url + path)
  if (await page.locator('#app').count()) await takenOver(page)
  // What is fetched after the script has come has its place by then.
  await page.waitForTimeout(600)
  await before?.(page, server)
  await page.waitForTimeout(600)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await context.close()
  console.log(`docs/images/${name}.png`)
}

/** What the owner has done on their server. */
async function keepOrder(server: TestServer): Promise<Visitor> {
  const firefox = 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'
  const safari = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'
  const owner = await ownerNamed(server, 'Mei', { 'User-Agent': firefox })
  await visitorNamed(server, 'Mei', { password, 'User-Agent': safari })
  for (const name of ['Troll', 'Ada']) await visitorNamed(server, name)
  const troll = (await owner.get('/admin?find=Troll')).body.match(/people\/(\d+)/)?.[1]
  await owner.post(`/admin/people/${troll}/ban`, { days: '7', addresses: '1' })
  await owner.post(`/admin/people/${troll}/purge`, { sure: '1' })
  await owner.post('/admin/addresses', { range: '203.0.113.0/24', days: 'ever' })
  await owner.post('/admin/people', { name: '小安' })
  return owner
}

async function longPress(page: Page): Promise<void> {
  const message = page.locator('.message', { hasText: 'No need' })
  await message.dispatchEvent('pointerdown', { pointerType: 'touch', bubbles: true })
  await page.locator('.menu').waitFor()
}

async function pointAndOpenMenu(page: Page): Promise<void> {
  await page.locator('.message', { hasText: 'No need' }).hover()
  await page.getByRole('button', { name: 'More', exact: true }).click()
}

const room = (page: Page, name: string) => page.locator('.rooms-room', { hasText: name })
const action = (page: Page, index: number) => page.locator('.dialog-action').nth(index).click()

async function openNotifications(page: Page): Promise<void> {
  if (await page.locator('.room-header-rooms').isVisible()) await page.locator('.room-header-rooms').click()
  await page
    .locator('.rooms')
    .getByRole('button', { name: /^(Settings|设置)$/ })
    .click()
  await page.locator('.dialog-section .dialog-action').first().click()
  await page.locator('#keywords').waitFor()
}

async function turnOnQuietHours(page: Page): Promise<void> {
  await openNotifications(page)
  await page.locator('[aria-describedby=quiet-hint]').click()
  await page.locator('#quiet-zone').waitFor()
  await page.locator('#keywords').fill('oolong, 龙井')
  await page.keyboard.press('Enter')
  await page.locator('#quiet-hint').scrollIntoViewIfNeeded()
}

async function openSearch(page: Page): Promise<void> {
  await page.locator('.room-header-search').click()
  await page.locator('.search-form').waitFor()
}

async function search(page: Page, query: string): Promise<void> {
  await openSearch(page)
  await page.locator('.search-form input').fill(query)
  await page.keyboard.press('Enter')
  await page.locator('.search-results .message-list').waitFor({ state: 'attached' })
}

async function choosePeople(page: Page): Promise<void> {
  await page.locator('.rooms-new').click()
  await page.locator('.choice-option').nth(1).click()
  await page.locator('#new-room-name').fill('Cellar')
  await page.locator('[role=option]', { hasText: 'Kenji' }).click()
}

async function openRoom(page: Page): Promise<void> {
  // On a phone the list is a drawer.
  if (await page.locator('.room-header-rooms').isVisible()) await page.locator('.room-header-rooms').click()
  await room(page, 'Saturday').click()
  await page.locator('.room-header-details').click()
}

async function openMembers(page: Page): Promise<void> {
  await openRoom(page)
  await action(page, 0)
  await page.locator('.member-badge').first().waitFor()
}

async function invite(page: Page): Promise<void> {
  await openRoom(page)
  await action(page, 2)
  await page.locator('.dialog [type=submit]').click()
  await page.locator('.qr').waitFor()
}

async function openCard(page: Page): Promise<void> {
  await openMembers(page)
  await page.locator('.dialog .person-open', { hasText: 'Kenji' }).click()
  await page.locator('.dialog-section').waitFor()
}

async function askToMute(page: Page): Promise<void> {
  await openCard(page)
  await page.getByRole('button', { name: 'Mute…' }).click()
}

async function openConversation(page: Page): Promise<void> {
  await page.locator('.room-header-rooms').click()
  await page.locator('.rooms-group').first().waitFor()
}

async function goOffline(page: Page, server: TestServer): Promise<void> {
  await server.stop()
  await page.locator('#composer').fill('I write this while nobody can hear it.')
  await page.keyboard.press('Enter')
  await page.locator('.banner').waitFor()
}

/** Fills the rooms with messages. @returns the cookie of Li */
async function populate(server: TestServer): Promise<string> {
  const names = ['Li', '王小明', 'Kenji', 'Amélie']
  const people = await Promise.all(names.map((name) => server.signIn(name)))
  const [li, wang, kenji, amelie] = await Promise.all(people.map((person) => person.connect()))
  if (!li || !wang || !kenji || !amelie) throw new Error('A user is missing.')
  for (const chat of [li, wang, kenji, amelie]) {
    for (const room of ['lobby', '茶友', 'books', 'garden']) await chat.open(room)
  }
  let key = 0
  const say = async (chat: typeof li, room: string, data: string, reply?: number) =>
    (await chat.ask({ type: 'chat', room, key: `k${++key}`, data, ...(reply && { reply }) }, 'sent')).id
  const react = (chat: typeof li, ref: number, data: string) =>
    chat.ask({ type: 'react', room: 'lobby', key: `k${++key}`, ref, data, on: true }, 'sent')

  const asked = await say(li, 'lobby', 'Good morning! The kettle is on. **Who is coming on Saturday?**')
  await say(wang, 'lobby', '我来！我带龙井，今天早上刚到的。')
  await say(wang, 'lobby', '🍵')
  const friend = await say(kenji, 'lobby', 'Me too, with a friend who has never had a proper oolong.', asked)
  await say(
    kenji,
    'lobby',
    'We can bring:\n- cups, *if* there are not enough\n- mochi\n- a [map](https://example.org/map) for those who get lost',
  )
  await say(li, 'lobby', 'No need, there are twelve. Shoes off at the door, the cat is in charge of the cushions.')
  await say(
    amelie,
    'lobby',
    '> the cat is in charge\n\nAs it should be. For the `/tea` bot:\n```js\nconst steep = (leaves) => leaves.filter(({ green }) => green).map(pour)\n```',
  )
  await say(wang, 'lobby', '@Li 好的，周六见！')
  await react(wang, asked, '👍')
  await react(kenji, asked, '👍')
  await react(amelie, friend, '🎉')

  await say(wang, '茶友', '今年的龙井比去年香，水温八十度就够了，再高就苦了。')
  await say(amelie, '茶友', '我用的是紫砂壶，会不会太闷？')
  await say(wang, '茶友', '绿茶用玻璃杯或者盖碗更好，能看见叶子一片一片沉下去。')
  await say(kenji, '茶友', '同意。@王小明 周六带一点给我们尝尝？')
  for (let i = 1; i <= 60; i++) {
    await say(
      [li, kenji, amelie][i % 3] ?? li,
      'books',
      `Chapter ${i}: what did you make of the tea master’s answer? I read it twice.`,
    )
  }
  await populateRooms(
    li,
    people.map(({ user }) => user.id),
  )
  return people[0]?.cookie ?? ''
}

/** A private room, a conversation, and one that was left. */
async function populateRooms(li: ChatClient, [, ...others]: number[]): Promise<void> {
  await li.ask({ type: 'create', key: 'private', kind: 'private', name: 'Saturday', users: others }, 'room')
  await li.ask({ type: 'create', key: 'direct', kind: 'direct', users: others.slice(0, 1) }, 'room')
  await li.open('吃茶去')
  await li.ask({ type: 'leave', key: 'leave', room: '吃茶去' }, 'done')
}

mkdirSync(folder, { recursive: true })
const server = await startServer(t, { RATE_LIMITS: 'off', PRESENCE_GRACE_MS: '600000' })
const browser = await launchBrowser()
try {
  const li = await populate(server)
  const only = process.argv.slice(2)
  const isWanted = ({ name }: Picture) => !only.length || only.includes(name)
  const owner = await keepOrder(server)
  for (const picture of ofTheOwner.filter(isWanted)) await take(browser, server, owner.cookie, picture)
  for (const picture of pictures.filter(isWanted)) await take(browser, server, li, picture)
} finally {
  for (const cleanup of done.reverse()) await cleanup()
  await browser.close()
}

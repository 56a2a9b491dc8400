/** What holds for the page during any use: its security policy and origin, its layout, no console messages. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { type Cleanup, startServer, type TestServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const code = '```js\nconst steep = (leaves) => leaves.map(pour)\n```'
const log = (page: Page) => page.getByRole('log')

async function say(page: Page, text: string): Promise<void> {
  await page.locator('#composer').fill(text)
  await page.locator('#composer').press('Enter')
  await page.locator('.unsent').waitFor({ state: 'detached' })
}

/** Everything that a page complains of, and everyone whom it asks. */
async function witness(context: BrowserContext) {
  const complaints: string[] = []
  const asked = new Set<string>()
  context.on('request', (request) => asked.add(new URL(request.url()).host))
  context.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('page', (page) => page.on('websocket', (line) => asked.add(new URL(line.url()).host)))
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`${violatedDirective}: ${blockedURI}`),
    ),
  )
  return { complaints, asked }
}

async function enter(t: Cleanup, server: TestServer, options: BrowserContextOptions = {}) {
  const entered = await visit(t, browser, server, 'Anna', options)
  const seen = await witness(entered.context)
  const page = await entered.context.newPage()
  await entered.page.close()
  await page.goto(server.url)
  await takenOver(page)
  return { page, context: entered.context, ...seen }
}

async function write(page: Page): Promise<void> {
  await say(page, `**Hello** @Anna, see https://example.org and [this](https://example.net)\n${code}`)
  await log(page).locator('[class^=token-]').first().waitFor()
  await page.locator('#composer').pressSequentially('@An')
  await page.locator('.completion-option').first().waitFor()
  await page.keyboard.press('Enter')
  await page.locator('#composer').pressSequentially(':tea')
  await page.locator('.completion-option').first().waitFor()
  await page.keyboard.press('Enter')
  await page.locator('.composer-emoji').click()
  await page.locator('.emoji-picker [data-emoji="😀"]').first().click()
  await page.locator('.composer-send').click()
  await page.locator('.message[data-id="2"]').waitFor()
}

async function changeMessages(page: Page): Promise<void> {
  const menu = async (name: string) => {
    await page.locator('.message[data-id="2"]').hover()
    await page.locator('.action[aria-haspopup=menu]').click()
    await page.getByRole('menuitem', { name, exact: true }).click()
  }
  await page.locator('.message[data-id="1"]').hover()
  await page.locator('.action').first().click()
  await page.locator('.reaction').waitFor()
  await menu('Reply')
  await say(page, 'an answer')
  await page.locator('.quote').click()
  await menu('Edit')
  await say(page, 'changed')
  await page.locator('.message-edited').waitFor()
  await menu('Delete')
  await page.locator('.tombstone').waitFor()
}

async function useDialogs(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('Dark').check()
  await page.getByRole('button', { name: 'Notifications' }).click()
  await page.getByLabel('Play a soft sound').check()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
  await page.locator('dialog kbd').first().waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('another room')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'another room' }).waitFor()
}

describe('page security policy', () => {
  it('is never violated, and no other host is contacted, during any use', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { page, complaints, asked } = await enter(t, server, { serviceWorkers: 'allow' })
    await write(page)
    await changeMessages(page)
    await useDialogs(page)
    await page.goto(`${server.url}/rooms/lobby/1`)
    await page.locator('.message.target').waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await takenOver(page)
    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toContain('/sw.js')
    expect(complaints).toEqual([])
    expect([...asked]).toEqual([new URL(server.url).host])
  })

  it('blocks foreign content and scripts in texts', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { page, complaints } = await enter(t, server)
    const failed = page.waitForEvent('requestfailed')
    await page.evaluate(() => document.body.append(Object.assign(new Image(), { src: 'https://example.org/x.png' })))
    expect((await failed).failure()?.errorText).toBe('csp')
    await expect.poll(() => complaints.join('\n')).toContain('img-src: https://example.org/x.png')
    const assigned = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<img src=x onerror=alert()>'
        return 'taken'
      } catch (error) {
        return String(error)
      }
    })
    expect(assigned).toContain("requires 'TrustedHTML'")
  })
})

describe('page before hydration', () => {
  it('shows the messages, and nothing moves when the script starts', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const bot = await (await server.signIn('Bo')).connect()
    await bot.open('lobby')
    for (let i = 1; i <= 60; i++) await bot.say('lobby', i === 58 ? code : `**message** ${i}\n- one`)
    const { page } = await enter(t, server, { timezoneId: 'UTC' })
    const script = Promise.withResolvers<void>()
    await page.route('**/*.js', async (route) => {
      await script.promise
      await route.continue()
    })
    await page.addInitScript(() => {
      const moved: [at: number, by: number][] = []
      Object.assign(globalThis, { moved })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          moved.push([entry.startTime, (entry as PerformanceEntry & { value: number }).value])
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await page.reload({ waitUntil: 'commit' })
    const places = () =>
      page.locator('.message, .room-header, .composer, .rooms, .people').evaluateAll((all) =>
        all.map((element) => {
          const { left, top, width, height } = element.getBoundingClientRect()
          return [element.id || element.className, ...[left, top, width, height].map(Math.round)]
        }),
      )
    await page.locator('#m60').waitFor()
    // What stands behind the messages in the HTML may come later than they.
    for (const part of ['.room-header', '.composer', '.rooms', '.people']) await page.locator(part).first().waitFor()
    expect(await page.evaluate(() => '__vue_app__' in (document.querySelector('#app') ?? {}))).toBe(false)
    const before = await places()
    // While the HTML arrives, a part of it may be drawn before the rest has its place.
    const begun = await page.evaluate(() => performance.now())
    script.resolve()
    await takenOver(page)
    await log(page).locator('[class^=token-]').first().waitFor()
    expect(await places()).toEqual(before)
    const all = await page.evaluate(() => (globalThis as unknown as { moved: [at: number, by: number][] }).moved)
    const moved = all.filter(([at]) => at >= begun).map(([, by]) => by)
    // Where code gets its colours a word is a node of its own, which begins further right than the whole did.
    expect(moved.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.01)
  })
})

describe('page with large text', () => {
  /** As a window of 1280 × 800 is at 200 %, and one of 1280 × 1024 at 400 %. */
  const windows = [
    { width: 640, height: 400 },
    { width: 320, height: 256 },
  ]

  const widest = (page: Page) =>
    page.evaluate(() => {
      const scrolling = [...document.querySelectorAll('html, .log, dialog, [popover]')]
      return Math.max(...scrolling.map((element) => element.scrollWidth - element.clientWidth))
    })

  async function expectInReach(page: Page, selector: string): Promise<void> {
    const element = page.locator(selector).first()
    await element.scrollIntoViewIfNeeded()
    const isInside = await element.evaluate((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect()
      return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
    })
    expect(isInside, selector).toBe(true)
    expect(await widest(page), selector).toBeLessThanOrEqual(0)
  }

  it.for(windows)('has everything reachable in $width × $height, and scrolls in one direction', async (viewport, t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { page } = await enter(t, server, { viewport, deviceScaleFactor: 2 })
    await say(page, `A ${'very '.repeat(30)}long text, an${'address'.repeat(20)}, and\n${code}`)
    await expectInReach(page, '.composer-send')
    await expectInReach(page, '.message-head')
    await page.locator('.composer-emoji').click()
    await page.locator('.emoji-picker [data-emoji]').first().waitFor()
    await expectInReach(page, '.emoji-picker-close')
    await expectInReach(page, '.emoji-picker [data-emoji]')
    await page.keyboard.press('Escape')
    await page.locator('.room-header-people').click()
    await expectInReach(page, '.people .drawer-close')
    await expectInReach(page, '.people .person')
    await page.keyboard.press('Escape')
    await page.locator('.room-header-rooms').click()
    await expectInReach(page, '.rooms .leave button')
    await page.locator('.me-button').first().click()
    await page.locator('dialog[open]').waitFor()
    for (const part of ['.dialog-close', '.choice-option', '.switch >> nth=-1'])
      await expectInReach(page, `dialog ${part}`)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.locator('.listbox-option').first().waitFor()
    for (const part of ['.room-switcher-name', '.listbox-option']) await expectInReach(page, part)
    await page.keyboard.press('Escape')
    await page.locator('.log').press('?')
    await page.locator('dialog kbd').first().waitFor()
    await expectInReach(page, 'dialog kbd >> nth=-1')
  })
})

describe('animation', () => {
  const running = (page: Page) =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)

  async function withMotion(t: Cleanup, reducedMotion: 'reduce' | 'no-preference') {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const bot = await (await server.signIn('Bo')).connect()
    await bot.open('lobby')
    await bot.say('lobby', 'here it is')
    const { page } = await enter(t, server, { reducedMotion })
    await page.goto(`${server.url}/rooms/lobby/1`)
    await page.locator('.message.target').waitFor()
    const moving = [await running(page)]
    await expect
      .poll(() => {
        bot.send({ type: 'typing', room: 'lobby' })
        return page.locator('.typing-dots').count()
      })
      .toBe(1)
    return [...moving, await running(page)]
  }

  it('is limited to the linked message and the typing dots', async (t) => {
    for (const moving of await withMotion(t, 'no-preference')) expect(moving).toBeGreaterThan(0)
  })
  it('is off for users who prefer reduced motion', async (t) => {
    expect(await withMotion(t, 'reduce')).toEqual([0, 0])
  })
})

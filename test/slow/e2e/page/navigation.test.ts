import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { switchTo } from '../../../support/clients/page.ts'
import { type Cleanup, startServer, type TestServer } from '../../../support/server/server.ts'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const composer = (page: Page) => page.locator('#composer')
const title = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const link = (page: Page, name: string) => page.locator('.rooms-room', { hasText: name })

/** Signed in, and the page's script has taken over. */
async function enter(t: Cleanup, server: TestServer, name: string, options: BrowserContextOptions = {}) {
  const entered = await visit(t, browser, server, name, options)
  await ready(entered.page)
  return entered
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
}

/** How far the page is wider than its window. */
const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

describe('rooms on the page', () => {
  it('open by their name, and the back button returns', async (t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'Anna')
    await switchTo(page, 'gong fu/茶')
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe('/rooms/gong fu/茶')
    await composer(page).fill('first')
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText('first').waitFor()
    await page.goBack()
    await title(page, 'lobby')
    await page.goForward()
    await title(page, 'gong fu/茶')
    await page.reload()
    await page.getByRole('log').getByText('first').waitFor()
  })

  it('change with Alt and the arrow keys, also while writing', async (t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'Anna')
    await switchTo(page, 'oolong')
    await link(page, 'lobby').waitFor()
    await composer(page).fill('a draft')
    await page.keyboard.press('Alt+ArrowUp')
    await title(page, 'lobby')
    await page.keyboard.press('Alt+ArrowDown')
    await title(page, 'oolong')
    expect(await composer(page).inputValue()).toBe('a draft')
  })

  it('show unread messages and mentions in title and icon, and clear them in every tab', async (t) => {
    const server = await startServer(t)
    const { page: anna, context } = await enter(t, server, 'Anna')
    await switchTo(anna, 'oolong')
    await switchTo(anna, 'lobby')
    const other = await context.newPage()
    await other.goto(server.url)
    await ready(other)
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('oolong')
    await bo.say('oolong', 'tea is ready')
    await bo.say('oolong', '@Anna come')
    const icon = (page: Page) => page.locator('link[rel=icon]').getAttribute('href')
    for (const page of [anna, other]) {
      await link(page, 'oolong').getByText('2 unread messages').waitFor()
      await link(page, 'oolong').getByText('1 mention').waitFor()
      expect(await page.title()).toBe('(2) lobby · Teahouse')
      expect(await icon(page)).toBe('/icon/mention/green/cup')
    }
    await anna.bringToFront()
    await anna.keyboard.press('Alt+Shift+ArrowDown')
    await title(anna, 'oolong')
    for (const page of [anna, other]) {
      await link(page, 'oolong').locator('.rooms-unread').waitFor({ state: 'detached' })
      await expect.poll(() => icon(page)).toBe('/icon/plain/green/cup')
    }
    expect(await other.title()).toBe('lobby · Teahouse')
    await bo.close()
  })

  it('update their unread counts after edits and deletions in every tab, open or not (FAULTS 2, FAULTS 5)', async (t) => {
    const server = await startServer(t)
    const { page: anna, context } = await enter(t, server, 'Anna')
    await switchTo(anna, 'oolong')
    await switchTo(anna, 'lobby')
    // In this one nobody has looked at the other room.
    const other = await context.newPage()
    await other.goto(server.url)
    await ready(other)
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('oolong')
    const [named = 0, plain = 0] = [await bo.say('oolong', 'hi @Anna'), await bo.say('oolong', 'plain')]
    const change = (command: object) =>
      bo.ask({ room: 'oolong', key: crypto.randomUUID(), ...command } as Parameters<typeof bo.ask>[0], 'sent')
    const shows = async (unread: string | undefined, mentions: string | undefined, icon: string) => {
      for (const page of [anna, other]) {
        const room = link(page, 'oolong')
        const [ofUnread, ofMentions] = [room.getByText(/unread message/), room.getByText(/\d mentions?$/)]
        await (unread ? room.getByText(unread) : ofUnread).waitFor({ state: unread ? 'attached' : 'detached' })
        await (mentions ? room.getByText(mentions) : ofMentions).waitFor({ state: mentions ? 'attached' : 'detached' })
        const count = unread ? `(${Number.parseInt(unread, 10)}) ` : ''
        await expect.poll(() => page.title()).toBe(`${count}lobby · Teahouse`)
        await expect.poll(() => page.locator('link[rel=icon]').getAttribute('href')).toBe(`/icon/${icon}/green/cup`)
      }
    }
    await shows('2 unread messages', '1 mention', 'mention')
    await change({ type: 'edit', ref: named, data: 'hi Bo' })
    await shows('2 unread messages', undefined, 'unread')
    await change({ type: 'edit', ref: plain, data: 'hello @Anna' })
    await shows('2 unread messages', '1 mention', 'mention')
    await change({ type: 'delete', ref: plain })
    await shows('1 unread message', undefined, 'unread')
    await change({ type: 'delete', ref: named })
    await shows(undefined, undefined, 'plain')
    await bo.close()
  })
})

describe('keyboard shortcuts', () => {
  it('are listed in a dialog, which a question mark opens unless the user is writing', async (t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'Anna')
    await composer(page).fill('what')
    await page.keyboard.press('?')
    expect(await composer(page).inputValue()).toBe('what?')
    await page.getByRole('button', { name: 'Settings' }).focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await composer(page).inputValue()).toBe('what?')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Settings')
  })
})

describe('settings on the page', () => {
  const paper = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)

  it('change the theme at once, against the system’s, and before the next page is drawn', async (t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'Anna', { colorScheme: 'light' })
    const light = await paper(page)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('radio', { name: 'Dark' }).check()
    const dark = await paper(page)
    expect(dark).not.toBe(light)
    // A frame waits for the style sheets in the head.
    await page.addInitScript(() => {
      const look = () => {
        if (!document.body) return requestAnimationFrame(look)
        return Object.assign(window, { firstPaper: getComputedStyle(document.body).backgroundColor })
      }
      requestAnimationFrame(look)
    })
    await page.reload()
    await ready(page)
    expect(await page.evaluate(() => Reflect.get(window, 'firstPaper'))).toBe(dark)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('radio', { name: 'System' }).check()
    expect(await paper(page)).toBe(light)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(() => paper(page)).toBe(dark)
    await page.getByRole('radio', { name: 'Light' }).check()
    expect(await paper(page)).toBe(light)
  })

  it('change the language and keep the draft', async (t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'Anna')
    await composer(page).fill('half a sent')
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: '简体中文' }).click()
    await page.getByRole('navigation', { name: '房间' }).waitFor()
    await ready(page)
    expect(await page.locator('html').getAttribute('lang')).toMatch(/^zh/)
    expect(await composer(page).inputValue()).toBe('half a sent')
  })
})

describe('notification', () => {
  it('is enabled by the user, shown while the page is hidden, and links to the message', async (t) => {
    const server = await startServer(t)
    const { page, context } = await enter(t, server, 'Anna')
    await context.grantPermissions(['notifications'])
    // A headless browser shows none.
    await page.addInitScript(() => {
      const shown: object[] = []
      class Shown extends EventTarget {
        static permission = 'granted'
        readonly title: string
        onclick: (() => void) | null = null
        constructor(title: string) {
          super()
          this.title = title
          shown.push(this)
        }
        close() {}
      }
      Object.assign(window, { Notification: Shown, shown })
    })
    await page.reload()
    await ready(page)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Notifications' }).click()
    await page.getByLabel('Show notifications').check()
    await page.keyboard.press('Escape')
    await page.evaluate(() => {
      Object.defineProperty(document, 'hasFocus', { value: () => false })
      window.dispatchEvent(new Event('blur'))
    })
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('lobby')
    const id = await bo.say('lobby', 'are you there, @Anna?')
    await page.waitForFunction(() => (window as unknown as { shown: object[] }).shown.length === 1)
    await page.evaluate(() => (window as unknown as { shown: { onclick(): void }[] }).shown[0]?.onclick())
    await page.waitForURL(`${server.url}/rooms/lobby/${id}`)
    await bo.close()
  })
})

describe('narrow page', () => {
  it('has rooms and people in drawers, and opens a room from there', async (t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'Anna', phone)
    const rooms = page.getByRole('navigation', { name: 'Rooms' })
    expect(await rooms.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Rooms' }).tap()
    await rooms.waitFor()
    await page.getByRole('button', { name: 'Jump to…' }).tap()
    await page.getByRole('combobox').fill('oolong')
    await page.getByRole('option', { name: /oolong/ }).tap()
    await title(page, 'oolong')
    await page.getByRole('button', { name: 'Rooms' }).tap()
    await link(page, 'lobby').tap()
    await title(page, 'lobby')
    expect(await rooms.isVisible()).toBe(false)
    await page.getByRole('button', { name: '1 online' }).tap()
    await page.getByRole('complementary', { name: 'People' }).waitFor()
    await page.getByRole('button', { name: 'Close' }).tap()
    await page.getByRole('complementary', { name: 'People' }).waitFor({ state: 'hidden' })
  })

  it.for([320, 390, 768, 1024, 1440])('is never wider than its window: %i px', async (width, t) => {
    const server = await startServer(t)
    const { page } = await enter(t, server, 'an_uncommonly_long_name_of_a_man', { viewport: { width, height: 640 } })
    await switchTo(page, 'a_room_with_a_name_that_does_not_break_anywhere_and_is_very_long')
    await composer(page).fill('w'.repeat(400))
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText('www').waitFor()
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    // As for users who have set a larger text size in the browser.
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.keyboard.press('Control+k')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  })
})

/** The page without JavaScript, in another language, and without a connection to the server. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FileInfo } from '../../../../src/shared/protocol/types.ts'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function serverWith(t: Cleanup, messages: number) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const chat = await (await server.signIn('Bo')).connect()
  await chat.open('lobby')
  for (let i = 1; i <= messages; i++) await chat.say('lobby', `message ${i}`)
  return { server, chat }
}

async function open(t: Cleanup, url: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options)
  t.onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(url)
  return page
}

const texts = (page: Page) => page.locator('.message-text').allInnerTexts()

describe('page without JavaScript', () => {
  const scriptless = { javaScriptEnabled: false }

  it('pages through messages, and back to the end', async (t) => {
    const { server } = await serverWith(t, 120)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    const last = async () => (await texts(page)).at(-1)
    expect(await last()).toBe('message 120')
    await page.getByRole('link', { name: 'Show older messages' }).click()
    await expect.poll(last).toBe('message 70')
    await page.getByRole('link', { name: 'Show older messages' }).click()
    await expect.poll(async () => (await texts(page))[0]).toBe('message 1')
    await page.getByRole('link', { name: 'Show newer messages' }).click()
    await expect.poll(last).toBe('message 70')
    await page.getByRole('link', { name: 'Show newer messages' }).click()
    await expect.poll(last).toBe('message 120')
    expect(await page.getByRole('link', { name: 'Show newer messages' }).count()).toBe(0)
  })

  it('marks all rooms as read', async (t) => {
    const { server, chat } = await serverWith(t, 0)
    const anna = await server.signIn('Anna')
    const annas = await anna.connect()
    for (const room of ['lobby', 'tea']) {
      await annas.open(room)
      await chat.open(room)
      await chat.say(room, 'hello')
    }
    await annas.settle()
    const context = await browser.newContext(scriptless)
    t.onTestFinished(() => context.close())
    const [name = '', value = ''] = anna.cookie.split('=')
    await context.addCookies([{ name, value, url: server.url }])
    const page = await context.newPage()
    await page.goto(`${server.url}/rooms/tea`)
    await page.getByText('1 unread message').first().waitFor()
    await page.getByRole('button', { name: 'Mark all rooms as read' }).click()
    await page.getByRole('button', { name: 'Mark all rooms as read' }).waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe('/rooms/tea')
    expect(await page.getByText('1 unread message').count()).toBe(0)
  })

  it('sends a message, shows it, and delivers it to others', async (t) => {
    const { server, chat } = await serverWith(t, 60)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    await page.getByLabel('Message lobby').fill('hello\n**all**')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('#m61').waitFor()
    expect(await page.locator('#m61 strong').innerText()).toBe('all')
    // Where the address points, at the end of a long room.
    await expect
      .poll(() => page.locator('#m61').evaluate((one) => one.getBoundingClientRect().bottom < innerHeight))
      .toBe(true)
    expect(await chat.nextWhere(({ id, type }) => type === 'chat' && id === 61)).toMatchObject({
      data: 'hello\n**all**',
    })
  })

  it('sends files and images, and shows and links all of them', async (t) => {
    const { server, chat } = await serverWith(t, 0)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    const picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#7a9e6b' } })
      .png()
      .toBuffer()
    const images = Array.from({ length: 6 }, (_, n) => ({
      name: `cup-${n}.png`,
      mimeType: 'image/png',
      buffer: picture,
    }))
    const list = { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('oolong') }
    await page.locator('#files').setInputFiles([...images, list])
    await page.getByLabel('Message lobby').fill('with files')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('#m1').waitFor()
    const sent = await chat.nextWhere(({ type }) => type === 'chat')
    const paths = ((sent.files ?? []) as FileInfo[]).map(({ id, name }) => `/files/${id}/${name}`)
    expect(paths).toHaveLength(7)
    const links = await page
      .locator('#m1 a[href^="/files/"]')
      .evaluateAll((all) => all.map((a) => a.getAttribute('href')))
    expect(links.sort()).toEqual(paths.sort())
    await expect
      .poll(() =>
        page.locator('#m1 img').evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)),
      )
      .toEqual([40, 40, 40, 40])
    await page.getByRole('checkbox', { name: /original images as files/ }).check()
    await page.locator('#files').setInputFiles(images.slice(0, 1))
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('#m2 .file-tile').waitFor()
    expect(await page.locator('#m2 img').count()).toBe(0)
  })

  it('stores a resubmitted message once', async (t) => {
    const { server, chat } = await serverWith(t, 0)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    const stored = Promise.withResolvers<void>()
    await page.route('**/files/message', async (route) => {
      await route.fetch({ maxRedirects: 0 })
      stored.resolve()
    })
    const send = () => page.getByRole('button', { name: 'Send' }).click({ noWaitAfter: true })
    await page.getByLabel('Message lobby').fill('once')
    await send()
    await stored.promise
    await page.unroute('**/files/message')
    await send()
    await page.locator('#m1').waitFor()
    await page.waitForLoadState()
    await chat.say('lobby', 'the next one')
    await page.reload()
    expect(await texts(page)).toEqual(['once', 'the next one'])
  })

  it('says that its times are UTC (FAULTS 27)', async (t) => {
    const { server } = await serverWith(t, 1)
    const { page } = await visit(t, browser, server, 'Anna', { ...scriptless, timezoneId: 'Asia/Shanghai' })
    expect(await page.locator('.day').innerText()).toMatch(/^\d{4}-\d\d-\d\d UTC$/)
    expect(await page.locator('.message-time').first().getAttribute('title')).toMatch(/\d\d:\d\d.* UTC$/)
  })

  it('opens another room, and returns', async (t) => {
    const { server, chat } = await serverWith(t, 1)
    await chat.open('tea')
    await chat.say('tea', 'in the other room')
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    await page.locator('.rooms-room', { hasText: 'tea' }).click()
    await page.getByRole('heading', { level: 1, name: 'tea' }).waitFor()
    expect(await texts(page)).toEqual(['in the other room'])
    await page.locator('.rooms-room', { hasText: 'lobby' }).click()
    await page.getByRole('heading', { level: 1, name: 'lobby' }).waitFor()
    expect(await texts(page)).toEqual(['message 1'])
  })

  it('shows beside the box what cannot be sent, and keeps the text', async (t) => {
    const { server } = await serverWith(t, 0)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    const long = 'x'.repeat(4_001)
    await page.getByLabel('Message lobby').fill(long)
    await page.getByRole('button', { name: 'Send' }).click()
    expect(await page.getByRole('alert').innerText()).toBe('A message has at most 4,000 characters.')
    expect(await page.getByLabel('Message lobby').inputValue()).toBe(long)
  })

  it('offers nothing that needs JavaScript', async (t) => {
    const { server, chat } = await serverWith(t, 1)
    await chat.say('lobby', `${'long\n'.repeat(60)}the end of it`)
    await chat.ask({ type: 'react', room: 'lobby', key: 'r', ref: 1, data: '👍', on: true }, 'sent')
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    for (const name of ['Settings', 'Jump to…', 'Add emoji', 'Show all']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0)
    }
    for (const shown of ['.room-header-details', '.message-name', '.reaction', '.person-open']) {
      expect(await page.locator(shown).count(), `${shown} must be there`).toBeGreaterThan(0)
    }
    const dead = await page.locator('button:visible:enabled').evaluateAll((buttons) => {
      const does = (button: HTMLButtonElement) => button.type === 'submit' || button.popoverTargetElement
      return (buttons as HTMLButtonElement[]).filter((button) => !does(button)).map(({ className }) => className)
    })
    expect(dead).toEqual([])
    expect(
      await page
        .locator('.message-text')
        .last()
        .evaluate((text) => text.scrollHeight - text.clientHeight),
    ).toBe(0)
  })

  it('shows in place of the form why the user cannot write', async (t) => {
    const { server, chat } = await serverWith(t, 0)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    await chat.open('tea')
    await page.goto(`${server.url}/rooms/tea`)
    expect(await page.getByLabel('Message tea').isVisible()).toBe(true)
    await chat.ask({ type: 'change', room: 'tea', key: 'archive', archived: true }, 'done')
    await page.reload()
    expect(await page.locator('.write-blocked').innerText()).toBe('This room is archived. No one can post.')
    expect(await page.getByLabel('Message tea').isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'Send' }).isVisible()).toBe(false)
  })

  it('signs in and out in the chosen language and colours', async (t) => {
    const { server } = await serverWith(t, 0)
    const page = await open(t, server.url, { ...scriptless, locale: 'en-GB', colorScheme: 'light' })
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await paper()
    await page.getByRole('button', { name: '简体中文' }).click()
    await page.getByRole('button', { name: '深色' }).click()
    expect(await paper()).not.toBe(light)
    await page.getByLabel('你的名字').fill('小李')
    await page.getByRole('button', { name: '加入' }).click()
    await page.getByPlaceholder('给“大厅”发消息').waitFor()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.locator('.auth-form').getByRole('button', { name: '退出登录' }).click()
    await page.getByLabel('你的名字').waitFor()
  })
})

describe('shared address', () => {
  it('opens after sign-in', async (t) => {
    const { server } = await serverWith(t, 120)
    const page = await open(t, `${server.url}/rooms/lobby/30`, {})
    await page.getByLabel('Your name').fill('Anna')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.locator('#m30.target').waitFor()
    expect(new URL(page.url()).pathname).toBe('/rooms/lobby/30')
    await expect.poll(() => page.locator('#m30').evaluate((one) => one.getBoundingClientRect().top > 0)).toBe(true)
  })
})

describe('page when the server cannot be reached', () => {
  it('says so in the reader’s language and theme, and returns once it can', async (t) => {
    const { server } = await serverWith(t, 1)
    const { page, context } = await visit(t, browser, server, 'Anna', { serviceWorkers: 'allow' })
    await page.evaluate(() => navigator.serviceWorker.ready)
    await context.addCookies([{ name: 'language', value: 'zh', url: server.url }])
    await page.reload()
    await page.waitForFunction(() => navigator.serviceWorker.controller?.scriptURL.includes('language=zh-CN'))
    await server.stop()
    await page.reload()
    await page.getByText(/无法连接服务器，以下是截至 \d\d:\d\d 的消息。/).waitFor()
    expect(await texts(page)).toEqual(['message 1'])
    await page.goto(`${server.url}/mentions`)
    await page.getByRole('heading', { name: '无法连接服务器' }).waitFor()
    expect(await page.locator('.auth-logo').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(
      0,
    )
    expect(await page.locator('main').evaluate((main) => getComputedStyle(main).textAlign)).toBe('center')
    await server.restart()
    await page.getByRole('heading', { name: '无法连接服务器' }).waitFor({ state: 'detached' })
    await page.goto(server.url)
    await page.locator('#m1').waitFor()
  })

  it('is never shown from a cache', async (t) => {
    const { server, chat } = await serverWith(t, 1)
    const { page } = await visit(t, browser, server, 'Anna', { serviceWorkers: 'allow' })
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await chat.say('lobby', 'a new one')
    await page.reload()
    expect(await texts(page)).toEqual(['message 1', 'a new one'])
    const kept = await page.evaluate(async () => {
      const caches = await self.caches.keys()
      const requests = await Promise.all(caches.map(async (name) => (await self.caches.open(name)).keys()))
      return requests.flat().map(({ url }) => new URL(url).pathname)
    })
    expect(kept).toContain('/offline')
    expect(kept.filter((path) => !/^\/((offline|shell)$|static\/|icon\/)/.test(path))).toEqual([])
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, visit } from '../support/browser.ts'
import { startServer } from '../support/server.ts'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const log = (page: Page) => page.getByRole('log')
const composer = (page: Page) => page.getByRole('textbox', { name: /^Write to/ })

async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** Waits until the page shows the text as a message that is stored. */
async function sees(page: Page, text: string): Promise<void> {
  await log(page).locator('.message:not(.unsent)', { hasText: text }).waitFor()
}

async function texts(page: Page): Promise<string[]> {
  return await log(page).locator('.message-text').allInnerTexts()
}

describe('the page', { timeout: 60_000 }, () => {
  it('lets two people in two browsers talk', async (t) => {
    const server = await startServer(t)
    const { page: anna } = await visit(t, browser, server, 'Anna')
    const { page: bo } = await visit(t, browser, server, 'Bo')
    await log(anna)
      .getByText(/Bo.? joined/)
      .waitFor()
    await say(anna, 'hello Bo')
    await sees(bo, 'hello Bo')
    await say(bo, '你好，Anna')
    await sees(anna, '你好，Anna')
    expect(await texts(anna)).toEqual(['hello Bo', '你好，Anna'])
    expect(await texts(bo)).toEqual(['hello Bo', '你好，Anna'])
    await bo.close()
    await log(anna)
      .getByText(/Bo.? left/)
      .waitFor()
  })
  it('lists several tabs of one person once', async (t) => {
    const server = await startServer(t)
    const { page, context } = await visit(t, browser, server, 'Anna')
    const other = await context.newPage()
    await other.goto(server.url)
    await other.getByRole('heading', { name: '1 here' }).waitFor()
    expect(await page.locator('.people-list .person-name').allInnerTexts()).toEqual(['Anna'])
    await say(other, 'from the other tab')
    await sees(page, 'from the other tab')
  })
  it('keeps the messages over a reload', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna')
    await say(page, 'one')
    await say(page, 'two')
    await sees(page, 'two')
    await page.reload()
    await sees(page, 'two')
    expect(await texts(page)).toEqual(['one', 'two'])
  })
  it('comes back by itself when the server is restarted, and sends what was written meanwhile', async (t) => {
    const server = await startServer(t)
    const { page: anna } = await visit(t, browser, server, 'Anna')
    const { page: bo } = await visit(t, browser, server, 'Bo')
    await say(anna, 'before')
    await sees(bo, 'before')
    await server.stop()
    await say(anna, 'while it is away')
    await anna.locator('.unsent', { hasText: 'while it is away' }).waitFor()
    await anna.getByRole('button', { name: 'Try now' }).waitFor()
    await server.restart()
    await sees(anna, 'while it is away')
    await sees(bo, 'while it is away')
    await say(bo, 'after')
    await sees(anna, 'after')
    for (const page of [anna, bo]) expect(await texts(page)).toEqual(['before', 'while it is away', 'after'])
  })
  it('shows HTML in a message, in a name and in a draft as text', async (t) => {
    const server = await startServer(t)
    const { page: anna } = await visit(t, browser, server, '<img src=x onerror=a()>')
    const { page: bo } = await visit(t, browser, server, 'Bo')
    const alarms: string[] = []
    for (const page of [anna, bo])
      page.on('console', (message) => message.type() === 'error' && alarms.push(message.text()))
    const hostile =
      '</script><script>document.title = "run"</script><img src=x onerror="document.title = 1"><b>bold</b>'
    await say(anna, hostile)
    await sees(bo, hostile)
    await bo.reload()
    await sees(bo, hostile)
    for (const page of [anna, bo]) {
      expect(await log(page).locator('b, script, img[src="x"]').count()).toBe(0)
      expect(await page.title()).not.toMatch(/run|^1$/)
    }
    expect(await bo.locator('.message-name').allInnerTexts()).toEqual(['<img src=x onerror=a()>'])
    expect(alarms).toEqual([])
  })
  it('says that it is not connected, lets one go on writing, and sends it later', async (t) => {
    const server = await startServer(t)
    const { page, context } = await visit(t, browser, server, 'Anna')
    await say(page, 'online')
    await sees(page, 'online')
    await server.stop()
    await page.getByRole('button', { name: 'Try now' }).waitFor()
    await say(page, 'first')
    await say(page, 'second')
    await page.getByText(/2 messages/).waitFor()
    await page.close()
    await server.restart()
    const again = await context.newPage()
    await again.goto(server.url)
    await sees(again, 'second')
    expect(await texts(again)).toEqual(['online', 'first', 'second'])
  })
  it('is for a thumb too: the button sends, Enter breaks the line, people are in a drawer', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna', phone)
    await composer(page).fill('one')
    await composer(page).press('Enter')
    await composer(page).pressSequentially('two')
    await page.getByRole('button', { name: 'Send' }).tap()
    await sees(page, 'one')
    expect(await texts(page)).toEqual(['one\ntwo'])
    expect(await page.getByRole('heading', { name: '1 here' }).isVisible()).toBe(false)
    await page.locator('.top-people').tap()
    await page.getByRole('heading', { name: '1 here' }).waitFor()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
  })
  it('goes to the door when signed out, in every tab', async (t) => {
    const server = await startServer(t)
    const { page, context } = await visit(t, browser, server, 'Anna')
    const other = await context.newPage()
    await other.goto(server.url)
    await composer(other).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Your name').waitFor()
    await other.getByLabel('Your name').waitFor()
    expect(await other.getByLabel('Your name').inputValue()).toBe('Anna')
  })
  it('says what is wrong with a name, and keeps what was typed', async (t) => {
    const server = await startServer(t)
    const context = await browser.newContext()
    t.onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(server.url)
    const name = page.getByLabel('Your name')
    expect((await name.inputValue()).length).toBeGreaterThan(0)
    await name.fill('x'.repeat(33))
    await name.press('Enter')
    await page.getByText('A name has at most 32 characters.').waitFor()
    expect(await name.inputValue()).toBe('x'.repeat(33))
    await name.fill('Anna')
    await name.press('Enter')
    await composer(page).waitFor()
  })
  it('has something to read before the script runs, and asks nobody else for anything', async (t) => {
    const server = await startServer(t)
    const { page, context } = await visit(t, browser, server, 'Anna')
    await say(page, 'read me')
    await sees(page, 'read me')
    const asked: string[] = []
    context.on('request', (request) => asked.push(new URL(request.url()).origin))
    await page.reload()
    await sees(page, 'read me')
    expect(new Set(asked)).toEqual(new Set([server.url]))
    const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() })
    t.onTestFinished(() => plain.close())
    const without = await plain.newPage()
    await without.goto(server.url)
    expect(await texts(without)).toEqual(['read me'])
  })
})

describe('a page of ten years ago', { timeout: 60_000 }, () => {
  it('works unmodified once its user has signed in', async (t) => {
    const server = await startServer(t)
    const { page: anna, context } = await visit(t, browser, server, 'Anna')
    await anna.close()
    const old = await context.newPage()
    const html = readFileSync(join(import.meta.dirname, 'classic-page.html'), 'utf8')
    await old.route('**/old.html', (route) => route.fulfill({ body: html, contentType: 'text/html' }))
    await old.goto(`${server.url}/old.html`)
    await old.locator('#messages', { hasText: 'Anna joined.' }).waitFor()
    const { page: bo } = await visit(t, browser, server, 'Bo')
    await old.locator('#messages', { hasText: 'Bo joined.' }).waitFor()
    expect(await old.locator('#users li').allInnerTexts()).toEqual(['Anna', 'Bo'])
    await say(bo, 'hello, old page')
    await old.locator('#messages', { hasText: 'Bo: hello, old page' }).waitFor()
    await old.locator('#text').fill('  hello, Bo ')
    await old.locator('#text').press('Enter')
    await sees(bo, 'hello, Bo')
    await bo.close()
    await old.locator('#messages', { hasText: 'Bo left.' }).waitFor()
    expect(await old.locator('#users li').allInnerTexts()).toEqual(['Anna'])
  })
  it('is told that nobody is signed in', async (t) => {
    const server = await startServer(t)
    const context = await browser.newContext()
    t.onTestFinished(() => context.close())
    const old = await context.newPage()
    const html = readFileSync(join(import.meta.dirname, 'classic-page.html'), 'utf8')
    await old.route('**/old.html', (route) => route.fulfill({ body: html, contentType: 'text/html' }))
    await old.goto(`${server.url}/old.html`)
    await old.locator('#messages', { hasText: '[closed] 4001' }).waitFor()
  })
})

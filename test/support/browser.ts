/** A real browser, headless, with a clean profile for each person. */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Cleanup, TestServer } from './server.ts'
import { patienceMs } from './timeouts.ts'
import { chromium as chromiumPath } from './tools.ts'

/** Chromium's background requests need a network, which tests must not need. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page without an address could not connect to a server on this machine.
  '--disable-features=LocalNetworkAccessChecks',
]

export async function launchBrowser(more: string[] = []): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...args, ...more] })
  browser.on('context', (context) => context.setDefaultTimeout(patienceMs))
  return browser
}

let shared: Promise<Browser> | undefined

/** One browser for all tests of this process, since a start takes a second. Each test has a separate context. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser()
  return shared
}

/** A user in a browser window of their own, signed in by typing their name. */
export async function visit(
  t: Cleanup,
  browser: Browser,
  server: Pick<TestServer, 'url'>,
  name: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext(options)
  t.onTestFinished(() => context.close())
  const page = await context.newPage()
  const joined = joinsRoom(page)
  await page.goto(server.url)
  // By selectors and not by texts, since some users read Chinese.
  await page.locator('#name').fill(name)
  await page.locator('.auth-form button[type=submit]').click()
  await page.locator('#composer').waitFor()
  // Nobody sees anything of a page before its style sheet has come, but a test would find what that takes away.
  await page.waitForLoadState()
  if (options.javaScriptEnabled ?? true) await Promise.all([takenOver(page), joined])
  return { page, context }
}

/** Resolves once the server has opened a room over the page's WebSocket: only from then on does the page see who comes and goes. */
export function joinsRoom(page: Page): Promise<void> {
  return new Promise((resolve) => {
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"type":"opened"')) resolve()
      }),
    )
  })
}

/** Waits until the page's script has taken over from the server's HTML, which looks the same. */
export async function takenOver(page: Page): Promise<void> {
  await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
}

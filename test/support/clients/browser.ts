/** A real browser, headless, with a clean profile for each person. */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { ask } from '../../http/raw-request.ts'
import { patienceMs } from '../run/timeouts.ts'
import { chromium as chromiumPath } from '../run/tools.ts'
import type { Cleanup, TestServer } from '../server/server.ts'

/** Chromium's background requests need a network, which tests must not need. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--in-process-gpu',
  '--js-flags=--no-opt',
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

/** A browser window with a clean profile. Without a service worker, unless the test asks for it: it costs a second load. */
export async function openContext(
  t: Cleanup,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ serviceWorkers: 'block', reducedMotion: 'reduce', ...options })
  t.onTestFinished(() => context.close())
  return context
}

/** A user in a browser window of their own, signed in with their name. */
export async function visit(
  t: Cleanup,
  browser: Browser,
  server: Pick<TestServer, 'url'>,
  name: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await openContext(t, browser, options)
  return { page: await visitIn(context, server, name, options.javaScriptEnabled ?? true), context }
}

/** As above, in a browser window that is there already. */
export async function visitIn(
  context: BrowserContext,
  server: Pick<TestServer, 'url'>,
  name: string,
  hasScript = true,
): Promise<Page> {
  await context.addCookies(await signedIn(server.url, name))
  const page = await context.newPage()
  const joined = joinsRoom(page)
  await page.goto(server.url)
  await page.locator('#composer').waitFor()
  // Nobody sees anything of a page before its style sheet has come, but a test would find what that takes away.
  await page.waitForLoadState()
  if (hasScript) await Promise.all([takenOver(page), joined])
  return page
}

/** The cookies of a browser whose user has typed their name, as the sign-in page would: only without loading that page. */
async function signedIn(url: string, name: string): Promise<Parameters<BrowserContext['addCookies']>[0]> {
  const { host, port } = new URL(url)
  // Only the browser knows where a name like `tea.example` leads.
  const { status, headers, body } = await ask(Number(port), '/signin', {
    method: 'POST',
    headers: { Host: host, Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams({ name })),
  })
  if (status !== 200) throw new Error(`${name} could not sign in: ${status} ${body}`)
  return (headers['set-cookie'] ?? []).map((line) => {
    const [pair = ''] = line.split(';', 1)
    const at = pair.indexOf('=')
    const [httpOnly, sameSite] = [/;\s*httponly/i.test(line), 'Lax' as const]
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url, httpOnly, sameSite }
  })
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

/** Waits until the page has what it loads when it is idle: the banner of a lost connection, for example. */
export async function allLoaded(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    // It comes last.
    performance.getEntriesByType('resource').some(({ name }) => name.includes('/MessageFiles-')),
  )
}

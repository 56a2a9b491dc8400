/** Reloads while the server is stopped, and what the browser keeps for them. */
import { createServer } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { snapshotDatabase } from '../../../../src/client/session/storage-keys.ts'
import { runAxe } from '../../../e2e/axe/run.ts'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { composer, roomLink, say, seesMessage, texts, unsent, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../../../support/server/server.ts'
import { storedData } from '../../../support/server/stored-data.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const secret = 'the secret of oolong'
const unreachable = 'Can’t reach the server'

const banner = (page: Page) => page.locator('.banner', { hasText: unreachable })
/** What stands there when nothing is kept. */
const emptyPage = (page: Page) => page.getByRole('heading', { name: unreachable })

async function expectAccessible(page: Page) {
  expect((await runAxe(page)).faults).toEqual([])
}

/** Waits until the browser has all that a reload without the server needs. */
async function readyForOffline(page: Page, ...kept: string[]) {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await page.evaluate(() => navigator.serviceWorker.ready)
  for (const text of kept) await expect.poll(() => storedData(page, snapshotDatabase)).toContain(text)
}

/** Anna’s page, whose browser is ready for a reload without the server. */
async function annaIsReady(t: Cleanup, ...said: string[]) {
  const server = await startServer(t)
  const { page, context } = await visit(t, browser, server, 'Anna', { serviceWorkers: 'allow' })
  for (const text of said) {
    await say(page, text)
    await seesMessage(page, text)
  }
  await readyForOffline(page, ...said)
  return { server, page, context }
}

async function reloadWithoutServer(page: Page, server: TestServer) {
  await server.stop()
  await page.reload()
  await takenOver(page)
  await banner(page).waitFor()
}

/** Anna and Bo in a private room with a message of Bo’s, whose page is open in Anna’s browser. */
async function annaInDen(t: Cleanup) {
  const server = await startServer(t)
  const { page, context } = await visit(t, browser, server, 'Anna', { serviceWorkers: 'allow' })
  const bo = await join(server, 'Bo')
  const { room } = await bo.ask({ type: 'create', key: 'c', kind: 'private', name: 'den', users: [1] }, 'room')
  await bo.open(room)
  await roomLink(page, 'den').click()
  await waitForRoom(page, 'den')
  await bo.say(room, secret)
  await seesMessage(page, secret)
  await readyForOffline(page, secret)
  return { server, page, context, bo, room }
}

describe('reload without a server', () => {
  it('shows the last messages, the draft and the outbox, and sends what is written in order, once', async (t) => {
    const { server, page } = await annaIsReady(t, 'one', 'two')
    const refused: string[] = []
    page.on('console', (message) => /policy|trusted/i.test(message.text()) && refused.push(message.text()))
    await composer(page).fill('half a thou')
    await server.stop()
    await page.getByRole('button', { name: 'Retry now' }).waitFor()
    await page.reload()
    await takenOver(page)
    await page.getByText(/Can’t reach the server\. You see the messages as of \d\d:\d\d\./).waitFor()
    await expectAccessible(page)
    expect(await texts(page)).toEqual(['one', 'two'])
    expect(await composer(page).inputValue()).toBe('half a thou')
    await say(page, 'three')
    await say(page, 'four')
    await page.reload()
    await takenOver(page)
    await unsent(page).nth(1).waitFor()
    expect(await unsent(page).locator('.message-text').allInnerTexts()).toEqual(['three', 'four'])
    await composer(page).fill('still typing')
    await server.restart()
    await seesMessage(page, 'four')
    await banner(page).waitFor({ state: 'detached' })
    expect(await composer(page).inputValue()).toBe('still typing')
    const all = ['one', 'two', 'three', 'four']
    expect(await texts(page)).toEqual(all)
    await page.reload()
    await seesMessage(page, 'four')
    expect(await texts(page), 'as the server has them').toEqual(all)
    expect(refused).toEqual([])
  })

  it('receives what others wrote meanwhile when the server is back', async (t) => {
    const { server, page } = await annaIsReady(t, 'before')
    await reloadWithoutServer(page, server)
    await server.restart()
    const bo = await join(server, 'Bo')
    await bo.say('lobby', 'after')
    await seesMessage(page, 'after')
    expect(await texts(page)).toEqual(['before', 'after'])
  })

  it('works behind a proxy that answers 502 while the server is away', async (t) => {
    const { server, page } = await annaIsReady(t, 'through the proxy')
    await server.stop()
    const proxy = createServer((_, response) => response.writeHead(502).end('Bad Gateway'))
    await new Promise<void>((resolve) => proxy.listen(server.port, '127.0.0.1', resolve))
    t.onTestFinished(() => void proxy.close())
    await page.reload()
    await takenOver(page)
    await banner(page).waitFor()
    expect(await texts(page)).toEqual(['through the proxy'])
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
    await server.restart()
    await banner(page).waitFor({ state: 'detached' })
  })

  it('shows its room in each of several tabs, and each sends what was written there', async (t) => {
    const { server, page, context } = await annaIsReady(t, 'in the lobby')
    await join(server, 'Bo', 'tea')
    const tea = await context.newPage()
    await tea.goto(`${server.url}/rooms/tea`)
    await takenOver(tea)
    await say(tea, 'about tea')
    await seesMessage(tea, 'about tea')
    await readyForOffline(tea, 'about tea')
    await server.stop()
    for (const tab of [page, tea]) {
      await tab.reload()
      await takenOver(tab)
    }
    expect(await texts(page)).toEqual(['in the lobby'])
    expect(await texts(tea)).toEqual(['about tea'])
    await say(page, 'more of the lobby')
    await say(tea, 'more of tea')
    await server.restart()
    await seesMessage(page, 'more of the lobby')
    await seesMessage(tea, 'more of tea')
    expect(await texts(page)).toEqual(['in the lobby', 'more of the lobby'])
    expect(await texts(tea)).toEqual(['about tea', 'more of tea'])
  })

  it('offers the new page when the server was updated meanwhile, and keeps the draft', async (t) => {
    const { server, page } = await annaIsReady(t, 'before the update')
    // Not over HTTP, where the build stays as it is.
    await page.route(/\/api\//, (route) => route.abort())
    await page.routeWebSocket(/\/ws\/chat$/, (line) => {
      const upstream = line.connectToServer()
      upstream.onMessage((text) => line.send(String(text).replace(/"build":"\w+"/, '"build":"newer"')))
    })
    await reloadWithoutServer(page, server)
    await composer(page).fill('a draft')
    await server.restart()
    await page.locator('.banner', { hasText: 'Update available' }).getByRole('button', { name: 'Reload' }).click()
    await page.waitForLoadState()
    await takenOver(page)
    expect(await composer(page).inputValue()).toBe('a draft')
  })

  it('with nothing kept says so, and shows the page once the server is back', async (t) => {
    const { server, page } = await annaIsReady(t)
    await page.evaluate(() => localStorage.removeItem('teahouse-user'))
    await server.stop()
    await page.reload()
    await emptyPage(page).waitFor()
    await expectAccessible(page)
    await server.restart()
    await composer(page).waitFor()
    await server.stop()
    await page.goto(`${server.url}/account`)
    await emptyPage(page).waitFor()
    await server.restart()
    await page.getByRole('heading', { name: 'Anna' }).waitFor()
  })
})

describe('messages that are kept for a reload without a server', () => {
  it('are deleted by signing out without the server', async (t) => {
    const { server, page } = await annaInDen(t)
    await reloadWithoutServer(page, server)
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    const failed = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest())
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click()
    await failed
    // The browser may still be on its way to its own page about that.
    await expect.poll(() => page.goto(server.url).then(Boolean, () => false)).toBe(true)
    await emptyPage(page).waitFor()
    expect(await storedData(page)).not.toContain(secret)
  })

  it.for(['a page of the chat', 'the sign-in page'])(
    'are deleted by %s that hears that the session has ended',
    async (by, t) => {
      const { server, page, context } = await annaInDen(t)
      await reloadWithoutServer(page, server)
      expect(await texts(page)).toEqual([secret])
      await context.clearCookies()
      if (by === 'the sign-in page') await page.goto('about:blank')
      await server.restart()
      if (by === 'the sign-in page') await page.goto(server.url)
      await page.waitForURL(/\/signin/)
      await expect.poll(() => storedData(page)).not.toContain(secret)
      await server.stop()
      await page.goto(server.url)
      await emptyPage(page).waitFor()
    },
  )

  it('are not shown to the next user of the browser, and are deleted', async (t) => {
    const { server, page, context } = await annaInDen(t)
    await takeSession(server, context, await server.signIn('Cai'))
    await page.goto(server.url)
    await takenOver(page)
    await readyForOffline(page, '"name":"Cai"')
    await expect.poll(() => storedData(page)).not.toContain(secret)
    await reloadWithoutServer(page, server)
    expect(await page.content()).not.toContain(secret)
    expect(await roomLink(page, 'den').count()).toBe(0)
  })

  it('give way to the user whose session the browser has when the server is back, and nothing is sent in their name', async (t) => {
    const { server, page, context } = await annaInDen(t)
    const cai = await server.signIn('Cai')
    await page.goto(server.url)
    await takenOver(page)
    await reloadWithoutServer(page, server)
    await say(page, 'Anna wrote this')
    await unsent(page).waitFor()
    await takeSession(server, context, cai)
    await server.restart()
    await page.locator('.me .person-name', { hasText: 'Cai' }).waitFor()
    await takenOver(page)
    await say(page, 'Cai wrote this')
    await seesMessage(page, 'Cai wrote this')
    expect(await texts(page)).toEqual(['Cai wrote this'])
    await expect.poll(() => storedData(page)).not.toMatch(/oolong|Anna wrote/)
  })

  it('are deleted as soon as the user loses access to their room', async (t) => {
    const { server, page, bo, room } = await annaInDen(t)
    await bo.ask({ type: 'kick', room, key: 'k', user: 1 }, 'done')
    await waitForRoom(page, 'lobby')
    await expect.poll(() => storedData(page)).not.toMatch(/oolong|"den"/)
    await page.goto(server.url)
    await takenOver(page)
    await reloadWithoutServer(page, server)
    expect(await roomLink(page, 'den').count()).toBe(0)
  })

  it.for(['was loaded', 'was not loaded again'])('lack those that are deleted in a room that %s', async (loaded, t) => {
    const { server, page, bo, room } = await annaInDen(t)
    if (loaded === 'was not loaded again') {
      await page.goto(server.url)
      await takenOver(page)
      await readyForOffline(page, secret)
    }
    await bo.ask({ type: 'delete', room, key: 'd', ref: 1 }, 'sent')
    await expect.poll(() => storedData(page)).not.toContain(secret)
  })
})

/** The browser has the person's session from now on. */
async function takeSession(server: TestServer, context: BrowserContext, { cookie }: Pick<Person, 'cookie'>) {
  const [name = '', value = ''] = cookie.split('=')
  await context.clearCookies()
  await context.addCookies([{ name, value, url: server.url }])
}

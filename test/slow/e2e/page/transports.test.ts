/** The page where WebSockets are blocked: it talks over HTTP, and goes back to a WebSocket when it can. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type BlockingProxy, startBlockingProxy } from '../../../support/blocking-proxy.ts'
import { openContext, sharedBrowser, takenOver } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

async function visitBlocked(t: Cleanup, streams: boolean) {
  const server = await startServer(t)
  const proxy = await startBlockingProxy(t, server.port)
  proxy.blocks.streams = streams
  const bo = await join(server, 'Bo')
  const context = await openContext(t, await sharedBrowser())
  const page = await context.newPage()
  await page.goto(proxy.url)
  await page.locator('#name').fill('Anna')
  await page.locator('.auth-form button[type=submit]').click()
  await page.locator('#composer').waitFor()
  await page.waitForLoadState()
  await takenOver(page)
  return { server, proxy, bo, page }
}

async function send(page: Page, text: string) {
  await page.locator('#composer').fill(text)
  await page.locator('#composer').press('Enter')
}

/** Whether the newest request for a stream was of that kind. */
const newest = ({ asked }: BlockingProxy) => asked.findLast((one) => one.startsWith('/api/stream'))

describe('page without a WebSocket', () => {
  it.for([
    ['an event stream', false, /text\/event-stream$/],
    ['long polls, where streams are held back', true, /\*\/\*$/],
  ] as const)('talks over %s', async ([, streams, accept], t) => {
    const { proxy, bo, page } = await visitBlocked(t, streams)
    await expect.poll(async () => (await bo.next('join')).user.name, { timeout: 60_000 }).toBe('Anna')
    await send(page, 'over HTTP')
    expect(await bo.next('chat')).toMatchObject({ data: 'over HTTP', user: { name: 'Anna' } })
    await bo.say('lobby', 'heard')
    await page.getByText('heard', { exact: true }).waitFor()
    await bo.say('lobby', 'heard again')
    await page.getByText('heard again', { exact: true }).waitFor()
    expect(await page.locator('article', { hasText: 'over HTTP' }).count()).toBeLessThanOrEqual(1)
    expect(newest(proxy)).toMatch(accept)
  })

  it('returns to a WebSocket when that works again', async (t) => {
    const { proxy, bo, page } = await visitBlocked(t, false)
    await bo.next('join')
    proxy.blocks.sockets = false
    const socket = await page.waitForEvent('websocket', (one) => one.url().endsWith('/ws/chat'))
    await socket.waitForEvent('framereceived')
    await send(page, 'over a WebSocket')
    expect(await bo.next('chat')).toMatchObject({ data: 'over a WebSocket' })
  })
})

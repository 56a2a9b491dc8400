/** The icon that the owner has chosen, in the tab and on the pages. */
import type { Browser } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { ownerNamed } from '../../../support/clients/visitor.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

it('icon of the server › is drawn on the sign-in page and beside the rooms, and follows unread messages in the tab', async (t) => {
  const server = await startServer(t)
  const li = await ownerNamed(server, 'Li')
  await li.post('/admin/server', { name: 'Corner', emoji: '🍵' })
  const cup = encodeURIComponent('🍵')

  const context = await browser.newContext({ javaScriptEnabled: false })
  t.onTestFinished(() => context.close())
  const signIn = await context.newPage()
  await signIn.goto(`${server.url}/signin`)
  const logo = signIn.locator('.auth-logo')
  expect(await logo.getAttribute('src')).toBe(`/icon/plain/green/${cup}`)
  await expect.poll(() => logo.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBe(64)

  const { page: anna } = await visit(t, browser, server, 'Anna')
  await takenOver(anna)
  const icon = () => anna.locator('link[rel=icon]').getAttribute('href')
  expect(await anna.locator('.rooms-head img').getAttribute('src')).toBe(`/icon/plain/green/${cup}`)
  await expect.poll(icon).toBe(`/icon/plain/green/${cup}`)
  const chat = await li.connect()
  await chat.open('oolong')
  await chat.open('lobby')
  await anna.waitForLoadState()
  await anna.goto(`${server.url}/rooms/oolong`)
  await takenOver(anna)
  await chat.ask({ type: 'chat', room: 'lobby', key: 'k1', data: 'tea is ready' }, 'sent')
  await expect.poll(icon).toBe(`/icon/unread/green/${cup}`)
  await chat.ask({ type: 'chat', room: 'lobby', key: 'k2', data: '@Anna come' }, 'sent')
  await expect.poll(icon).toBe(`/icon/mention/green/${cup}`)
  await chat.close()
})

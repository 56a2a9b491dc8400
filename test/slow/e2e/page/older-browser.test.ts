/** Browsers that lack something: little is written around, and where it is too much, the page that needs no script stays. */
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

describe('older browser', () => {
  it('runs the page without the newest functions (FAULTS 6)', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna')
    await page.addInitScript(() => {
      Reflect.deleteProperty(RegExp, 'escape')
      Reflect.deleteProperty(URL, 'parse')
      Reflect.deleteProperty(Promise, 'withResolvers')
      Reflect.deleteProperty(Object, 'groupBy')
      Reflect.deleteProperty(Map, 'groupBy')
    })
    await page.goto(server.url)
    await takenOver(page)
    expect(await page.evaluate(() => 'parse' in URL || 'groupBy' in Map)).toBe(false)
    await page.locator('#composer').fill('see https://example.org/tea')
    await page.locator('#composer').press('Enter')
    await page.locator('.message[data-id="1"] a[href="https://example.org/tea"]').waitFor()
  })
  it.for(['WebSocket', 'Proxy', 'showPopover', 'checkVisibility'])(
    'keeps the page of the server without %s, and its form posts (FAULTS 6)',
    async (lacking, t) => {
      const server = await startServer(t)
      const { page } = await visit(t, browser, server, 'Anna')
      await page.addInitScript((name) => {
        for (const holder of [globalThis, HTMLElement.prototype, Element.prototype])
          Reflect.deleteProperty(holder, name)
      }, lacking)
      const failed = page.waitForEvent('pageerror')
      await page.goto(server.url)
      expect((await failed).message).toContain(lacking)
      await page.locator('#composer').fill('from an older browser')
      await page.locator('.composer-send').click()
      await page.locator('.message[data-id="1"]', { hasText: 'from an older browser' }).waitFor()
      expect(await page.evaluate((name) => name in globalThis || name in document.body, lacking)).toBe(false)
    },
  )
})

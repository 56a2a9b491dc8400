/** The header of a room. */
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { makeRoom, phone, say, waitForRoom } from '../../../support/clients/page.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

describe('topic of a room', () => {
  it.for([
    ['desktop', { viewport: { width: 1280, height: 800 } }],
    ['phone', phone],
  ] as const)(
    'stands below the name, begins where it begins, and has live links: %s (PAGE-REVIEW 8)',
    async ([, options], t) => {
      const server = await startServer(t)
      const { page } = await visit(t, browser, server, 'Anna', options)
      if (options === phone) await page.getByRole('button', { name: 'Rooms' }).click()
      await makeRoom(page, { kind: 'Public', name: 'Tea' })
      await waitForRoom(page, 'Tea')
      await say(page, `/topic See https://tea.example/menu ${'and bring a cup '.repeat(12)}`)
      const topic = page.locator('.room-header-topic')
      await topic.waitFor()
      expect(await topic.getByRole('link').getAttribute('href')).toBe('https://tea.example/menu')
      const name = await page.locator('.room-header-details bdi').boundingBox()
      const box = await topic.boundingBox()
      expect(box?.y).toBeGreaterThanOrEqual((name?.y ?? 0) + (name?.height ?? 0))
      expect(Math.abs((box?.x ?? 0) - (name?.x ?? 0))).toBeLessThanOrEqual(2)
      const details = page.locator('.room-header-details')
      expect(await details.evaluate((one) => one.scrollWidth <= one.clientWidth)).toBe(true)
      // The whole name, and what opens the menus, are still there.
      expect(name?.width).toBeGreaterThan(20)
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      const people = await page.locator('.room-header-people, .people').first().boundingBox()
      expect((people?.x ?? 0) + (people?.width ?? 0)).toBeLessThanOrEqual(options.viewport.width)
    },
  )
})

/** The server asks the page to wait: it asks again by itself, and shows nothing wrong meanwhile. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { sayMany } from '../../../support/clients/chat-clients.ts'
import { choose, roomLink, say, seesMessage, switchTo } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

/** Anna in a room that she has made by its name. */
async function annaInTheCellar(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const { page, context } = await visit(t, browser, server, 'Anna')
  await switchTo(page, 'Cellar')
  return { server, page, context }
}

/** The first command of that type is answered with `too-fast`. */
async function refuseFirst(page: Page, type: string): Promise<() => boolean> {
  let isRefused = false
  await page.routeWebSocket(/\/ws\/chat$/, (line) => {
    const server = line.connectToServer()
    line.onMessage((text) => {
      const { type: command, room } = JSON.parse(String(text))
      if (command !== type || isRefused) return server.send(text)
      isRefused = true
      line.send(JSON.stringify({ type: 'error', code: 'too-fast', message: '', command, room, retryAfterMs: 300 }))
    })
  })
  return () => isRefused
}

describe('the creator of a room that was opened by its name', () => {
  it('pins messages in it without a reload', async (t) => {
    const { page } = await annaInTheCellar(t)
    await say(page, 'oolong')
    await seesMessage(page, 'oolong')
    await choose(page, 1, 'Pin')
    await page.locator('.pinned').getByText('oolong').waitFor()
  })
})

describe('a request that is refused as too fast', () => {
  it('for pinned messages is sent again, and the head of the room shows the newest one', async (t) => {
    const { page, server } = await annaInTheCellar(t)
    const chat = await (await server.signIn('Cook')).connect()
    await chat.open('Cellar')
    await sayMany(chat, 'Cellar', 120)
    await choose(page, 120, 'Pin')
    await page.locator('.pinned').waitFor()
    await refuseFirst(page, 'pins')
    await page.goto(`${server.url}/rooms/Cellar/1`)
    await takenOver(page)
    await page.locator('.pinned').getByText('message 120', { exact: true }).waitFor()
  })

  it('for the members is sent again', async (t) => {
    const { page, server } = await annaInTheCellar(t)
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('Cellar')
    await bo.close()
    const isRefused = await refuseFirst(page, 'members')
    await page.reload()
    await takenOver(page)
    await page.locator('.offline-one', { hasText: 'Bo' }).waitFor()
    expect(isRefused()).toBe(true)
  })

  it('to mark a message as unread leaves the room read', async (t) => {
    const { page, server } = await annaInTheCellar(t)
    const isRefused = await refuseFirst(page, 'unread')
    await page.reload()
    await takenOver(page)
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('Cellar')
    await bo.say('Cellar', 'oolong')
    await seesMessage(page, 'oolong')
    await expect.poll(() => roomLink(page, 'Cellar').locator('.rooms-unread').count()).toBe(0)
    await choose(page, 1, 'Mark as unread from here')
    await expect.poll(isRefused).toBe(true)
    await expect.poll(() => roomLink(page, 'Cellar').locator('.rooms-unread').count()).toBe(0)
  })
})

/** Message requests of guests, and blocked users, in the browser. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { action, composer, phone, roomLink, say, seesMessage, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function asked(t: Cleanup, options: BrowserContextOptions = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const { page: anna } = await visit(t, browser, server, 'Anna', options)
  const { page: bo } = await visit(t, browser, server, 'Bo')
  await action(bo, 'Anna', /^Message/)
  await waitForRoom(bo, 'Anna')
  await say(bo, '@Anna, may I?')
  return { anna, bo }
}

describe('message request', () => {
  it('arrives without a notification, and can be accepted by keyboard (SECURITY-REVIEW 19)', async (t) => {
    const { anna, bo } = await asked(t)
    const requests = anna.locator('.rooms-group', { hasText: 'Requests' })
    await requests.getByText('1 unread message').waitFor()
    expect(await anna.title()).toBe('lobby · Teahouse')
    await roomLink(anna, 'Bo').focus()
    await anna.keyboard.press('Enter')
    await seesMessage(anna, '@Anna, may I?')
    const online = bo.locator('.people-list > ul').getByText('Anna')
    expect(await online.count()).toBe(0)
    await anna.getByRole('button', { name: 'Accept' }).focus()
    await anna.keyboard.press('Enter')
    await anna.locator('.request').waitFor({ state: 'detached' })
    await anna.locator('.rooms-group', { hasText: 'Direct messages' }).waitFor()
    await online.waitFor()
    await expect.poll(() => composer(anna).evaluate((box) => box === document.activeElement)).toBe(true)
  })
  it('can be declined by touch, and does not come back (SECURITY-REVIEW 19)', async (t) => {
    const { anna, bo } = await asked(t, phone)
    await anna.locator('.room-header-rooms').tap()
    await roomLink(anna, 'Bo').tap()
    await anna.getByRole('button', { name: 'Decline' }).tap()
    await waitForRoom(anna, 'lobby')
    await say(bo, 'hello?')
    await seesMessage(bo, 'hello?')
    expect(await roomLink(anna, 'Bo').count()).toBe(0)
  })
})

describe('blocked user', () => {
  it('writes messages that are collapsed until they are opened (SECURITY-REVIEW 19)', async (t) => {
    const { anna, bo } = await asked(t)
    await action(anna, 'Bo', /^Block/)
    await roomLink(bo, 'lobby').click()
    await waitForRoom(bo, 'lobby')
    await say(bo, 'you again')
    const summary = anna.locator('summary', { hasText: 'Message from a blocked person' })
    await summary.waitFor()
    expect(await anna.getByText('you again').isVisible()).toBe(false)
    await summary.click()
    expect(await anna.getByText('you again').isVisible()).toBe(true)
  })
})

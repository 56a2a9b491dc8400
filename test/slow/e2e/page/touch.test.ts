/** The page on a touch screen. */
import type { Browser, Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join, sayMany } from '../../../support/clients/chat-clients.ts'
import { composer, context, message, phone, seesMessage } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function annaOnThePhone(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  await sayMany(cook, 'lobby', 30)
  const { page } = await visit(t, browser, server, 'Anna', phone)
  const touch = await page.context().newCDPSession(page)
  /** A finger stays there until the menu has come, as no `tap` does. */
  async function rest(on: Locator) {
    const { x = 0, y = 0 } = (await on.boundingBox()) ?? {}
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 40, y: y + 8 }] })
    await menu(page).waitFor()
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }
  return { server, cook, page, rest }
}

const menu = (page: Page) => page.getByRole('menu', { name: 'Message actions' })

/** Whether the element is visible and can be touched. */
const isWithin = (one: Locator) =>
  one.evaluate((element) => {
    const { top, bottom, left, right } = element.getBoundingClientRect()
    return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth
  })

describe('page on a touch screen', () => {
  it('a long press on a message opens its menu, and a tap does not', async (t) => {
    const { page, rest } = await annaOnThePhone(t)
    await message(page, 29).tap()
    expect(await menu(page).count()).toBe(0)
    await rest(message(page, 30))
    expect(await menu(page).isVisible()).toBe(true)
    expect(await isWithin(menu(page))).toBe(true)
    await page.getByRole('menuitem', { name: 'Reply' }).tap()
    await context(page).getByText('message 30').waitFor()
    await menu(page).waitFor({ state: 'detached' })
  })

  it('every message has a button that opens its menu, which does not cover the message (PAGE-REVIEW 11)', async (t) => {
    const { page } = await annaOnThePhone(t)
    const list = await page.locator('.log').boundingBox()
    for (const id of [30, 29]) {
      const more = message(page, id).getByRole('button', { name: 'More', exact: true })
      expect(await isWithin(more)).toBe(true)
      await more.tap()
      await menu(page).waitFor()
      const bottom = async () => {
        const { y = 0, height = 0 } = (await message(page, id).boundingBox()) ?? {}
        return y + height
      }
      const top = (await menu(page).boundingBox())?.y ?? 0
      await expect.poll(bottom).toBeLessThanOrEqual(top + 1)
      expect(await menu(page).evaluate((one) => getComputedStyle(one).outlineStyle)).toBe('none')
      await page.touchscreen.tap(195, 100)
      await menu(page).waitFor({ state: 'detached' })
      await expect.poll(() => page.locator('.log').boundingBox()).toEqual(list)
    }
  })

  it('the menu adds a reaction, and a tap outside closes it', async (t) => {
    const { page, rest } = await annaOnThePhone(t)
    await rest(message(page, 30))
    await page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).tap()
    await message(page, 30).locator('.reaction', { hasText: '👍' }).waitFor()
    await rest(message(page, 30))
    await page.touchscreen.tap(195, 100)
    await menu(page).waitFor({ state: 'detached' })
  })

  it('the menu opens a list of who reacted, also of people who are not online (PAGE-REVIEW 15)', async (t) => {
    const { server, cook, page } = await annaOnThePhone(t)
    const dora = await join(server, 'Dora')
    for (const chat of [cook, dora]) {
      await chat.ask({ type: 'react', room: 'lobby', key: '🍵', ref: 30, data: '🍵', on: true }, 'sent')
    }
    await dora.close()
    await message(page, 30).locator('.reaction', { hasText: '2' }).waitFor()
    await message(page, 30).getByRole('button', { name: 'More', exact: true }).tap()
    await page.getByRole('menuitem', { name: 'View reactions' }).tap()
    const list = page.getByRole('dialog', { name: 'Reactions' })
    for (const name of ['Cook', 'Dora']) await list.getByText(name, { exact: true }).waitFor()
    expect(await isWithin(list)).toBe(true)
  })

  it('the box stays visible, however much is written', async (t) => {
    const { page } = await annaOnThePhone(t)
    expect(await isWithin(composer(page))).toBe(true)
    await composer(page).fill(Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n'))
    expect(await isWithin(composer(page))).toBe(true)
    expect(await isWithin(page.getByRole('button', { name: 'Send' }))).toBe(true)
    // As much as the keyboard of a phone leaves.
    await page.setViewportSize({ width: 390, height: 420 })
    expect(await isWithin(composer(page))).toBe(true)
    await page.getByRole('button', { name: 'Send' }).tap()
    await seesMessage(page, 'line 29')
    expect(await composer(page).evaluate((box) => box === document.activeElement)).toBe(true)
  })

  it('drawers open over the messages and close by a tap outside', async (t) => {
    const { page } = await annaOnThePhone(t)
    const rooms = page.getByRole('navigation', { name: 'Rooms' })
    expect(await rooms.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Rooms' }).tap()
    await rooms.waitFor()
    // A tap at the moment in which it opens is not outside of it yet.
    await rooms.tap({ trial: true })
    await page.touchscreen.tap(380, 500)
    await rooms.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: '2 online' }).tap()
    await page.getByRole('complementary', { name: 'People' }).getByText('Cook').waitFor()
  })
})

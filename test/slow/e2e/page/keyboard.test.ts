/** The page without a mouse: the keyboard reaches everything, and the focus is never lost. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openContext, sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join, sayMany } from '../../../support/clients/chat-clients.ts'
import { composer, context, focused, message, seesMessage, texts, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const focusIs = (page: Page, name: string | RegExp) =>
  expect.poll(() => focused(page)).toEqual(typeof name === 'string' ? name : expect.stringMatching(name))

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, name: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await focused(page)) === name) return
    await page.keyboard.press(key)
  }
  throw new Error(`${key} did not lead to ${name}, but to ${await focused(page)}`)
}

async function toLastMessage(page: Page): Promise<void> {
  await page.locator('.log').focus()
  await page.keyboard.press('ArrowUp')
  await focusIs(page, 'm3')
  // Its actions are fetched with the first that are shown.
  await message(page, 3).getByRole('group', { name: 'Message actions' }).waitFor()
}

/** Anna, in a room with three messages of Cook. */
async function annaAmongMessages(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  await sayMany(cook, 'lobby', 3)
  const { page } = await visit(t, browser, server, 'Anna')
  return { server, cook, page }
}

describe('page by keyboard alone', () => {
  it('allows sign-in, writing, opening a room and sign-out', async (t) => {
    const server = await startServer(t)
    const context = await openContext(t, browser)
    const page = await context.newPage()
    await page.goto(server.url)
    await tabTo(page, 'name')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Anna')
    await page.keyboard.press('Enter')
    await takenOver(page)
    await focusIs(page, 'composer')
    await page.keyboard.type('hello')
    await page.keyboard.press('Enter')
    await seesMessage(page, 'hello')
    await focusIs(page, 'composer')
    await page.keyboard.press('Control+k')
    await focusIs(page, 'Room or person')
    await page.keyboard.type('oolong')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await waitForRoom(page, 'oolong')
    await focusIs(page, 'composer')
    await page.keyboard.press('Alt+ArrowUp')
    await waitForRoom(page, 'lobby')
    await focusIs(page, 'composer')
    await tabTo(page, 'Sign out', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await focusIs(page, 'Stay signed in')
    await tabTo(page, 'Sign out')
    await page.keyboard.press('Enter')
    await page.getByLabel('Your name').waitFor()
  })

  it('moves from message to message, and answers one', async (t) => {
    const { page, cook } = await annaAmongMessages(t)
    await toLastMessage(page)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await focusIs(page, 'm1')
    await page.keyboard.press('ArrowDown')
    await focusIs(page, 'm2')
    await message(page, 2).getByRole('group', { name: 'Message actions' }).waitFor()
    await tabTo(page, 'Reply')
    await page.keyboard.press('Enter')
    await focusIs(page, 'composer')
    await page.keyboard.type('indeed')
    await page.keyboard.press('Enter')
    expect(await cook.nextWhere(({ type, id }) => type === 'chat' && id === 4)).toMatchObject({ reply: 2 })
  })

  it('opens the actions of a message with Enter, and returns the focus to it (PAGE-REVIEW 19)', async (t) => {
    const { page } = await annaAmongMessages(t)
    await toLastMessage(page)
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await focusIs(page, 'Reply')
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    await focusIs(page, 'm3')
  })

  it('goes to the messages and to the other parts of the page with F6 (PAGE-REVIEW 19)', async (t) => {
    const { page } = await annaAmongMessages(t)
    const part = () =>
      page.evaluate(() => document.activeElement?.closest('.rooms, .log, .composer, .people')?.className.split(' ')[0])
    await focusIs(page, 'composer')
    await page.keyboard.press('Shift+F6')
    await focusIs(page, 'm3')
    await page.keyboard.press('Shift+F6')
    expect(await part()).toBe('rooms')
    await page.keyboard.press('F6')
    await focusIs(page, 'm3')
    await page.keyboard.press('F6')
    await focusIs(page, 'composer')
    await page.keyboard.press('F6')
    expect(await part()).toBe('people')
    await page.keyboard.press('F6')
    expect(await part()).toBe('rooms')
  })

  it('shows the whole toolbar of a message that the arrow keys scroll to (PAGE-REVIEW 19)', async (t) => {
    const { page, cook } = await annaAmongMessages(t)
    await sayMany(cook, 'lobby', 40)
    await message(page, 40).waitFor()
    await page.locator('.log').focus()
    for (let presses = 0; presses < 30; presses++) await page.keyboard.press('ArrowUp')
    await focusIs(page, 'm11')
    const toolbar = message(page, 11).getByRole('group', { name: 'Message actions' })
    await toolbar.waitFor()
    const log = await page.locator('.log').boundingBox()
    const box = await toolbar.boundingBox()
    expect(box?.y).toBeGreaterThanOrEqual(log?.y ?? 0)
  })

  it('adds a reaction, and the focus returns', async (t) => {
    const { page } = await annaAmongMessages(t)
    await toLastMessage(page)
    await tabTo(page, 'More')
    await page.keyboard.press('Enter')
    await focusIs(page, 'Reply')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await message(page, 3).locator('.reaction').waitFor()
    await focusIs(page, 'More')
    await page.keyboard.press('Enter')
    await focusIs(page, 'Reply')
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    await focusIs(page, 'More')
  })

  it('selects any emoji for a message, or cancels', async (t) => {
    const { page } = await annaAmongMessages(t)
    await toLastMessage(page)
    await tabTo(page, 'React')
    await page.keyboard.press('Enter')
    await focusIs(page, 'Search emoji')
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').waitFor({ state: 'detached' })
    await focusIs(page, 'React')
    await page.keyboard.press('Enter')
    await focusIs(page, 'Search emoji')
    await page.keyboard.type('teapot')
    await page.getByRole('button', { name: 'teapot' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await message(page, 3).locator('.reaction', { hasText: '🫖' }).waitFor()
    expect(await focused(page)).not.toBe('nothing')
  })

  it('opens a picker or menu again while it closes', async (t) => {
    const { page } = await annaAmongMessages(t)
    await toLastMessage(page)
    for (const [name, opened] of [
      ['React', 'Search emoji'],
      ['More', 'Reply'],
    ] as const) {
      const button = message(page, 3).getByRole('button', { name, exact: true })
      await button.press('Enter')
      await focusIs(page, opened)
      // A browser tells the page in a later task that it has closed something: the press comes before.
      const isShut = await button.evaluate((one: HTMLElement) => {
        document.querySelector<HTMLElement>(':popover-open')?.hidePopover()
        const isShut = !document.querySelector(':popover-open')
        one.click()
        return isShut
      })
      expect(isShut).toBe(true)
      await focusIs(page, opened)
      await page.keyboard.press('Escape')
      await focusIs(page, name)
    }
  })

  it('edits a message, and the focus returns to the box', async (t) => {
    const { page } = await annaAmongMessages(t)
    await page.keyboard.type('teh')
    await page.keyboard.press('Enter')
    await seesMessage(page, 'teh')
    await page.keyboard.press('ArrowUp')
    await context(page).waitFor()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('the')
    await page.keyboard.press('Enter')
    await message(page, 4).getByText('edited').waitFor()
    await focusIs(page, 'composer')
    expect((await texts(page)).at(-1)).toBe('the')
  })

  it('letters typed on a message go to the box, and a question mark opens the shortcuts', async (t) => {
    const { page } = await annaAmongMessages(t)
    await toLastMessage(page)
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await focusIs(page, 'm3')
    await page.keyboard.type('hi')
    await focusIs(page, 'composer')
    expect(await composer(page).inputValue()).toBe('hi')
  })

  it('returns the focus from every dialog', async (t) => {
    const { page } = await annaAmongMessages(t)
    for (const [name, title] of [
      ['Settings', 'Settings'],
      ['Jump to…', 'Jump to…'],
    ] as const) {
      await page.getByRole('button', { name }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog', { name: title }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await focusIs(page, name)
    }
  })
})

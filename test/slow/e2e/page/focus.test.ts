/** When the focused element disappears, the focus goes to the nearest one and never to the body. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join, sayMany } from '../../../support/clients/chat-clients.ts'
import {
  focused,
  makeRoom,
  message,
  openRoomDialog,
  say,
  seesMessage,
  waitForRoom,
} from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const focusIs = (page: Page, name: string) => expect.poll(() => focused(page)).toBe(name)
const isLost = (page: Page) =>
  page.evaluate(() => [document.body, null].includes(document.activeElement as HTMLElement))

async function among(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  await sayMany(cook, 'lobby', 3)
  const { page } = await visit(t, browser, server, 'Anna')
  return { server, cook, page }
}

/** By keyboard, so that the focus is there. */
async function focusMore(page: Page, id: number) {
  await message(page, id).focus()
  const more = message(page, id).getByRole('button', { name: 'More', exact: true })
  await more.waitFor()
  await more.focus()
}

describe('keyboard focus', () => {
  it('stays on a message deleted by keyboard, also after it can no longer be undone (FAULTS 9)', async (t) => {
    const { page } = await among(t)
    await say(page, 'mine')
    await seesMessage(page, 'mine')
    await focusMore(page, 4)
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await focusIs(page, 'Reply')
    for (let i = 0; i < 12 && (await focused(page)) !== 'Delete'; i++) await page.keyboard.press('ArrowDown')
    await focusIs(page, 'Delete')
    await page.keyboard.press('Enter')
    await focusIs(page, 'm4')
    const undo = message(page, 4).getByRole('button', { name: 'Undo' })
    await page.keyboard.press('Tab')
    expect(await undo.evaluate((one) => one === document.activeElement)).toBe(true)
    await undo.waitFor({ state: 'detached' })
    await focusIs(page, 'm4')
    await page.keyboard.press('ArrowUp')
    await focusIs(page, 'm3')
  })

  it('stays on a message whose button had it when another user deletes the message (FAULTS 9)', async (t) => {
    const { page, cook } = await among(t)
    await focusMore(page, 2)
    cook.send({ type: 'delete', room: 'lobby', key: 'd', ref: 2 })
    await message(page, 2).getByText('deleted').waitFor()
    await focusIs(page, 'm2')
  })

  it('goes to the next message when consecutive messages were deleted (FAULTS 9)', async (t) => {
    const { page, cook } = await among(t)
    await say(page, 'mine')
    await seesMessage(page, 'mine')
    await message(page, 2).focus()
    for (const ref of [1, 2, 3]) cook.send({ type: 'delete', room: 'lobby', key: `d${ref}`, ref })
    await message(page, 2).waitFor({ state: 'detached' })
    await focusIs(page, 'm4')
  })

  it('goes to the message when a dialog closes whose button has disappeared (FAULTS 9)', async (t) => {
    const { page, cook } = await among(t)
    await message(page, 3).focus()
    const react = message(page, 3).getByRole('button', { name: 'React', exact: true })
    await react.press('Enter')
    await page.getByRole('searchbox').waitFor()
    cook.send({ type: 'delete', room: 'lobby', key: 'd', ref: 3 })
    await message(page, 3).getByText('deleted').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').waitFor({ state: 'detached' })
    await focusIs(page, 'm3')
  })

  it('stays in the dialog when a row of its list disappears (FAULTS 9)', async (t) => {
    const { page } = await among(t)
    await makeRoom(page, { kind: 'Private', name: 'den' })
    await waitForRoom(page, 'den')
    await openRoomDialog(page)
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Invit/ })
      .press('Enter')
    const dialog = page.getByRole('dialog')
    // It does nothing while the list of links is loading.
    await dialog.locator('button:not([aria-disabled])', { hasText: 'Create link' }).press('Enter')
    await dialog.getByRole('textbox').waitFor()
    await dialog.locator('button:not([aria-disabled])', { hasText: 'Revoke' }).press('Enter')
    await dialog.getByRole('button', { name: /Revoke/ }).waitFor({ state: 'detached' })
    await expect.poll(() => dialog.evaluate((one) => one.contains(document.activeElement))).toBe(true)
  })

  it('is kept when the room disappears (FAULTS 9)', async (t) => {
    const { page, cook } = await among(t)
    // Anna is the second who came.
    const { room } = await cook.ask({ type: 'create', key: 'c', kind: 'private', name: 'den', users: [2] }, 'room')
    await page.locator('.rooms-room', { hasText: 'den' }).press('Enter')
    await waitForRoom(page, 'den')
    await page.locator('.room-header-details').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await cook.ask({ type: 'kick', room, key: 'k', user: 2 }, 'done')
    await waitForRoom(page, 'lobby')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => isLost(page)).toBe(false)
  })
})

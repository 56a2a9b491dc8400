/** Pinned messages: in the menu of a message, at the head of the room and in their list. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { sayMany } from '../../../support/clients/chat-clients.ts'
import { choose, makeRoom, message, seesMessage, switchTo, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const head = (page: Page) => page.getByRole('region', { name: 'Pinned messages' })
const list = (page: Page) => page.getByRole('dialog', { name: 'Pinned messages' })

/** Anna has created a room and moderates it; Bo is in it. */
async function roomWith(t: Cleanup, messages: number) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const anna = await visit(t, browser, server, 'Anna')
  await makeRoom(anna.page, { kind: 'Public', name: 'kitchen' })
  await waitForRoom(anna.page, 'kitchen')
  const chat = await (await server.signIn('Cook')).connect()
  await chat.open('kitchen')
  await sayMany(chat, 'kitchen', messages)
  await message(anna.page, messages).waitFor()
  const bo = await visit(t, browser, server, 'Bo')
  await switchTo(bo.page, 'kitchen')
  await message(bo.page, messages).waitFor()
  return { server, chat, anna: anna.page, bo: bo.page, cookies: await anna.context.cookies() }
}

describe('pinned messages', () => {
  it('appear at the head of the room for everybody, and open in their context', async (t) => {
    const { server, anna, bo } = await roomWith(t, 120)
    expect(await head(bo).count()).toBe(0)
    await choose(anna, 119, 'Pin')
    await anna.getByText('Message pinned').waitFor()
    await head(bo).getByText('message 119', { exact: true }).waitFor()
    await choose(anna, 120, 'Pin')
    await head(bo).getByText('2 pinned').waitFor()
    // Far from them, the page asks for their texts.
    await bo.goto(`${server.url}/rooms/kitchen/1`)
    await takenOver(bo)
    await head(bo).getByText('message 120', { exact: true }).waitFor()
    expect(await message(bo, 120).count()).toBe(0)
    await head(bo).getByText('2 pinned').click()
    const texts = list(bo).locator('.listed-message-text')
    await expect.poll(() => texts.allInnerTexts()).toEqual(['message 120', 'message 119'])
    expect(await list(bo).getByRole('button', { name: 'Unpin' }).count()).toBe(0)
    await list(bo).getByRole('link', { name: 'Show in room' }).last().click()
    await message(bo, 119).waitFor()
    expect(new URL(bo.url()).pathname).toBe('/rooms/kitchen/119')
    expect(await list(bo).count()).toBe(0)
  })

  it('are unpinned from the list, follow edits, and are undone in the notice', async (t) => {
    const { anna, bo, chat } = await roomWith(t, 2)
    await choose(anna, 1, 'Pin')
    await head(bo).getByText('message 1', { exact: true }).waitFor()
    chat.send({ type: 'edit', room: 'kitchen', key: 'edit', ref: 1, data: 'changed' })
    await head(bo).getByText('changed', { exact: true }).waitFor()
    await seesMessage(bo, 'changed')
    await head(anna).getByText('1 pinned').click()
    await list(anna).getByRole('button', { name: 'Unpin' }).click()
    await list(anna).getByText('No pinned messages').waitFor()
    await head(bo).waitFor({ state: 'detached' })
    await anna.keyboard.press('Escape')
    await choose(anna, 2, 'Pin')
    await head(bo).waitFor()
    await anna.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await head(bo).waitFor({ state: 'detached' })
  })

  it('are offered to moderators only, and are listed after a reload', async (t) => {
    const { anna, bo } = await roomWith(t, 1)
    await choose(anna, 1, 'Pin')
    await head(bo).getByText('message 1', { exact: true }).waitFor()
    await message(bo, 1).hover()
    await message(bo, 1).getByRole('button', { name: 'More', exact: true }).click()
    await bo.getByRole('menuitem', { name: 'Copy text' }).waitFor()
    expect(await bo.getByRole('menuitem', { name: 'Unpin' }).count()).toBe(0)
    await bo.reload()
    await head(bo).getByText('message 1', { exact: true }).waitFor()
  })
})

describe('pinned messages › without a script', () => {
  it('are pinned and unpinned by forms', async (t) => {
    const { server, cookies, bo } = await roomWith(t, 2)
    const context = await browser.newContext({ javaScriptEnabled: false })
    t.onTestFinished(() => context.close())
    await context.addCookies(cookies)
    const page = await context.newPage()
    await page.goto(`${server.url}/rooms/kitchen`)
    await message(page, 2).getByRole('button', { name: 'Pin' }).click()
    await page.getByText('message 2', { exact: true }).waitFor()
    await head(bo).getByText('message 2', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Show in room' }).click()
    await head(page).getByText('1 pinned').click()
    await page.getByRole('button', { name: 'Unpin' }).click()
    await page.getByText('No pinned messages').waitFor()
    await head(bo).waitFor({ state: 'detached' })
  })
})

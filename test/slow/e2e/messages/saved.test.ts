/** Saved messages: in the menu of a message, in their list, on all devices of the user. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { joinsRoom, sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { choose, message, seesMessage, switchTo } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const list = (page: Page) => page.getByRole('dialog', { name: 'Saved messages' })
const openList = (page: Page) => page.getByRole('link', { name: 'Saved messages' }).click()

/** Anna has the page open on two devices; Cook has written in the lobby and in tea. */
async function twoDevices(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  await cook.open('tea')
  await cook.say('lobby', 'soup at noon')
  await cook.say('tea', 'oolong at four')
  const { page: one, context } = await visit(t, browser, server, 'Anna')
  const other = await context.newPage()
  const joined = joinsRoom(other)
  await other.goto(server.url)
  await Promise.all([takenOver(other), joined])
  for (const page of [one, other]) await seesMessage(page, 'soup at noon')
  return { server, one, other, cookies: await context.cookies() }
}

async function menuItemsOf(page: Page, id: number): Promise<string[]> {
  await message(page, id).focus()
  await page.keyboard.press('Enter')
  const items = page.getByRole('menuitem')
  await items.first().waitFor()
  const names = await items.allInnerTexts()
  await page.keyboard.press('Escape')
  await items.first().waitFor({ state: 'detached' })
  return names.map((name) => name.trim())
}

describe('saved messages', () => {
  it('are listed across rooms on all devices of the user, open in their context, and are removed from the list', async (t) => {
    const { one, other } = await twoDevices(t)
    await openList(other)
    await list(other).getByText('No saved messages yet').waitFor()
    await choose(one, 1, 'Save for later')
    await one.getByText('Message saved').waitFor()
    await list(other).getByText('soup at noon').waitFor()
    await switchTo(one, 'tea')
    await seesMessage(one, 'oolong at four')
    await choose(one, 1, 'Save for later')
    const texts = list(other).locator('.listed-message-text')
    await expect.poll(() => texts.allInnerTexts()).toEqual(['oolong at four', 'soup at noon'])
    await openList(one)
    await list(one).getByRole('button', { name: 'Remove from saved' }).first().click()
    for (const page of [one, other]) {
      await expect.poll(() => list(page).locator('.listed-message-text').allInnerTexts()).toEqual(['soup at noon'])
    }
    await list(one).getByRole('link', { name: 'Show in room' }).click()
    await seesMessage(one, 'soup at noon')
    expect(new URL(one.url()).pathname).toBe('/rooms/lobby/1')
  })

  it('are saved by keyboard, and the menu says so on the other device and after a reload', async (t) => {
    const { one, other } = await twoDevices(t)
    await message(one, 1).focus()
    await one.keyboard.press('Enter')
    await one.getByRole('menuitem', { name: 'Save for later' }).focus()
    await one.keyboard.press('Enter')
    await one.getByText('Message saved').waitFor()
    await expect.poll(() => menuItemsOf(other, 1)).toContain('Remove from saved')
    await other.waitForLoadState()
    const joined = joinsRoom(other)
    await other.reload()
    await Promise.all([takenOver(other), joined])
    await seesMessage(other, 'soup at noon')
    expect(await menuItemsOf(other, 1)).toContain('Remove from saved')
    await choose(other, 1, 'Remove from saved')
    await expect.poll(() => menuItemsOf(one, 1)).toContain('Save for later')
  })
})

describe('saved messages › without a script', () => {
  it('are saved and removed by forms', async (t) => {
    const { server, one, cookies } = await twoDevices(t)
    const context = await browser.newContext({ javaScriptEnabled: false })
    t.onTestFinished(() => context.close())
    await context.addCookies(cookies)
    const page = await context.newPage()
    await page.goto(`${server.url}/rooms/tea`)
    await message(page, 1).getByRole('button', { name: 'Save for later' }).click()
    await page.getByText('oolong at four', { exact: true }).waitFor()
    await openList(one)
    await list(one).getByText('oolong at four').waitFor()
    await page.getByRole('button', { name: 'Remove from saved' }).click()
    await page.getByText('No saved messages yet').waitFor()
    await list(one).getByText('No saved messages yet').waitFor()
  })
})

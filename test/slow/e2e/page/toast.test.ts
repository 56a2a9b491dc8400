/** The notice of what was done: it can be seen and pressed whatever is open, and hides nothing that is being done. */
import type { Browser, Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { choose, composer, makeRoom, message, say, seesMessage, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const toast = (page: Page) => page.locator('.toast')

/** Anna has written in a room of her own. */
async function annaWrites(t: Cleanup) {
  const server = await startServer(t)
  const { page } = await visit(t, browser, server, 'Anna')
  await makeRoom(page, { kind: 'Private', name: 'Cellar' })
  await waitForRoom(page, 'Cellar')
  await say(page, 'oolong')
  await seesMessage(page, 'oolong')
  return page
}

async function annaPins(t: Cleanup) {
  const page = await annaWrites(t)
  await choose(page, 1, 'Pin')
  await toast(page).getByRole('button', { name: 'Undo' }).waitFor()
  return page
}

/** By keyboard: a toast under the pointer stays. */
async function openDialogUnderPointer(page: Page): Promise<Locator> {
  await toast(page).hover()
  await page.locator('.room-header-details').press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

/** Whether a press in the middle of the element would meet it. */
function isOnTop(page: Page): Promise<boolean> {
  return toast(page).evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    return element.contains(document.elementFromPoint(left + width / 2, top + height / 2))
  })
}

/** Counts how often a screen reader is given the text: each time it comes into a region that is followed. */
async function countAnnouncements(page: Page, text: string): Promise<() => Promise<number>> {
  await page.evaluate((text) => {
    const said: string[] = []
    Object.assign(window, { said })
    new MutationObserver((records) => {
      for (const { target, addedNodes } of records) {
        const element = target instanceof Element ? target : target.parentElement
        if (!element?.closest('[role=status], [role=alert], [aria-live]')) continue
        for (const { textContent } of addedNodes) if (textContent?.includes(text)) said.push(textContent)
      }
    }).observe(document.body, { subtree: true, childList: true })
  }, text)
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said.length)
}

describe('toast', () => {
  it('is above a dialog that is opened later, where it can be pressed, and stays when the dialog closes', async (t) => {
    const page = await annaPins(t)
    const dialog = await openDialogUnderPointer(page)
    await expect.poll(() => isOnTop(page)).toBe(true)
    await dialog.locator('.toast').getByRole('button', { name: 'Undo' }).click()
    await dialog.locator('.toast', { hasText: 'Undone' }).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await toast(page).filter({ hasText: 'Undone' }).waitFor()
    await expect.poll(() => isOnTop(page)).toBe(true)
    await page.locator('.pinned').waitFor({ state: 'detached' })
  })

  it('is announced once, also when it moves into a dialog and out of it', async (t) => {
    const page = await annaWrites(t)
    const announced = await countAnnouncements(page, 'Message pinned')
    await choose(page, 1, 'Pin')
    await expect.poll(announced).toBe(1)
    const dialog = await openDialogUnderPointer(page)
    await dialog.locator('.toast').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await toast(page).waitFor()
    expect(await announced()).toBe(1)
  })

  it('hides no undo button of a message, and keys go to the composer while it is there', async (t) => {
    const page = await annaPins(t)
    await page.locator('.log').focus()
    await page.keyboard.press('g')
    await expect.poll(() => composer(page).inputValue()).toBe('g')
    await composer(page).fill('')
    await choose(page, 1, 'Delete')
    const undo = message(page, 1).getByRole('button', { name: 'Undo' })
    await undo.waitFor()
    expect(await toast(page).count(), 'the toast is still there').toBe(1)
    const [over, under] = await Promise.all([toast(page).boundingBox(), undo.boundingBox()])
    expect(over && under && over.y + over.height <= under.y).toBe(true)
    await undo.click()
    await seesMessage(page, 'oolong')
  })
})

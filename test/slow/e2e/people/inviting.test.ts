/** What an empty or public room offers for inviting others. */
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { closeDialog, makeRoom, openRoomDialog, say, seesMessage, waitForRoom } from '../../../support/clients/page.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

describe('inviting', () => {
  it('to the lobby and to a public room shows the address and its QR code (PAGE-REVIEW 14)', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna')
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Invite people' }).click()
    await dialog.getByRole('img', { name: 'QR code of the room’s address' }).waitFor()
    expect(await dialog.getByLabel('Address of the room').last().inputValue()).toBe(`${server.url}/`)
    await closeDialog(page)
    await makeRoom(page, { kind: 'Public', name: 'Tea' })
    await waitForRoom(page, 'Tea')
    await page.getByRole('button', { name: 'Invite people' }).click()
    expect(await dialog.locator('.invite input').inputValue()).toBe(page.url())
    // Who created it may make links too.
    await dialog.getByRole('button', { name: 'Create link' }).click()
    await expect.poll(() => dialog.locator('.invite input').inputValue()).toMatch(/\/link\//)
  })

  it('is found in the details of a room with messages, for everyone', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna')
    await say(page, 'hello')
    await seesMessage(page, 'hello')
    expect(await page.getByRole('button', { name: 'Invite people' }).count()).toBe(0)
    await openRoomDialog(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Invite people' }).click()
    await page.getByRole('dialog').getByRole('img', { name: 'QR code of the room’s address' }).waitFor()
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Create link' }).count()).toBe(0)
  })
})

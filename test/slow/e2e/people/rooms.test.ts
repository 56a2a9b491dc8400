/** Creating, sharing and leaving rooms. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openContext, sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import {
  action,
  closeDialog,
  composer,
  log,
  makeRoom,
  openRoomDialog,
  phone,
  roomLink,
  say,
  seesMessage,
  waitForRoom,
} from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function people(t: Cleanup, names: string[], options: BrowserContextOptions = {}) {
  const server = await startServer(t)
  const pages: Page[] = []
  for (const name of names) pages.push((await visit(t, browser, server, name, options)).page)
  return { server, pages: pages as [Page, Page, Page] }
}

const hasRoom = (page: Page, name: string) =>
  roomLink(page, name)
    .count()
    .then((count) => count > 0)

describe('private room', () => {
  it('appears at once for added users, and for no one else', async (t) => {
    const { server, pages } = await people(t, ['Anna', 'Bo', 'Cem'])
    const [anna, bo, cem] = pages
    await makeRoom(anna, { kind: 'Private', name: 'Cellar', people: ['Bo'] })
    await waitForRoom(anna, 'Cellar')
    await say(anna, 'nobody hears us')
    await roomLink(bo, 'Cellar').getByText('1 unread message').waitFor()
    await roomLink(bo, 'Cellar').click()
    await seesMessage(bo, 'nobody hears us')
    await say(bo, 'so it seems')
    await seesMessage(anna, 'so it seems')
    expect(await hasRoom(cem, 'Cellar')).toBe(false)
    const answer = await cem.goto(bo.url())
    expect(answer?.status()).toBe(404)
    expect((await cem.goto(`${server.url}/rooms/nowhere`))?.status()).toBe(404)
  })

  it('keeps its address when it is renamed', async (t) => {
    const { pages } = await people(t, ['Anna', 'Bo'])
    const [anna, bo] = pages
    await makeRoom(anna, { kind: 'Private', name: 'Cellar', people: ['Bo'] })
    await roomLink(bo, 'Cellar').click()
    const address = bo.url()
    await openRoomDialog(anna)
    await anna.getByLabel('Name', { exact: true }).fill('Attic')
    await anna.getByLabel('Topic').fill('Under the roof')
    await anna.getByRole('button', { name: 'Save' }).click()
    await waitForRoom(bo, 'Attic')
    await bo.locator('.room-header-topic', { hasText: 'Under the roof' }).waitFor()
    expect(bo.url()).toBe(address)
    await anna.getByRole('button', { name: 'Undo' }).click()
    await waitForRoom(bo, 'Cellar')
  })

  it('can be joined by a link by a new user, who gets straight into it', async (t) => {
    const { pages } = await people(t, ['Anna'])
    const [anna] = pages
    await makeRoom(anna, { kind: 'Private', name: 'Cellar' })
    await anna.getByRole('button', { name: 'Invite people' }).click()
    await anna.getByRole('button', { name: 'Create link' }).click()
    const link = await anna.getByRole('textbox', { name: 'Invitation link' }).inputValue()
    await anna.getByRole('img', { name: 'QR code of the invitation link' }).waitFor()

    const context = await openContext(t, browser)
    const dora = await context.newPage()
    await dora.goto(link)
    await dora.locator('#name').fill('Dora')
    await dora.locator('.auth-button').click()
    await takenOver(dora)
    await waitForRoom(dora, 'Cellar')
    await closeDialog(anna)
    await say(dora, 'I had a link')
    await seesMessage(anna, 'I had a link')

    // It was for one.
    const eve = await (await openContext(t, browser)).newPage()
    expect((await eve.goto(link))?.status()).toBe(404)
  })

  it('cannot be joined by a revoked link', async (t) => {
    const { pages } = await people(t, ['Anna', 'Bo'])
    const [anna, bo] = pages
    await makeRoom(anna, { kind: 'Private', name: 'Cellar' })
    await openRoomDialog(anna)
    await anna.getByRole('button', { name: 'Invitations' }).click()
    await anna.getByRole('button', { name: 'Create link' }).click()
    const link = await anna.getByRole('textbox', { name: 'Invitation link' }).inputValue()
    expect((await bo.goto(link))?.status()).toBe(200)
    await anna.getByRole('button', { name: 'Revoke' }).click()
    await anna.locator('.invite-open').waitFor({ state: 'detached' })
    expect((await bo.goto(link))?.status()).toBe(404)
  })
})

describe('conversation', () => {
  it('starts from a person dialog, has the other user’s name, and is reused the second time', async (t) => {
    const { pages } = await people(t, ['Anna', 'Bo'])
    const [anna, bo] = pages
    await action(anna, 'Bo', /^Message/)
    await waitForRoom(anna, 'Bo')
    await say(anna, 'just you and me')
    await roomLink(bo, 'Anna').click()
    await seesMessage(bo, 'just you and me')
    const address = anna.url()
    await roomLink(bo, 'lobby').click()
    await action(bo, 'Anna', /^Message/)
    await waitForRoom(bo, 'Anna')
    expect(bo.url()).toBe(address)
  })

  it('of several users is named after all of them, and returns for a user who left when another member starts it again, not when a guest does', async (t) => {
    const { pages } = await people(t, ['Anna', 'Bo', 'Cem'])
    const [anna, bo] = pages
    await makeRoom(anna, { kind: 'Direct message', people: ['Bo', 'Cem'] })
    await waitForRoom(anna, 'Bo, Cem')
    await roomLink(bo, 'Anna, Cem').click()
    await openRoomDialog(bo)
    await bo.getByRole('button', { name: 'Close conversation' }).click()
    await waitForRoom(bo, 'lobby')
    await roomLink(bo, 'Anna, Cem').waitFor({ state: 'detached' })
    await say(anna, 'are you still here?')
    await seesMessage(anna, 'are you still here?')
    expect(await roomLink(bo, 'Anna, Cem').count()).toBe(0)
    await makeRoom(bo, { kind: 'Direct message', people: ['Anna', 'Cem'] })
    await waitForRoom(bo, 'Anna, Cem')
    await seesMessage(bo, 'are you still here?')
  })
})

describe('new room dialog', () => {
  it('moves the focus to the next field when the type of room is chosen with the pointer (PAGE-REVIEW 20)', async (t) => {
    const { pages } = await people(t, ['Anna'])
    const [anna] = pages
    await anna.getByRole('button', { name: 'New room' }).click()
    const dialog = anna.getByRole('dialog', { name: 'New room' })
    const isFocused = (label: string) =>
      expect
        .poll(() =>
          dialog
            .getByLabel(label, { exact: true })
            .first()
            .evaluate((one) => one === document.activeElement),
        )
        .toBe(true)
    await isFocused('Name')
    await dialog.getByText('Direct message', { exact: true }).click()
    await isFocused('To')
    await dialog.getByText('Private', { exact: true }).click()
    await isFocused('Name')
  })

  it('leaves the focus on the type of room that the arrow keys choose', async (t) => {
    const { pages } = await people(t, ['Anna'])
    const [anna] = pages
    await anna.getByRole('button', { name: 'New room' }).click()
    await anna.getByRole('radio', { name: 'Public' }).focus()
    await anna.keyboard.press('ArrowRight')
    await anna.keyboard.press('ArrowRight')
    expect(await anna.getByRole('radio', { name: 'Direct message' }).isChecked()).toBe(true)
    expect(
      await anna.getByRole('radio', { name: 'Direct message' }).evaluate((one) => one === document.activeElement),
    ).toBe(true)
  })
})

describe('changed room', () => {
  const notices = (page: Page) => log(page).locator('.notice')

  it('stays empty, and says who changed what (PAGE-REVIEW 17)', async (t) => {
    const { pages } = await people(t, ['Anna', 'Bo'])
    const [anna, bo] = pages
    await makeRoom(anna, { kind: 'Private', name: 'Cellar', people: ['Bo'] })
    await waitForRoom(anna, 'Cellar')
    await roomLink(bo, 'Cellar').click()
    await waitForRoom(bo, 'Cellar')
    await bo.getByText('No messages yet').waitFor()
    await say(anna, '/topic Cold tea')
    for (const page of [anna, bo]) {
      await notices(page)
        .getByText(/Anna.? set the topic: .?Cold tea/)
        .waitFor()
      expect(await page.getByText('No messages yet').isVisible()).toBe(true)
    }
    await bo.reload()
    await bo.getByText('No messages yet').waitFor()
  })
})

describe('left room', () => {
  it('is listed separately, stays left after a reload, and is joined again by opening it', async (t) => {
    const { server, pages } = await people(t, ['Anna'])
    const [anna] = pages
    await makeRoom(anna, { kind: 'Public', name: 'Tea' })
    await waitForRoom(anna, 'Tea')
    await openRoomDialog(anna)
    // She created it and would lose the moderator role, so the page asks.
    await anna.getByRole('button', { name: 'Leave room…' }).click()
    await anna.getByRole('button', { name: 'Leave room', exact: true }).click()
    await waitForRoom(anna, 'lobby')
    await anna.getByText('You’re no longer in “Tea”.').waitFor()
    await anna.goto(server.url)
    await takenOver(anna)
    const others = anna.locator('.rooms-group', { hasText: 'Rooms you’ve left' })
    await others.getByText('Tea').click()
    await waitForRoom(anna, 'Tea')
    await others.waitFor({ state: 'detached' })
  })
})

describe('archived room', () => {
  it('can be read but not written in, and keeps the draft', async (t) => {
    const { server, pages } = await people(t, ['Anna', 'Bo'])
    const [anna, bo] = pages
    await makeRoom(anna, { kind: 'Public', name: 'Tea' })
    await waitForRoom(anna, 'Tea')
    await say(anna, 'it was good')
    await bo.goto(`${server.url}/rooms/Tea`)
    await takenOver(bo)
    await composer(bo).fill('half a sentence')
    await openRoomDialog(anna)
    await anna.getByRole('button', { name: 'Archive room…' }).click()
    await anna.getByRole('button', { name: 'Archive', exact: true }).click()
    await bo.getByText('This room is archived').waitFor()
    await composer(bo).press('Enter')
    expect(await composer(bo).inputValue()).toBe('half a sentence')
    expect(await bo.locator('.unsent').count()).toBe(0)
    await bo.locator('summary', { hasText: 'Archived rooms' }).click()
    expect(await roomLink(bo, 'Tea').isVisible()).toBe(true)
    await anna.getByRole('button', { name: 'Undo' }).click()
    await bo.getByText('This room is archived').waitFor({ state: 'detached' })
    await composer(bo).press('Enter')
    await seesMessage(anna, 'half a sentence')
  })
})

describe('rooms without JavaScript', () => {
  it('rooms are listed in sections, and a conversation has the other user’s name', async (t) => {
    const server = await startServer(t)
    const anna = await join(server, 'Anna')
    const { page: bo } = await visit(t, browser, server, 'Bo', { javaScriptEnabled: false })
    await composer(bo).fill('good morning')
    await bo.locator('.composer-send').click()
    const { user } = await anna.next('chat')
    await anna.ask({ type: 'create', key: 'c', kind: 'direct', users: [user.id] }, 'room')
    await bo.reload()
    await bo.locator('.rooms-group', { hasText: 'Requests' }).getByText('Anna').click()
    await waitForRoom(bo, 'Anna')
    await bo.getByRole('button', { name: 'Accept' }).click()
    await bo.locator('.rooms-group', { hasText: 'Direct messages' }).getByText('Anna').click()
    await waitForRoom(bo, 'Anna')
    expect(await bo.locator('.request').count()).toBe(0)
  })
})

describe('rooms on a phone', () => {
  it('a room can be created, and no dialog is wider than the window', async (t) => {
    const { pages } = await people(t, ['Anna'], { ...phone, viewport: { width: 360, height: 640 } })
    const [anna] = pages
    await anna.locator('.room-header-rooms').tap()
    await makeRoom(anna, { kind: 'Private', name: 'Cellar with a name that goes on and on and on' })
    await waitForRoom(anna, 'Cellar with')
    await openRoomDialog(anna)
    expect(await widthOver(anna)).toBeLessThanOrEqual(0)
    for (const name of ['Members', 'Invitations']) {
      await anna.getByRole('button', { name }).tap()
      await anna.getByRole('dialog', { name: /Cellar/ }).waitFor()
      expect(await widthOver(anna)).toBeLessThanOrEqual(0)
      await closeDialog(anna)
      await openRoomDialog(anna)
    }
  })
})

/** How far the open dialog is wider than there is room for it. */
function widthOver(page: Page): Promise<number> {
  return page.getByRole('dialog').evaluate((dialog) => {
    const inside = dialog.scrollWidth - dialog.clientWidth
    return Math.max(inside, dialog.getBoundingClientRect().right - innerWidth)
  })
}

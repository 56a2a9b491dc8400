/** Moderation on the page: a removed, muted or banned user sees it at once, and actions can be undone. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openContext, sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import {
  action,
  choose,
  composer,
  focused,
  log,
  makeRoom,
  message,
  openRoomDialog,
  press,
  roomLink,
  say,
  seesMessage,
  waitForRoom,
} from '../../../support/clients/page.ts'
import { password } from '../../../support/clients/visitor.ts'
import { type Cleanup, startServer, type TestServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

/** The owner, by the link that the server printed. */
async function enterAsOwner(t: Cleanup, server: TestServer, name: string): Promise<Page> {
  const context = await openContext(t, browser)
  const page = await context.newPage()
  await page.goto(server.ownerLink ?? '')
  await page.locator('#name').fill(name)
  await page.locator('[type=password]').fill(password)
  await page.locator('.auth-button').click()
  await page.locator('.guide-leave').click()
  await page.locator('#composer').waitFor()
  await takenOver(page)
  return page
}

async function ownerAnd(t: Cleanup, name: string) {
  const server = await startServer(t)
  const owner = await enterAsOwner(t, server, 'Olga')
  const { page, context } = await visit(t, browser, server, name)
  return { server, owner, page, context }
}

/** Anna, who moderates the private room in which both are. */
async function moderatorAnd(t: Cleanup, name: string) {
  const server = await startServer(t)
  const { page: anna } = await visit(t, browser, server, 'Anna')
  const { page } = await visit(t, browser, server, name)
  await makeRoom(anna, { kind: 'Private', name: 'Cellar', people: [name] })
  await waitForRoom(anna, 'Cellar')
  await roomLink(page, 'Cellar').click()
  await waitForRoom(page, 'Cellar')
  // Anna is a guest.
  await page.getByRole('button', { name: 'Accept' }).click()
  await anna.locator('.person-open', { hasText: name }).waitFor()
  return { server, anna, page }
}

const undo = (page: Page) => page.getByRole('button', { name: 'Undo' }).click()
const why = (page: Page) => page.locator('.write-blocked')

describe('a user removed from a room', () => {
  it('loses it at once, sees the reason, and is back after an undo', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    const address = bo.url()
    await action(anna, 'Bo', 'Remove from room')
    await waitForRoom(bo, 'lobby')
    await bo.getByText('You’re no longer in “Cellar”.').waitFor()
    expect(await roomLink(bo, 'Cellar').count()).toBe(0)
    expect((await bo.request.get(address)).status()).toBe(404)
    await undo(anna)
    await roomLink(bo, 'Cellar').click()
    await waitForRoom(bo, 'Cellar')
    expect(bo.url()).toBe(address)
  })

  it('stays banned until a moderator lifts the ban in the list of members', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    await action(anna, 'Bo', 'Ban from room…')
    await anna.getByRole('button', { name: 'Ban', exact: true }).click()
    await waitForRoom(bo, 'lobby')
    await openRoomDialog(anna)
    await anna.getByRole('button', { name: 'Members' }).click()
    await anna.getByRole('button', { name: /Bo.*banned until/ }).click()
    await anna.getByRole('button', { name: 'Unban' }).click()
    await anna.getByText(/no longer banned from .*Cellar/).waitFor()
  })
})

describe('ban', () => {
  it('deletes the chosen messages in the same step, is said to moderators, and its mark and end are on the card', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    for (const text of ['buy this', 'buy that']) {
      await say(bo, text)
      await seesMessage(anna, text)
    }
    await action(anna, 'Bo', 'Ban from room…')
    const form = anna.getByRole('form', { name: /Ban .*Bo/ })
    await form.getByRole('group', { name: 'Delete their messages in this room' }).getByLabel('All').check()
    await form.getByRole('button', { name: 'Ban', exact: true }).click()
    await log(anna)
      .getByText(/Bo.? was banned/)
      .waitFor()
    await expect.poll(() => log(anna).getByText('This message was deleted').count()).toBe(2)
    expect(
      await log(anna)
        .getByText(/Bo.? left/)
        .count(),
    ).toBe(0)
    await undo(anna)
    await seesMessage(anna, 'buy that')
    await action(anna, 'Bo', 'Ban from room…')
    await anna.getByRole('button', { name: 'Ban', exact: true }).click()
    await anna.locator('.message', { hasText: 'buy this' }).locator('.message-name').click()
    const card = anna.getByRole('dialog', { name: 'Bo' })
    await card.getByText(/banned until/).waitFor()
    await card.getByRole('button', { name: 'Unban' }).click()
    await anna.getByText(/no longer banned from .*Cellar/).waitFor()
  })

  it('from the server includes the addresses of guests, and ends on the card', async (t) => {
    const { owner } = await ownerAnd(t, 'Bo')
    await action(owner, 'Bo', 'Ban from server…')
    expect(await owner.getByLabel(/same internet connection/).isChecked()).toBe(true)
    await owner.getByLabel(/same internet connection/).uncheck()
    await owner.getByRole('button', { name: 'Ban', exact: true }).click()
    await log(owner)
      .getByText(/Bo.? was banned/)
      .waitFor()
    await openRoomDialog(owner)
    await owner.getByRole('button', { name: 'Members' }).click()
    await owner.getByRole('button', { name: /Bo.*banned from the server until/ }).click()
    await owner.getByRole('button', { name: 'Unban from server' }).click()
    await owner.getByText(/no longer banned from this server/).waitFor()
  })
})

describe('muted user', () => {
  it('sees why and until when, keeps the draft, and writes again after an undo', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    await composer(bo).fill('one more thing')
    await action(anna, 'Bo', 'Mute…')
    await anna.getByRole('button', { name: 'Mute', exact: true }).click()
    await why(bo).getByText('You’re muted here until').waitFor()
    await composer(bo).press('Enter')
    expect(await composer(bo).inputValue()).toBe('one more thing')
    await say(anna, 'quiet now')
    await seesMessage(bo, 'quiet now')
    await undo(anna)
    await why(bo).waitFor({ state: 'detached' })
    await composer(bo).press('Enter')
    await seesMessage(anna, 'one more thing')
  })
})

describe('moderator', () => {
  it('makes another moderator, who sees their rights at once', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    await openRoomDialog(bo)
    expect(await bo.getByRole('button', { name: 'Invitations' }).count()).toBe(0)
    await bo.keyboard.press('Escape')
    await action(anna, 'Bo', 'Make moderator')
    await anna.getByText(/now a moderator/).waitFor()
    await openRoomDialog(bo)
    await bo.getByRole('button', { name: 'Invitations' }).waitFor()
    await bo.keyboard.press('Escape')
    // The creator of the room can revoke the role of the other moderator, and not the reverse.
    await action(anna, 'Bo', 'Remove as moderator')
    await anna.getByText(/no longer a moderator/).waitFor()
  })

  it('deletes messages of others, and other users cannot', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    await say(bo, 'a rude word')
    await seesMessage(anna, 'a rude word')
    await say(anna, 'mine')
    await seesMessage(bo, 'mine')
    await choose(anna, 1, 'Delete')
    await message(bo, 1).getByText('This message was deleted').waitFor()
    await message(bo, 2).hover()
    await message(bo, 2).getByRole('button', { name: 'More', exact: true }).click()
    await bo.getByRole('menuitem', { name: 'Copy text' }).waitFor()
    expect(await bo.getByRole('menuitem', { name: 'Delete' }).count()).toBe(0)
  })

  it('makes a room slow and read-only for others', async (t) => {
    const { anna, page: bo } = await moderatorAnd(t, 'Bo')
    await openRoomDialog(anna)
    await anna.getByLabel('Slow mode').selectOption({ label: '1 hour' })
    await anna.getByRole('button', { name: 'Save' }).click()
    await anna.getByRole('button', { name: 'Undo' }).waitFor()
    await say(bo, 'first')
    await seesMessage(anna, 'first')
    await why(bo).getByText('one message every 1 hour').waitFor()
    await composer(bo).fill('second')
    await composer(bo).press('Enter')
    expect(await composer(bo).inputValue()).toBe('second')
    await say(anna, 'one')
    await say(anna, 'and two')
    await seesMessage(bo, 'and two')
    await openRoomDialog(anna)
    await anna.getByLabel('Slow mode').selectOption({ label: 'Off' })
    await anna.getByLabel('Only moderators can post').check()
    await anna.getByRole('button', { name: 'Save' }).click()
    await why(bo).getByText('Only moderators can post here.').waitFor()
    expect(await composer(bo).inputValue()).toBe('second')
  })
})

describe('admin', () => {
  it('bans a user, who sees the reason and is not reconnected', async (t) => {
    const { server, owner, page: bo, context } = await ownerAnd(t, 'Bo')
    await action(owner, 'Bo', 'Ban from server…')
    await owner.getByLabel('Forever').check()
    await owner.getByRole('button', { name: 'Ban', exact: true }).click()
    await bo.getByText('You’ve been banned.').waitFor()
    await why(bo).getByText('You’re banned').waitFor()
    await bo.evaluate(() => window.dispatchEvent(new Event('online')))
    await bo.getByText('You’ve been banned.').waitFor()
    const again = await context.newPage()
    await again.goto(server.url)
    await again.locator('#name').waitFor()
    await bo.getByRole('link', { name: 'Go to sign-in' }).click()
    await bo.locator('#name').waitFor()
  })

  it('removes all messages of a user, shown as one line, and restores them', async (t) => {
    const { owner, page: bo } = await ownerAnd(t, 'Bo')
    for (const text of ['buy this', 'buy that', 'buy more']) {
      await say(bo, text)
      await seesMessage(owner, text)
    }
    await action(owner, 'Bo', 'Delete all their messages…')
    await owner.getByRole('button', { name: 'Delete all', exact: true }).click()
    for (const page of [owner, bo]) await log(page).getByText('3 messages were deleted').waitFor()
    await undo(owner)
    for (const page of [owner, bo]) await seesMessage(page, 'buy that')
    expect(await log(bo).getByText('were deleted').count()).toBe(0)
  })

  it('has a link to the admin pages, and others have none', async (t) => {
    const { owner, page: bo } = await ownerAnd(t, 'Bo')
    for (const page of [owner, bo]) await page.getByRole('button', { name: 'Settings' }).click()
    expect(await owner.getByRole('link', { name: 'Administration' }).getAttribute('href')).toBe('/admin')
    expect(await bo.getByRole('link', { name: 'Administration' }).count()).toBe(0)
    await bo.getByRole('link', { name: 'Claim your name' }).click()
    await bo.waitForURL(/\/account$/)
  })
})

describe('admin in a room', () => {
  it('sees who reacted, and removes reactions of users below them (SECURITY-REVIEW 12)', async (t) => {
    const { owner, page: bo } = await ownerAnd(t, 'Bo')
    await say(owner, 'hello')
    const own = owner.locator('.message:not(.unsent)', { hasText: 'hello' })
    const id = Number(await own.getAttribute('data-id'))
    await press(bo, id, 'React')
    await bo.getByRole('searchbox').fill('teapot')
    await bo.getByRole('button', { name: 'teapot' }).click()
    await own.locator('.reaction').waitFor()
    await choose(owner, id, 'View reactions')
    const dialog = owner.getByRole('dialog', { name: 'Reactions' })
    await dialog.locator('.person', { hasText: 'Bo' }).waitFor()
    await dialog.getByRole('button', { name: /^Remove .*Bo.*’s reaction/ }).click()
    await dialog.waitFor({ state: 'detached' })
    for (const page of [owner, bo]) await message(page, id).locator('.reaction').waitFor({ state: 'detached' })
  })
  it('deletes a room for everyone in it after confirmation (SECURITY-REVIEW 8)', async (t) => {
    const { owner, page: bo } = await ownerAnd(t, 'Bo')
    await makeRoom(owner, { kind: 'Public', name: 'Tasting' })
    await waitForRoom(owner, 'Tasting')
    await roomLink(bo, 'Tasting').click()
    await waitForRoom(bo, 'Tasting')
    const address = bo.url()
    await openRoomDialog(owner)
    await owner.getByRole('button', { name: 'Delete room…' }).click()
    expect(await focused(owner)).toBe('Cancel')
    await owner.getByRole('button', { name: 'Delete room', exact: true }).click()
    for (const page of [owner, bo]) {
      await waitForRoom(page, 'lobby')
      await page.getByText('You’re no longer in “Tasting”.').waitFor()
      expect(await roomLink(page, 'Tasting').count()).toBe(0)
    }
    expect((await bo.request.get(address)).status()).toBe(404)
  })
})

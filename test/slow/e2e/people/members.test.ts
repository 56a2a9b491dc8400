/** The side that lists the members of a room. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { composer, makeRoom, message, phone, say, seesMessage, waitForRoom } from '../../../support/clients/page.ts'
import { startServer, type TestServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const side = (page: Page) => page.getByRole('complementary', { name: 'People' })
const offline = (page: Page) => side(page).getByRole('region', { name: 'Offline members' })
const filter = (page: Page) => side(page).getByRole('searchbox', { name: 'Filter by name' })
const namesIn = (page: Page) => side(page).locator('.person-name').allInnerTexts()

/** Until nobody is online who looks. */
async function leaveBehind(server: TestServer, ...names: string[]) {
  for (const name of names) await (await join(server, name)).close()
  const watcher = await (await server.signIn(names[0] as string)).connect()
  await expect.poll(async () => (await watcher.open('lobby')).online).toBe(1)
  await watcher.close()
}

describe('list of people beside a room', () => {
  it('lists members who are online first, then the others, and follows who comes and goes', async (t) => {
    const server = await startServer(t)
    await leaveBehind(server, 'Zoe', 'Bo')
    const cem = await join(server, 'Cem')
    const { page } = await visit(t, browser, server, 'Anna')
    await expect.poll(() => namesIn(page)).toEqual(['Anna', 'Cem', 'Bo', 'Zoe'])
    await offline(page).getByText('2 offline').waitFor()
    expect(await filter(page).count()).toBe(0)
    await cem.close()
    await expect.poll(() => namesIn(page)).toEqual(['Anna', 'Bo', 'Cem', 'Zoe'])
    await offline(page).getByText('3 offline').waitFor()
    await join(server, 'Zoe')
    await offline(page).getByText('2 offline').waitFor()
    await offline(page).getByRole('button', { name: 'Bo' }).press('Enter')
    await page.getByRole('dialog', { name: 'Bo' }).waitFor()
  })

  it('filters from 20 members on, and finds members of later pages', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    await leaveBehind(server, ...Array.from({ length: 230 }, (_, i) => `Guest ${i}`))
    const { page } = await visit(t, browser, server, 'Anna')
    await offline(page).getByText('200+ offline').waitFor()
    await filter(page).fill('GUEST 229')
    await offline(page).getByText('1 offline').waitFor()
    expect(await namesIn(page)).toEqual(['Guest 229'])
    await filter(page).fill('')
    await offline(page).getByRole('button', { name: 'Show more' }).press('Enter')
    await offline(page).getByText('230 offline').waitFor()
    expect(await offline(page).getByRole('button', { name: 'Show more' }).count()).toBe(0)
  })

  it('opens as a drawer on a phone, with the members who are away', async (t) => {
    const server = await startServer(t)
    await leaveBehind(server, 'Bo')
    const { page } = await visit(t, browser, server, 'Anna', phone)
    await page.getByRole('button', { name: '1 online' }).tap()
    await offline(page).getByText('1 offline').waitFor()
    await offline(page).getByRole('button', { name: 'Bo' }).tap()
    await page.getByRole('dialog', { name: 'Bo' }).waitFor()
  })

  it('shows both people of a direct conversation, with and without a script', async (t) => {
    const server = await startServer(t)
    await leaveBehind(server, 'Bo')
    const { page, context } = await visit(t, browser, server, 'Anna')
    await makeRoom(page, { kind: 'Direct message', people: ['Bo'] })
    await waitForRoom(page, 'Bo')
    await say(page, 'hello Bo')
    await seesMessage(page, 'hello Bo')
    await offline(page).getByText('1 offline').waitFor()
    expect(await namesIn(page)).toEqual(['Anna', 'Bo'])
    const state = await context.storageState()
    const withoutScript = await browser.newContext({ storageState: state, javaScriptEnabled: false })
    t.onTestFinished(() => withoutScript.close())
    const still = await withoutScript.newPage()
    await still.goto(page.url())
    expect(await namesIn(still)).toEqual(['Anna', 'Bo'])
    // Playwright finds no text within `noscript`.
    await side(still).getByRole('heading', { name: '1 offline' }).waitFor()
  })
})

describe('status', () => {
  const status = (page: Page, name: string) =>
    side(page).getByRole('listitem').filter({ hasText: name }).locator('.status')
  const own = (page: Page) => page.getByRole('dialog', { name: 'Anna' })
  async function openOwnCard(page: Page) {
    await side(page).getByRole('button', { name: 'Anna' }).click()
    await own(page).getByRole('textbox', { name: 'Your status' }).waitFor()
  }

  it('is set on the own card, shows at once in other browsers, and is cleared', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna')
    const bo = await visit(t, browser, server, 'Bo')
    await offline(bo.page).waitFor({ state: 'detached' })
    await openOwnCard(page)
    await own(page).getByRole('textbox', { name: 'Your status' }).fill('At the market')
    await own(page).getByRole('button', { name: 'Emoji of your status' }).click()
    await page.getByRole('searchbox', { name: 'Search emoji' }).fill('tangerine')
    await page.getByRole('searchbox', { name: 'Search emoji' }).press('Enter')
    await own(page).getByRole('button', { name: 'Emoji of your status: 🍊' }).waitFor()
    await own(page).getByRole('combobox', { name: 'Ends after' }).selectOption({ label: 'Today' })
    await own(page).getByRole('button', { name: 'Save' }).click()
    await page.getByRole('status').getByText('Status saved').waitFor()
    await expect.poll(() => status(bo.page, 'Anna').allInnerTexts()).toEqual(['🍊 At the market'])
    await expect.poll(() => status(page, 'Anna').allInnerTexts()).toEqual(['🍊 At the market'])
    await side(bo.page).getByRole('button', { name: 'Anna' }).click()
    await own(bo.page).getByText('🍊 At the market').waitFor()
    await openOwnCard(page)
    await own(page).getByRole('button', { name: 'Clear status' }).click()
    await expect.poll(() => status(bo.page, 'Anna').count()).toBe(0)
  })

  it('stands beside the name in a direct conversation, with and without a script', async (t) => {
    const server = await startServer(t)
    const cem = await join(server, 'Cem')
    await cem.ask({ type: 'status', key: 'k', text: 'On a train', emoji: '🚆' }, 'done')
    const { page, context } = await visit(t, browser, server, 'Anna')
    await makeRoom(page, { kind: 'Direct message', people: ['Cem'] })
    await waitForRoom(page, 'Cem')
    await say(page, 'hello Cem')
    await seesMessage(page, 'hello Cem')
    const [room = ''] = /~[^/]+$/.exec(decodeURIComponent(page.url())) ?? []
    await cem.ask({ type: 'accept', room, key: 'a' }, 'done')
    await cem.ask({ type: 'status', key: 'l', text: 'On a train', emoji: '🚆' }, 'done')
    await page.getByRole('banner').getByText('🚆 On a train').waitFor()
    await page.getByRole('navigation').locator('.rooms-room .status').getByText('🚆').waitFor()
    const state = await context.storageState()
    const withoutScript = await browser.newContext({ storageState: state, javaScriptEnabled: false })
    t.onTestFinished(() => withoutScript.close())
    const still = await withoutScript.newPage()
    await still.goto(page.url())
    await still.getByRole('banner').getByText('🚆 On a train').waitFor()
  })
})

describe('last seen', () => {
  const note = (page: Page, name: string) =>
    offline(page).getByRole('listitem').filter({ hasText: name }).locator('.person-note')

  it('is shown of members who are away, follows who leaves, and is on their card', async (t) => {
    const server = await startServer(t)
    await leaveBehind(server, 'Bo')
    const cem = await join(server, 'Cem')
    const { page } = await visit(t, browser, server, 'Anna')
    await expect.poll(() => note(page, 'Bo').allInnerTexts()).toEqual(['last seen just now'])
    await cem.close()
    await expect.poll(() => note(page, 'Cem').allInnerTexts()).toEqual(['last seen just now'])
    await offline(page).getByRole('button', { name: 'Bo' }).click()
    await page.getByRole('dialog', { name: 'Bo' }).getByText('last seen just now').waitFor()
  })

  it('is hidden in the account page, without a script, and then others’ is not shown either', async (t) => {
    const server = await startServer(t)
    await leaveBehind(server, 'Bo')
    const { page, context } = await visit(t, browser, server, 'Anna')
    await note(page, 'Bo').waitFor()
    const state = await context.storageState()
    const withoutScript = await browser.newContext({ storageState: state, javaScriptEnabled: false })
    t.onTestFinished(() => withoutScript.close())
    const account = await withoutScript.newPage()
    await account.goto(`${server.url}/account`)
    await account.getByRole('radio', { name: 'Hide it' }).check()
    await account.getByRole('region', { name: 'Last seen' }).getByRole('button', { name: 'Save' }).click()
    await account.getByRole('status').getByText('Saved.').waitFor()
    await page.waitForLoadState()
    await page.reload()
    await offline(page).getByText('1 offline').waitFor()
    expect(await note(page, 'Bo').count()).toBe(0)
  })
})

describe('composer', () => {
  it('completes members who are not online, recent authors first', async (t) => {
    const server = await startServer(t)
    await leaveBehind(server, 'Bea', 'Bert')
    const bo = await join(server, 'Bo')
    await bo.say('lobby', 'hello')
    await bo.close()
    const { page } = await visit(t, browser, server, 'Anna')
    await seesMessage(page, 'hello')
    const options = page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option')
    await composer(page).pressSequentially('@b')
    await expect.poll(() => options.allInnerTexts()).toEqual(['Bo', 'Bea', 'Bert'])
    await composer(page).pressSequentially('e')
    await expect.poll(() => options.allInnerTexts()).toEqual(['Bea', 'Bert'])
    await composer(page).press('Enter')
    expect(await composer(page).inputValue()).toBe('@Bea ')
  })
})

describe('reactions', () => {
  it('name users who are not online when they are pointed at', async (t) => {
    const server = await startServer(t)
    const bo = await join(server, 'Bo')
    const ref = await bo.say('lobby', 'hello')
    for (const name of ['Bea', 'Cem']) {
      const one = await join(server, name)
      await one.ask({ type: 'react', room: 'lobby', key: 'r', ref, data: '🍵', on: true }, 'sent')
      await one.close()
    }
    const { page } = await visit(t, browser, server, 'Anna')
    const reaction = message(page, ref).locator('.reaction')
    await side(page).getByText('2 offline').waitFor()
    await reaction.hover()
    // The names are isolated from the direction of the text around them.
    await expect.poll(() => reaction.getAttribute('title')).toMatch(/Bea.* and .*Cem/)
  })
})

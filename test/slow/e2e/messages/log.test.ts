import type { Browser, BrowserContext, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join, sayMany } from '../../../support/clients/chat-clients.ts'
import type { ChatClient } from '../../../support/clients/client.ts'
import { composer, message, texts } from '../../../support/clients/page.ts'
import { cutter } from '../../../support/cut-connection.ts'
import { startServer, type TestServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const waitForTitle = (page: Page, title: string) => page.waitForFunction((t) => document.title === t, title)

/** Says three things, corrects the first, takes back the second and likes the third. */
async function change(chat: ChatClient, other: ChatClient) {
  for (const text of ['teh first', 'a secret', 'third']) await chat.say('lobby', text)
  await chat.ask({ type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'the first' }, 'sent')
  await chat.ask({ type: 'delete', room: 'lobby', key: 'd', ref: 2 }, 'sent')
  await chat.ask({ type: 'react', room: 'lobby', key: 'r', ref: 3, data: '👍', on: true }, 'sent')
  await other.ask({ type: 'react', room: 'lobby', key: 'r', ref: 3, data: '👍', on: true }, 'sent')
}

async function showsChanges(page: Page, people: RegExp) {
  await message(page, 3).locator('.reaction-count', { hasText: '2' }).waitFor()
  expect(await texts(page)).toEqual(['the first', 'This message was deleted', 'third'])
  expect(await page.getByRole('log').locator('.message-edited').count()).toBe(1)
  expect(await message(page, 1).locator('.message-edited').getAttribute('title')).toMatch(/\d{4}/)
  expect(await message(page, 3).locator('.reaction').innerText()).toMatch(/^👍\s*2$/)
  expect(await message(page, 3).locator('.reaction').getAttribute('title')).toMatch(people)
}

/** Two people with a script each, and one who reads along to know when everything was said. */
async function twoBots(server: TestServer) {
  return { cook: await join(server, 'Cook'), waiter: await join(server, 'Waiter') }
}

describe('changes of a message', () => {
  it('show on every page, also after a disconnect and after a reload', async (t) => {
    const server = await startServer(t)
    const { cook, waiter } = await twoBots(server)
    const { page: anna } = await visit(t, browser, server, 'Anna')
    const { page: bo } = await visit(t, browser, server, 'Bo')
    const line = await cutter(bo)
    await line.cut()
    await change(cook, waiter)
    await showsChanges(anna, /Cook.? and .?Waiter|Waiter.? and .?Cook/)
    expect(await bo.locator('.message').count(), 'must be away for this test to mean anything').toBe(0)
    await line.mend()
    await showsChanges(bo, /Cook.? and .?Waiter|Waiter.? and .?Cook/)
    for (const page of [anna, bo]) {
      await page.reload()
      await takenOver(page)
      await showsChanges(page, /Cook/)
    }
  })

  it('reach a page with the message over a lost connection and a restarted server', async (t) => {
    const server = await startServer(t)
    const { page: anna } = await visit(t, browser, server, 'Anna')
    const { page: bo } = await visit(t, browser, server, 'Bo')
    const line = await cutter(bo)
    let chat = await join(server, 'Cook')
    for (const text of ['one', 'two']) await chat.say('lobby', text)
    for (const page of [anna, bo]) await message(page, 2).waitFor()
    await line.cut()
    await chat.ask({ type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'one, better' }, 'sent')
    await chat.ask({ type: 'delete', room: 'lobby', key: 'd', ref: 2 }, 'sent')
    await line.mend()
    for (const page of [anna, bo]) {
      await message(page, 1).getByText('one, better').waitFor()
      await message(page, 2).getByText('This message was deleted').waitFor()
    }
    await server.stop()
    await server.restart()
    chat = await join(server, 'Cook')
    await chat.ask({ type: 'react', room: 'lobby', key: 'on', ref: 1, data: '🍵', on: true }, 'sent')
    for (const page of [anna, bo]) await message(page, 1).getByText('🍵').waitFor()
    await chat.ask({ type: 'react', room: 'lobby', key: 'off', ref: 1, data: '🍵', on: false }, 'sent')
    for (const page of [anna, bo]) await message(page, 1).getByText('🍵').waitFor({ state: 'detached' })
    expect(await texts(bo)).toEqual(['one, better', 'This message was deleted'])
  })

  it('are included when older messages are loaded', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { cook } = await twoBots(server)
    await sayMany(cook, 'lobby', 60)
    const { page } = await visit(t, browser, server, 'Anna')
    await message(page, 60).waitFor()
    expect(await message(page, 1).count()).toBe(0)
    await cook.ask({ type: 'edit', room: 'lobby', key: 'e', ref: 1, data: 'edited before it was here' }, 'sent')
    await page.locator('.log').evaluate((log) => log.scrollTo({ top: -log.scrollHeight }))
    await message(page, 1).getByText('edited before it was here').waitFor()
    await cook.ask({ type: 'edit', room: 'lobby', key: 'e2', ref: 1, data: 'and after' }, 'sent')
    await message(page, 1).getByText('and after').waitFor()
  })
})

describe('read mark', () => {
  /** Says whether the page has the focus: a browser without windows gives it to all pages at once. */
  async function setFocus(page: Page, isFocused: boolean) {
    await page.evaluate((isFocused) => {
      document.hasFocus = () => isFocused
      dispatchEvent(new Event(isFocused ? 'focus' : 'blur'))
    }, isFocused)
  }

  /** Two tabs of Anna's, at neither of which she looks. */
  async function twoTabsBehind(context: BrowserContext, first: Page, server: TestServer) {
    const second = await context.newPage()
    await second.goto(server.url)
    await takenOver(second)
    for (const page of [first, second]) await setFocus(page, false)
    return second
  }

  it('set in one tab applies in the other, and after a reload', async (t) => {
    const server = await startServer(t)
    const { cook } = await twoBots(server)
    const { page: first, context } = await visit(t, browser, server, 'Anna')
    const second = await twoTabsBehind(context, first, server)
    for (const text of ['one', 'two']) await cook.say('lobby', text)
    for (const page of [first, second]) await waitForTitle(page, '(2) lobby · Teahouse')
    await setFocus(first, true)
    for (const page of [first, second]) await waitForTitle(page, 'lobby · Teahouse')
    await second.reload()
    await message(second, 2).waitFor()
    await waitForTitle(second, 'lobby · Teahouse')
  })

  it('covers only what was visible at the end of the list', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { cook } = await twoBots(server)
    await sayMany(cook, 'lobby', 40)
    const { page } = await visit(t, browser, server, 'Anna')
    await message(page, 40).waitFor()
    await page.locator('.log').evaluate((log) => log.scrollTo({ top: -600 }))
    await page.getByRole('button', { name: 'Jump to latest' }).waitFor()
    await cook.say('lobby', 'while she reads further up')
    await waitForTitle(page, '(1) lobby · Teahouse')
    await page.getByRole('button', { name: '1 new message' }).click()
    await waitForTitle(page, 'lobby · Teahouse')
  })
})

it('outbox › keeps a message when the page reloads at the moment of Enter', async (t) => {
  const server = await startServer(t)
  const { page } = await visit(t, browser, server, 'Anna')
  const line = await cutter(page)
  await line.cut()
  await composer(page).fill('not lost')
  await composer(page).evaluate((box) => {
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    location.reload()
  })
  await page.locator('.unsent', { hasText: 'not lost' }).waitFor()
  await page.getByRole('button', { name: 'Retry now' }).waitFor()
  await line.mend()
  await message(page, 1).getByText('not lost').waitFor()
  expect(await page.locator('.message').count()).toBe(1)
})

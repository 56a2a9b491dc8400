/** The composer, and the messages written in it. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { composer, message, say, seesMessage, switchTo, texts, unsent } from '../../../support/clients/page.ts'
import { cutter } from '../../../support/cut-connection.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function annaWrites(t: Cleanup) {
  const server = await startServer(t)
  const { page, context } = await visit(t, browser, server, 'Anna')
  return { server, page, context }
}

const suggestions = (page: Page) => page.getByRole('listbox', { name: 'Suggestions' })
const marked = (page: Page) => suggestions(page).getByRole('option', { selected: true })
const typed = (page: Page) => composer(page).inputValue()

describe('draft', () => {
  it('is kept for each room, also after a reload, until it is sent', async (t) => {
    const { page } = await annaWrites(t)
    await composer(page).fill('for the lobby')
    await switchTo(page, 'oolong')
    expect(await typed(page)).toBe('')
    await composer(page).fill('for the others')
    await page.reload()
    await takenOver(page)
    expect(await typed(page)).toBe('for the others')
    await page.goBack()
    await expect.poll(() => typed(page)).toBe('for the lobby')
    await composer(page).press('Enter')
    await seesMessage(page, 'for the lobby')
    await page.reload()
    await takenOver(page)
    expect(await typed(page)).toBe('')
  })
})

describe('writing without a connection', () => {
  it('shows waiting messages, which can be discarded and are sent in order', async (t) => {
    const { server, page } = await annaWrites(t)
    const { page: bo } = await visit(t, browser, server, 'Bo')
    const line = await cutter(page)
    await line.cut()
    for (const text of ['one', 'two', 'three']) await say(page, text)
    await page.getByText('3 messages wait').waitFor()
    const waiting = unsent(page).getByRole('img', { name: 'Waiting to send' })
    expect(await waiting.count()).toBe(3)
    expect(await composer(page).isEnabled()).toBe(true)
    await unsent(page).filter({ hasText: 'two' }).getByRole('button', { name: 'Discard' }).click()
    await page.getByText('2 messages wait').waitFor()
    expect(await texts(bo)).toEqual([])
    await line.mend()
    await seesMessage(bo, 'three')
    expect(await texts(bo)).toEqual(['one', 'three'])
    await unsent(page).first().waitFor({ state: 'detached' })
  })

  it('shows nothing for a short disconnect', async (t) => {
    const { server, page } = await annaWrites(t)
    await page.clock.install()
    await page.reload()
    await takenOver(page)
    await server.restart()
    await say(page, 'still here')
    await seesMessage(page, 'still here')
    expect(await page.locator('.banner').count()).toBe(0)
  })
})

describe('refused message', () => {
  /** Until they are let be, Anna's messages answer one that does not exist. */
  async function misled(page: Page) {
    let isMisled = true
    await page.routeWebSocket(/\/ws\/chat$/, (line) => {
      const server = line.connectToServer()
      line.onMessage((text) => {
        const frame = JSON.parse(String(text))
        const isChat = frame.type === 'chat' && isMisled
        server.send(isChat ? JSON.stringify({ ...frame, reply: 999 }) : text)
      })
    })
    await page.reload()
    await takenOver(page)
    return () => {
      isMisled = false
    }
  }

  it('shows the reason, and can be sent again, copied or discarded', async (t) => {
    const { page, context } = await annaWrites(t)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const letBe = await misled(page)
    await say(page, 'first')
    await say(page, 'second')
    const refused = (text: string) => unsent(page).filter({ hasText: text })
    await refused('first').getByRole('alert').getByText('no longer exists').waitFor()
    await refused('second').getByRole('button', { name: 'Copy' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('second')
    await refused('second').getByRole('button', { name: 'Discard' }).click()
    letBe()
    await refused('first').getByRole('button', { name: 'Try again' }).click()
    await seesMessage(page, 'first')
    expect(await unsent(page).count()).toBe(0)
    expect(await texts(page)).toEqual(['first'])
  })

  it('is sent a little later in order when it came too fast', async (t) => {
    const { page } = await annaWrites(t)
    const all = Array.from({ length: 13 }, (_, i) => `the ${i + 1} of 13`)
    for (const text of all) await say(page, text)
    await seesMessage(page, 'the 13 of 13')
    expect(await texts(page)).toEqual(all)
  })

  it('is not sent when it is too long, and its text is kept', async (t) => {
    const { page } = await annaWrites(t)
    const long = 'x'.repeat(4_001)
    await say(page, long)
    await page.getByText('1 character over').waitFor()
    expect(await typed(page)).toBe(long)
    await composer(page).press('End')
    await composer(page).press('Backspace')
    await composer(page).press('Enter')
    await seesMessage(page, long.slice(1))
  })
})

describe('input method', () => {
  it('keeps the Enter that ends its word; the next Enter sends', async (t) => {
    const { page, context } = await annaWrites(t)
    const devtools = await context.newCDPSession(page)
    const compose = (text: string) =>
      devtools.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    await composer(page).focus()
    await compose('ni hao')
    expect(await typed(page)).toBe('ni hao')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Send' }).waitFor()
    expect(await page.locator('.message').count()).toBe(0)
    await compose('ni hao')
    await devtools.send('Input.insertText', { text: '你好' })
    expect(await typed(page)).toContain('你好')
    await page.keyboard.press('Enter')
    await seesMessage(page, '你好')
    expect(await typed(page)).toBe('')
  })

  it('keeps its keys from the list of suggestions', async (t) => {
    const { server, page, context } = await annaWrites(t)
    await join(server, 'Bo')
    await join(server, 'Bob')
    const devtools = await context.newCDPSession(page)
    await page.locator('.people-list', { hasText: 'Bob' }).waitFor()
    await composer(page).pressSequentially('@')
    await suggestions(page).waitFor()
    await devtools.send('Input.imeSetComposition', { text: 'bo', selectionStart: 2, selectionEnd: 2 })
    await marked(page).getByText('Bo', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    expect((await typed(page)).trim()).toBe('@bo')
    expect(await page.locator('.message').count()).toBe(0)
  })
})

describe('composer suggestions', () => {
  it('complete a name by keyboard', async (t) => {
    const { server, page } = await annaWrites(t)
    const bo = await join(server, 'Bo')
    await join(server, 'Bob')
    await page.locator('.people-list', { hasText: 'Bob' }).waitFor()
    await composer(page).pressSequentially('hello @bo')
    await marked(page).getByText('Bo', { exact: true }).waitFor()
    await page.keyboard.press('ArrowDown')
    await marked(page).getByText('Bob').waitFor()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await suggestions(page).waitFor({ state: 'detached' })
    expect(await typed(page)).toBe('hello @Bo ')
    await page.keyboard.press('Enter')
    await seesMessage(page, 'hello @Bo')
    expect(await bo.nextWhere(({ type }) => type === 'chat')).toMatchObject({ data: 'hello @Bo' })
  })

  it('offer everybody in a small room, with an explanation, and the message mentions them', async (t) => {
    const { server, page } = await annaWrites(t)
    const { page: bo } = await visit(t, browser, server, 'Bo')
    await composer(page).pressSequentially('tea, @ro')
    await marked(page).waitFor()
    expect(await marked(page).innerText()).toMatch(/^room\s+Mentions everyone in the room$/)
    await page.keyboard.press('Enter')
    await suggestions(page).waitFor({ state: 'detached' })
    expect(await typed(page)).toBe('tea, @room ')
    await page.keyboard.press('Enter')
    await bo.locator('.message.mentioned .mention.to-me', { hasText: '@room' }).waitFor()
  })

  it('complete a room after #, and the message links to it for those who can see it', async (t) => {
    const { server, page } = await annaWrites(t)
    const { page: eve } = await visit(t, browser, server, 'Eve')
    const bo = await join(server, 'Bo')
    bo.send({ type: 'open', room: 'green tea' })
    await bo.nextWhere((frame) => frame.type === 'opened' && frame.room === 'green tea')
    bo.send({ type: 'create', kind: 'private', name: 'club', key: 'club' })
    await bo.nextWhere((frame) => frame.type === 'room' && 'name' in frame && frame.name === 'club')
    await page.reload()
    await takenOver(page)
    await composer(page).pressSequentially('see #gre')
    await marked(page).getByText('green tea').waitFor()
    await page.keyboard.press('Enter')
    expect(await typed(page)).toBe('see #green tea ')
    await composer(page).pressSequentially('and #club')
    await page.keyboard.press('Enter')

    const text = eve.locator('.message-text', { hasText: 'see #green tea and #club' })
    await text.waitFor()
    await eve.reload()
    await takenOver(eve)
    await expect.poll(() => text.locator('a').allInnerTexts()).toEqual(['#green tea'])
    await eve.evaluate(() => Object.assign(window, { isSamePage: true }))
    await text.locator('a').click()
    await eve.waitForURL(`${server.url}/rooms/green%20tea`)
    await eve.locator('.room-header', { hasText: 'green tea' }).waitFor()
    expect(await eve.evaluate(() => 'isSamePage' in window), 'it was not loaded again').toBe(true)
  })

  it('can be closed, and Enter then sends the text', async (t) => {
    const { server, page } = await annaWrites(t)
    await join(server, 'Bo')
    await page.locator('.people-list', { hasText: 'Bo' }).waitFor()
    await composer(page).pressSequentially('at @b')
    await suggestions(page).waitFor()
    await page.keyboard.press('Escape')
    await suggestions(page).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await seesMessage(page, 'at @b')
  })

  it('complete an emoji, which needs no choice once its name is whole', async (t) => {
    const { page } = await annaWrites(t)
    await composer(page).pressSequentially('time for :teap')
    await marked(page).getByText('teapot').waitFor()
    await page.keyboard.press('Tab')
    expect(await typed(page)).toMatch(/^time for 🫖 ?$/)
    await composer(page).fill('')
    await composer(page).pressSequentially(':teapot:')
    await expect.poll(() => typed(page)).toMatch(/^🫖 ?$/)
  })
})

describe('shortcode', () => {
  it('becomes an emoji although it was sent before the emoji were loaded', async (t) => {
    const { page } = await annaWrites(t)
    // However slow the machine is, the message waits for the emoji: the time after which it would not stands still.
    await page.clock.install()
    await page.clock.pauseAt(Date.now() + 1_000)
    await page.route(/emoji.*\.json/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await route.continue()
    })
    await page.keyboard.type('well :smile: done')
    await page.keyboard.press('Enter')
    await page.keyboard.type('next')
    await message(page, 1).waitFor()
    expect(await texts(page)).toEqual(['well 😄 done'])
    expect(await typed(page)).toBe('next')
  })
})

describe('emoji picker', () => {
  it('inserts its emoji at the caret, and returns the focus', async (t) => {
    const { page } = await annaWrites(t)
    await composer(page).fill('tea cake')
    await composer(page).evaluate((box: HTMLTextAreaElement) => box.setSelectionRange(3, 3))
    await page.getByRole('button', { name: 'Add emoji' }).click()
    await page.getByRole('searchbox', { name: 'Search emoji' }).fill('teapot')
    await page.getByRole('button', { name: 'teapot' }).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => typed(page)).toBe('tea🫖 cake')
    await page.keyboard.type('!')
    expect(await typed(page)).toBe('tea🫖! cake')
  })

  it('closes without side effects', async (t) => {
    const { page } = await annaWrites(t)
    await composer(page).fill('tea')
    await page.getByRole('button', { name: 'Add emoji' }).click()
    await page.getByRole('searchbox').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').waitFor({ state: 'detached' })
    expect(await typed(page)).toBe('tea')
  })
})

describe('Enter in the composer', () => {
  it('sends, and breaks the line with Shift', async (t) => {
    const { page } = await annaWrites(t)
    await composer(page).pressSequentially('one')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('two')
    await page.keyboard.press('Enter')
    await message(page, 1).waitFor()
    expect(await texts(page)).toEqual(['one\ntwo'])
  })

  it('breaks the line for a user who has set it so, and Ctrl+Enter sends', async (t) => {
    const { page } = await annaWrites(t)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('Press Enter to send').uncheck()
    await page.keyboard.press('Escape')
    await page.reload()
    await takenOver(page)
    await composer(page).pressSequentially('one')
    await page.keyboard.press('Enter')
    await page.keyboard.type('two')
    expect(await typed(page)).toBe('one\ntwo')
    await page.keyboard.press('Control+Enter')
    await message(page, 1).waitFor()
    expect(await texts(page)).toEqual(['one\ntwo'])
  })
})

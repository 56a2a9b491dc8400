/** How messages are drawn: what is beside, behind and around their texts. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { message, phone, seesMessage } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

/** Anna, in a room where Cook writes and edits. */
async function annaAndCook(t: Cleanup, javaScriptEnabled = true) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  const say = (data: string) => cook.ask({ type: 'chat', room: 'lobby', key: data.slice(0, 20), data }, 'sent')
  const edit = (ref: number, data: string) =>
    cook.ask({ type: 'edit', room: 'lobby', key: `edit ${ref}`, ref, data }, 'sent')
  return { say, edit, visit: async () => (await visit(t, browser, server, 'Anna', { javaScriptEnabled })).page }
}

/** Where the parts of a message are. */
function boxes(page: Page, id: number, ...parts: string[]) {
  return message(page, id).evaluate(
    (element, parts) =>
      parts.map((part) => {
        const { left, right, top, bottom } = element.querySelector(part)?.getBoundingClientRect() ?? new DOMRect()
        return { left, right, top, bottom }
      }),
    parts,
  )
}

describe('drawing of messages', () => {
  it('keeps hundreds of combining marks away from the messages around them', async (t) => {
    const { say, visit } = await annaAndCook(t)
    await say('one')
    const page = await visit()
    await seesMessage(page, 'one')
    await say('two')
    await seesMessage(page, 'two')
    const before = await message(page, 1).screenshot()
    await say(`z${'\u0301'.repeat(300)}`)
    await message(page, 3).waitFor()
    expect(before.equals(await message(page, 1).screenshot())).toBe(true)
  })

  it('leaves room between the time in the margin and the text', async (t) => {
    const { say, visit } = await annaAndCook(t)
    await say('one')
    await say('two')
    const page = await visit()
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '24px'))
    const [time, text] = await boxes(page, 2, '.message-aside', '.message-text')
    expect((text?.left ?? 0) - (time?.right ?? 0)).toBeGreaterThanOrEqual(8)
  })

  it('shows an edit on a page that the browser has translated', async (t) => {
    const { say, edit, visit } = await annaAndCook(t)
    await say('old text')
    const page = await visit()
    await message(page, 1).evaluate((element) => {
      const text = element.querySelector('p')?.firstChild
      const font = document.createElement('font')
      font.textContent = 'alter Text'
      text?.replaceWith(font)
    })
    await edit(1, 'new text')
    await message(page, 1).getByText('new text').waitFor()
    expect(await message(page, 1).getByText('alter Text').count()).toBe(0)
  })

  it('puts few messages near the composer', async (t) => {
    const { say, visit } = await annaAndCook(t)
    await say('one')
    const page = await visit()
    const end = await message(page, 1).evaluate((element) => element.getBoundingClientRect().bottom)
    const composer = await page.locator('.composer').evaluate((element) => element.getBoundingClientRect().top)
    expect(composer - end).toBeLessThan(60)
  })

  it('keeps a long placeholder of the composer in one line on a phone', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna', phone)
    const box = page.locator('#composer')
    await box.evaluate((element: HTMLTextAreaElement) => {
      element.placeholder = 'Message a room whose name is longer than the box on this phone is wide'
    })
    expect(await box.evaluate((element) => element.scrollHeight - element.clientHeight)).toBeLessThanOrEqual(0)
  })

  it.for([true, false])('says behind the text that it was edited, on the side of its script: %o', async (script, t) => {
    const { say, edit, visit } = await annaAndCook(t, script)
    await say('first')
    await say('second')
    await edit(1, 'hello there')
    await edit(2, 'مرحبا بالعالم')
    const page = await visit()
    const marks = await page.locator('.message-text p .message-edited').count()
    expect(marks).toBe(2)
    for (const id of [1, 2]) {
      const [mark, text] = await boxes(page, id, '.message-edited', '.message-text')
      expect(text?.bottom).toBeLessThan((mark?.bottom ?? 0) + 6)
    }
    const [latin, arabic] = [await boxes(page, 1, '.message-edited', 'p'), await boxes(page, 2, '.message-edited', 'p')]
    expect((latin[0]?.left ?? 0) - (latin[1]?.left ?? 0)).toBeLessThan(150)
    expect((arabic[1]?.right ?? 0) - (arabic[0]?.right ?? 0)).toBeLessThan(150)
  })
})

/** The scroll position in a room, which nothing but the user changes. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openContext, sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join, sayMany } from '../../../support/clients/chat-clients.ts'
import {
  composer,
  isInSight,
  log,
  message,
  say,
  scrollUp,
  seesMessage,
  switchTo,
  topOf,
} from '../../../support/clients/page.ts'
import { type Cleanup, startServer, type TestServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

/** Cook has said so much, and Anna has read so much of it; as a newcomer she has missed nothing. */
async function serverWith(t: Cleanup, messages: number, read?: number) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  const session = read === undefined ? undefined : await server.signIn('Anna')
  const anna = await session?.connect()
  await anna?.open('lobby')
  await sayMany(cook, 'lobby', messages)
  anna?.send({ type: 'read', room: 'lobby', id: read })
  await anna?.settle()
  await anna?.close()
  return { server, cook, cookie: session?.cookie ?? '' }
}

/** The page of a session that has begun already. */
async function pageWith(t: Cleanup, server: TestServer, cookie: string, path = ''): Promise<Page> {
  const [name = '', value = ''] = cookie.split('=')
  const context = await openContext(t, browser)
  await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  await page.goto(server.url + path)
  await takenOver(page)
  return page
}

const unreadLine = (page: Page) => log(page).locator('.unread-line')
const toNewest = (page: Page) => page.getByRole('button', { name: 'Jump to latest' })
const newsAbove = (page: Page) => page.getByRole('button', { name: /^↑/ })

async function seesLineBefore(page: Page, id: number) {
  const next = unreadLine(page).locator('xpath=following-sibling::*[1]')
  await expect.poll(() => next.getAttribute('data-id')).toBe(String(id))
}

describe('opening a room', () => {
  it('starts at the read mark when that is near', async (t) => {
    const { server } = await serverWith(t, 45, 10)
    const { page } = await visit(t, browser, server, 'Anna')
    await unreadLine(page).waitFor()
    await expect.poll(() => isInSight(unreadLine(page))).toBe(true)
    expect(await unreadLine(page).locator('xpath=following-sibling::*[1]').getAttribute('data-id')).toBe('11')
    expect(await isInSight(message(page, 45))).toBe(false)
    expect(await newsAbove(page).count()).toBe(0)
  })

  it('starts at the first unread message when it is far, and marks as read what is seen', async (t) => {
    const { server, cookie } = await serverWith(t, 100, 10)
    const page = await pageWith(t, server, cookie)
    await unreadLine(page).waitFor()
    await expect.poll(() => isInSight(unreadLine(page))).toBe(true)
    expect(await unreadLine(page).locator('xpath=following-sibling::*[1]').getAttribute('data-id')).toBe('11')
    expect(await message(page, 100).count()).toBe(0)
    const unread = async () => Number(/^\((\d+)\)/.exec(await page.title())?.[1])
    await expect.poll(async () => (await unread()) > 50 && (await unread()) < 90).toBe(true)
    const first = await unread()
    await page.locator('.log').press('PageDown')
    await expect.poll(async () => (await unread()) > 30 && (await unread()) < first).toBe(true)
    const elsewhere = await join(server, 'Anna')
    await expect.poll(async () => (await elsewhere.open('lobby')).read).toBeGreaterThan(100 - first)
    await toNewest(page).click()
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
    expect(await newsAbove(page).innerText()).toBe('↑ 90 new')
  })

  it('starts at the latest message when that is set, and leads to the first unread one', async (t) => {
    const { server, cookie } = await serverWith(t, 100, 10)
    const page = await pageWith(t, server, cookie, '/rooms/lobby/100')
    await expect.poll(() => page.title()).toBe('(90) lobby · Teahouse')
    await page.evaluate(() => localStorage.setItem('teahouse-settings', '{"opensAtEnd":true}'))
    await page.goto(server.url)
    await takenOver(page)
    await expect.poll(() => isInSight(message(page, 100))).toBe(true)
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
    expect(await toNewest(page).count()).toBe(0)
    await newsAbove(page).click()
    await seesLineBefore(page, 11)
    await expect.poll(() => isInSight(unreadLine(page))).toBe(true)
  })

  it('at a message far beyond the read mark leaves the mark until the user goes to the end', async (t) => {
    const { server, cookie } = await serverWith(t, 100, 10)
    const page = await pageWith(t, server, cookie, '/rooms/lobby/100')
    await expect.poll(() => isInSight(message(page, 100))).toBe(true)
    await scrollUp(page, 700)
    await toNewest(page).waitFor()
    await expect.poll(() => page.title()).toBe('(90) lobby · Teahouse')
    await toNewest(page).click()
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
  })

  it('again after a message was marked as unread starts there, and its end alone does not mark it as read', async (t) => {
    const { server, cookie } = await serverWith(t, 60, 60)
    const page = await pageWith(t, server, cookie)
    await expect.poll(() => isInSight(message(page, 60))).toBe(true)
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
    await page.locator('.log').press('ArrowUp')
    await message(page, 60).press('ArrowUp')
    await message(page, 59).press('u')
    await expect.poll(() => page.title()).toBe('(2) lobby · Teahouse')
    await seesLineBefore(page, 59)
    await switchTo(page, 'oolong')
    await page.getByRole('link', { name: /lobby.*2 unread/ }).click()
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
    await message(page, 55).hover()
    await message(page, 55).getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Mark as unread from here' }).click()
    await expect.poll(() => page.title()).toBe('(6) lobby · Teahouse')
    const elsewhere = await join(server, 'Anna')
    await expect.poll(async () => (await elsewhere.open('lobby')).read).toBe(54)
    await page.reload()
    await takenOver(page)
    await seesLineBefore(page, 55)
    await expect.poll(async () => (await elsewhere.open('lobby')).read).toBe(60)
  })

  it('starts at the end without a line when everything is read', async (t) => {
    const { server } = await serverWith(t, 45)
    const { page } = await visit(t, browser, server, 'Anna')
    await expect.poll(() => isInSight(message(page, 45))).toBe(true)
    expect(await unreadLine(page).count()).toBe(0)
    expect(await toNewest(page).count()).toBe(0)
  })

  it('starts at the message of the address, and offers to jump to the newest', async (t) => {
    const { server, cook } = await serverWith(t, 200)
    const { page } = await visit(t, browser, server, 'Anna')
    await page.goto(`${server.url}/rooms/lobby/30`)
    await takenOver(page)
    await page.locator('#m30.target').waitFor()
    await expect.poll(() => isInSight(message(page, 30))).toBe(true)
    expect(await message(page, 200).count()).toBe(0)
    expect(await page.locator('.target').count()).toBe(1)
    await toNewest(page).click()
    await expect.poll(() => isInSight(message(page, 200))).toBe(true)
    await cook.say('lobby', 'one more')
    await seesMessage(page, 'one more')
    await expect.poll(() => isInSight(message(page, 201))).toBe(true)
  })
})

describe('line “New messages”', () => {
  it('appears once before the first message that came during absence, and stays there', async (t) => {
    const { server, cook } = await serverWith(t, 3)
    const { page } = await visit(t, browser, server, 'Anna')
    await switchTo(page, 'oolong')
    for (const text of ['four', 'five']) await cook.say('lobby', text)
    await page.getByRole('link', { name: /lobby.*2 unread/ }).click()
    await seesMessage(page, 'five')
    await cook.say('lobby', 'six')
    await seesMessage(page, 'six')
    expect(await unreadLine(page).count()).toBe(1)
    expect(await unreadLine(page).locator('xpath=following-sibling::*[1]').getAttribute('data-id')).toBe('4')
  })

  it('disappears with Escape, which marks the room as read', async (t) => {
    const { server } = await serverWith(t, 45)
    // Only the session that made the name moves its marks.
    const anna = await server.signIn('Anna')
    const before = await anna.connect()
    await before.open('lobby')
    before.send({ type: 'read', room: 'lobby', id: 45 })
    await before.settle()
    await sayMany(await join(server, 'Waiter'), 'lobby', 35)
    const page = await pageWith(t, server, anna.cookie)
    await unreadLine(page).waitFor()
    await expect.poll(() => page.title()).toMatch(/^\(\d+\) lobby · Teahouse$/)
    await composer(page).press('Escape')
    await unreadLine(page).waitFor({ state: 'detached' })
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
    const elsewhere = await join(server, 'Anna')
    await expect.poll(async () => (await elsewhere.open('lobby')).read).toBe(80)
    await page.reload()
    await takenOver(page)
    expect(await page.title()).toBe('lobby · Teahouse')
    expect(await unreadLine(page).count()).toBe(0)
  })

  it('does not appear for messages that arrive while the user looks at the end', async (t) => {
    const { server, cook } = await serverWith(t, 3)
    const { page } = await visit(t, browser, server, 'Anna')
    await cook.say('lobby', 'hello @Anna')
    await seesMessage(page, 'hello @Anna')
    expect(await page.title()).toBe('lobby · Teahouse')
    expect(await unreadLine(page).count()).toBe(0)
    expect(await message(page, 4).getAttribute('class')).toContain('mentioned')
    expect(await message(page, 3).getAttribute('class')).not.toContain('mentioned')
  })
})

describe('scrolled up', () => {
  it('new messages do not move the text, and a button counts them', async (t) => {
    const { server, cook } = await serverWith(t, 50)
    const { page } = await visit(t, browser, server, 'Anna')
    await scrollUp(page, 700)
    await toNewest(page).waitFor()
    const top = await page.locator('.log').evaluate((log) => log.getBoundingClientRect().top)
    const ids = await page
      .locator('.message')
      .evaluateAll(
        (all, top) =>
          all
            .filter((one) => one.getBoundingClientRect().top > top)
            .map((one) => Number((one as HTMLElement).dataset.id)),
        top,
      )
    const reading = message(page, ids[0] ?? 0)
    const before = await topOf(reading)
    await cook.say('lobby', 'news')
    const tall = Array.from({ length: 12 }, (_, i) => `line ${i}`).join('\n')
    const above = (ids[0] ?? 0) - 2
    await cook.ask({ type: 'edit', room: 'lobby', key: 'grow', ref: above, data: tall }, 'sent')
    await message(page, above).getByText('line 11').waitFor({ state: 'attached' })
    expect(await topOf(reading)).toBe(before)
    await page.getByRole('button', { name: '1 new message' }).click()
    await expect.poll(() => isInSight(message(page, 51))).toBe(true)
    await page.locator('.jump-to-latest').waitFor({ state: 'detached' })
  })

  it('sending a message scrolls to the end', async (t) => {
    const { server } = await serverWith(t, 50)
    const { page } = await visit(t, browser, server, 'Anna')
    await scrollUp(page, 700)
    await toNewest(page).waitFor()
    await say(page, 'here I am')
    await seesMessage(page, 'here I am')
    await expect.poll(() => isInSight(message(page, 51))).toBe(true)
  })

  it('older messages load before the top is reached, and the text stays in place', async (t) => {
    const { server } = await serverWith(t, 120)
    const { page } = await visit(t, browser, server, 'Anna')
    expect(await message(page, 70).count(), 'must not be here for this test to mean anything').toBe(0)
    const first = message(page, 71)
    await first.evaluate((one) => one.scrollIntoView({ block: 'start' }))
    const before = await topOf(first)
    await message(page, 41).waitFor({ state: 'attached' })
    expect(await topOf(first)).toBe(before)
    expect(await isInSight(first)).toBe(true)
  })

  it('the page keeps a bounded part of a long room, and can return to its end', async (t) => {
    const { server } = await serverWith(t, 700)
    const { page } = await visit(t, browser, server, 'Anna')
    for (let first = 651; first > 200; first -= 30) {
      // Again, as a reader would, if the page has gone to its end since.
      await expect
        .poll(async () => {
          await message(page, first).evaluate((one) => one.scrollIntoView({ block: 'start' }))
          return message(page, first - 30).count()
        })
        .toBe(1)
    }
    expect(await page.locator('.message').count()).toBeLessThanOrEqual(400)
    expect(await message(page, 700).count()).toBe(0)
    await toNewest(page).click()
    await expect.poll(() => message(page, 700).count()).toBe(1)
    await expect.poll(() => isInSight(message(page, 700))).toBe(true)
  })
})

describe('presence notices', () => {
  it('are combined in one line until someone writes', async (t) => {
    const { server, cook } = await serverWith(t, 1)
    const { page } = await visit(t, browser, server, 'Anna')
    const notices = log(page).locator('.notice')
    const [bo] = [await join(server, 'Bo'), await join(server, 'Kim')]
    await expect.poll(() => notices.allInnerTexts()).toEqual([expect.stringMatching(/^.?Bo.? and .?Kim.? joined$/)])
    await bo?.close()
    await notices.getByText(/joined · .?Bo.? left$/).waitFor()
    await cook.say('lobby', 'well')
    await join(server, 'Ulla')
    await expect
      .poll(() => notices.allInnerTexts())
      .toEqual([expect.anything(), expect.stringMatching(/Ulla.? joined$/)])
  })
})

describe('copying messages', () => {
  async function copied(page: Page, from: number, to: number): Promise<string> {
    await page.evaluate(
      ([from, to]) => {
        const text = (id: unknown) => document.querySelector(`#m${id} .message-text`) as Node
        getSelection()?.setBaseAndExtent(text(from), 0, text(to), text(to).childNodes.length)
      },
      [from, to],
    )
    await page.keyboard.press('Control+c')
    return await page.evaluate(() => navigator.clipboard.readText())
  }

  it('of several messages includes author, time and text', async (t) => {
    const { server, cook } = await serverWith(t, 1)
    const { page } = await visit(t, browser, server, 'Anna', { permissions: ['clipboard-read'] })
    await say(page, 'with **cake**')
    await seesMessage(page, 'with cake')
    await cook.say('lobby', 'at four')
    await seesMessage(page, 'at four')
    expect((await copied(page, 1, 3)).split('\n')).toEqual([
      expect.stringMatching(/^\[\d\d?:\d\d.*\] Cook: message 1$/),
      expect.stringMatching(/^\[\d\d?:\d\d.*\] Anna: with cake$/),
      expect.stringMatching(/^\[\d\d?:\d\d.*\] Cook: at four$/),
    ])
    expect((await copied(page, 2, 2)).trim()).toBe('with cake')
  })
})

describe('marking all rooms as read', () => {
  it('is done in all pages of the user by the button in one of them or by Shift+Esc', async (t) => {
    const { server, cook, cookie } = await serverWith(t, 3, 3)
    await cook.open('tea')
    const one = await pageWith(t, server, cookie, '/rooms/tea')
    await cook.nextWhere(({ type, room }) => type === 'join' && room === 'tea')
    await switchTo(one, 'lobby')
    const other = await pageWith(t, server, cookie)
    const badge = (page: Page) => page.getByRole('link', { name: /^tea/ }).locator('.rooms-unread')
    const button = (page: Page) => page.getByRole('button', { name: 'Mark all rooms as read' })
    await cook.say('tea', 'hello')
    for (const page of [one, other]) await badge(page).waitFor()
    await button(one).click()
    for (const page of [one, other]) {
      await badge(page).waitFor({ state: 'detached' })
      expect(await button(page).count()).toBe(0)
    }
    await cook.say('tea', 'hello again')
    for (const page of [one, other]) await badge(page).waitFor()
    await other.keyboard.press('Shift+Escape')
    for (const page of [one, other]) await badge(page).waitFor({ state: 'detached' })
  })
})

describe('notification level', () => {
  it('mutes a room in all pages of the user: it is dimmed and not counted in the title', async (t) => {
    const { server, cook, cookie } = await serverWith(t, 3, 3)
    await cook.open('tea')
    const one = await pageWith(t, server, cookie, '/rooms/tea')
    await cook.nextWhere(({ type, room }) => type === 'join' && room === 'tea')
    const other = await pageWith(t, server, cookie)
    const tea = (page: Page) => page.getByRole('link', { name: /^tea/ })
    await one.getByRole('button', { name: 'tea', exact: true }).click()
    await one.getByRole('radio', { name: 'Nothing' }).check()
    for (const page of [one, other]) await expect.poll(() => tea(page).getAttribute('class')).toContain('muted')
    await one.keyboard.press('Escape')
    await switchTo(one, 'lobby')
    await cook.say('tea', 'hello, @Anna')
    for (const page of [one, other]) {
      await tea(page).locator('.badge').waitFor()
      expect(await page.title()).toBe('lobby · Teahouse')
    }
    await other.reload()
    await takenOver(other)
    await expect.poll(() => tea(other).getAttribute('class')).toContain('muted')
  })
})

describe('buttons and keys in the messages', () => {
  it('lead to the next mention, to the first unread message and to the end, and say how many are left', async (t) => {
    const { server, cook, cookie } = await serverWith(t, 100, 10)
    for (const [ref, data] of [
      [40, 'hello @Anna'],
      [80, 'tea for the @room'],
    ] as const) {
      await cook.ask({ type: 'edit', room: 'lobby', key: `edit ${ref}`, ref, data }, 'sent')
    }
    const page = await pageWith(t, server, cookie)
    await expect.poll(() => isInSight(unreadLine(page))).toBe(true)
    const nextMention = page.getByRole('button', { name: 'Next mention' })
    await expect.poll(() => nextMention.innerText()).toBe('Next mention · 2')
    await nextMention.click()
    await expect.poll(() => isInSight(message(page, 40))).toBe(true)
    await expect.poll(() => nextMention.innerText()).toBe('Next mention · 1')
    await composer(page).press('Alt+PageDown')
    await expect.poll(() => isInSight(message(page, 80))).toBe(true)
    await message(page, 80).locator('.mention.to-me').waitFor()
    await nextMention.waitFor({ state: 'detached' })
    // What follows is fetched, and is not read by that.
    await message(page, 100).waitFor()
    await expect.poll(() => isInSight(message(page, 80))).toBe(true)
    expect(await isInSight(message(page, 100))).toBe(false)
    await composer(page).press('Alt+PageUp')
    await expect.poll(() => isInSight(unreadLine(page))).toBe(true)
    await seesLineBefore(page, 11)
    await composer(page).press('Alt+End')
    await expect.poll(() => page.title()).toBe('lobby · Teahouse')
  })
})

describe('mentions and replies', () => {
  it('are listed across rooms, and each opens in its context', async (t) => {
    const { server, cook, cookie } = await serverWith(t, 3, 3)
    await cook.say('lobby', 'hello, @Anna')
    await cook.open('tea')
    const page = await pageWith(t, server, cookie, '/rooms/tea')
    await page.getByRole('link', { name: 'Mentions and replies' }).click()
    await page.getByRole('dialog').getByText('hello, @Anna').waitFor()
    await page.getByRole('link', { name: 'Show in room' }).click()
    await seesMessage(page, 'hello, @Anna')
    expect(new URL(page.url()).pathname).toBe('/rooms/lobby/4')
  })
})

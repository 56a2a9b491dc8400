/** What users do with existing messages: answer, edit, delete, react. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join, sayMany } from '../../../support/clients/chat-clients.ts'
import {
  choose,
  composer,
  context,
  isInSight,
  log,
  message,
  press,
  say,
  seesMessage,
  texts,
} from '../../../support/clients/page.ts'
import { cutter } from '../../../support/cut-connection.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function annaAndBo(t: Cleanup) {
  const server = await startServer(t)
  const [{ page: anna }, { page: bo }] = await Promise.all([
    visit(t, browser, server, 'Anna'),
    visit(t, browser, server, 'Bo'),
  ])
  return { server, anna, bo }
}

const quote = (page: Page, id: number) => message(page, id).locator('.quote')
const reaction = (page: Page, id: number, data: string) => message(page, id).locator('.reaction', { hasText: data })

describe('reply', () => {
  it('quotes the message that it answers, and links to it', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'who has *tea*?')
    await seesMessage(bo, 'who has tea?')
    await press(bo, 1, 'Reply')
    expect(await context(bo).innerText()).toMatch(/Replying to .?Anna/)
    await bo.keyboard.type('I have')
    await bo.keyboard.press('Enter')
    await seesMessage(anna, 'I have')
    expect(await quote(anna, 2).innerText()).toMatch(/Anna\s+who has tea\?/)
    expect(await context(bo).count()).toBe(0)
    await quote(anna, 2).click()
    await anna.locator('#m1.target').waitFor()
    await say(bo, 'and cups')
    await seesMessage(anna, 'and cups')
    expect(await quote(anna, 3).count()).toBe(0)
  })

  it('becomes an ordinary message when it is cancelled', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'hello')
    await seesMessage(bo, 'hello')
    await choose(bo, 1, 'Reply')
    await bo.keyboard.type('by the way')
    await bo.keyboard.press('Escape')
    await context(bo).waitFor({ state: 'detached' })
    await bo.keyboard.press('Enter')
    await seesMessage(anna, 'by the way')
    expect(await quote(anna, 2).count()).toBe(0)
  })

  it('links to a message that is not loaded, and back to the newest', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const cook = await join(server, 'Cook')
    await sayMany(cook, 'lobby', 250)
    await cook.ask({ type: 'chat', room: 'lobby', key: 'answer', data: 'as I said', reply: 3 }, 'sent')
    const { page } = await visit(t, browser, server, 'Anna')
    expect(await message(page, 3).count(), 'must be far away for this test to mean anything').toBe(0)
    await quote(page, 251).click()
    await page.locator('#m3.target').waitFor()
    await expect.poll(() => isInSight(message(page, 3))).toBe(true)
    expect(await message(page, 251).count()).toBe(0)
    await page.getByRole('button', { name: 'Jump to latest' }).click()
    await expect.poll(() => message(page, 251).count()).toBe(1)
    await expect.poll(() => isInSight(message(page, 251))).toBe(true)
    await cook.say('lobby', 'and more')
    await seesMessage(page, 'and more')
  })
})

describe('edit', () => {
  it('begins with ↑ in an empty box, and shows everywhere', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'teh')
    await seesMessage(bo, 'teh')
    await say(bo, 'yes?')
    await seesMessage(anna, 'yes?')
    await composer(anna).press('ArrowUp')
    expect(await composer(anna).inputValue()).toBe('teh')
    await composer(anna).fill('the')
    await composer(anna).press('Enter')
    for (const page of [anna, bo]) await message(page, 1).getByText('edited').waitFor()
    expect(await texts(bo)).toEqual(['the', 'yes?'])
    expect(await composer(anna).inputValue()).toBe('')
  })

  it('does not begin with ↑ in a text, and is not stored without changes', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'fine as it is')
    await seesMessage(bo, 'fine as it is')
    await composer(anna).fill('half a')
    await composer(anna).press('ArrowUp')
    expect(await context(anna).count()).toBe(0)
    await composer(anna).fill('')
    await composer(anna).press('ArrowUp')
    await context(anna).waitFor()
    await composer(anna).press('Enter')
    await context(anna).waitFor({ state: 'detached' })
    await say(anna, 'next')
    await seesMessage(bo, 'next')
    expect(await bo.locator('.message-edited').count()).toBe(0)
  })

  it('sets the draft aside, and restores it', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'one')
    await seesMessage(bo, 'one')
    await composer(anna).fill('half a sent')
    await choose(anna, 1, 'Edit')
    expect(await composer(anna).inputValue()).toBe('one')
    await anna.keyboard.type(', two')
    await anna.keyboard.press('Enter')
    await message(bo, 1).getByText('one, two').waitFor()
    expect(await composer(anna).inputValue()).toBe('half a sent')
    await choose(anna, 1, 'Edit')
    await anna.keyboard.type(', three')
    await anna.keyboard.press('Escape')
    expect(await composer(anna).inputValue()).toBe('half a sent')
    expect(await texts(anna)).toEqual(['one, two'])
  })

  it('is offered for the user’s own messages only', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'mine')
    await seesMessage(bo, 'mine')
    await press(anna, 1, 'More')
    await anna.getByRole('menuitem', { name: 'Edit' }).waitFor()
    await anna.getByRole('menuitem', { name: 'Delete' }).waitFor()
    await press(bo, 1, 'More')
    await bo.getByRole('menuitem', { name: 'Reply' }).waitFor()
    expect(await bo.getByRole('menuitem', { name: /Edit|Delete/ }).count()).toBe(0)
  })

  it('without a connection shows at once, and is sent after the reconnect', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'teh')
    await say(anna, 'a secret')
    await seesMessage(bo, 'a secret')
    const line = await cutter(anna)
    await line.cut()
    await choose(anna, 1, 'Edit')
    await composer(anna).fill('the')
    await composer(anna).press('Enter')
    await choose(anna, 2, 'Delete')
    await message(anna, 2).locator('.tombstone').waitFor()
    expect(await texts(anna)).toEqual(['the', expect.stringContaining('This message was deleted')])
    expect(await texts(bo)).toEqual(['teh', 'a secret'])
    await line.mend()
    await message(bo, 1).getByText('the edited', { exact: true }).waitFor()
    await message(bo, 2).locator('.tombstone').waitFor()
  })
})

describe('deletion', () => {
  /** Anna, whose time the test can turn on, and Bo. */
  async function withClock(t: Cleanup) {
    const all = await annaAndBo(t)
    await say(all.anna, 'a secret')
    await seesMessage(all.bo, 'a secret')
    await all.anna.clock.install()
    await all.anna.reload()
    await takenOver(all.anna)
    return all
  }

  it('can be undone for five seconds before others see it', async (t) => {
    const { anna, bo } = await withClock(t)
    await choose(anna, 1, 'Delete')
    await message(anna, 1).getByText('This message was deleted').waitFor()
    await anna.getByRole('button', { name: 'Undo' }).click()
    await seesMessage(anna, 'a secret')
    await anna.clock.fastForward(6_000)
    await say(anna, 'still here')
    await seesMessage(bo, 'still here')
    expect(await texts(bo)).toEqual(['a secret', 'still here'])
  })

  it('leaves a tombstone for everyone, without the text', async (t) => {
    const { anna, bo } = await withClock(t)
    await choose(anna, 1, 'Delete')
    await anna.getByRole('button', { name: 'Undo' }).waitFor()
    expect(await texts(bo)).toEqual(['a secret'])
    await anna.clock.fastForward(5_100)
    await message(bo, 1).getByText('This message was deleted').waitFor()
    await anna.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' })
    await message(bo, 1).hover()
    expect(await bo.getByRole('group', { name: 'Message actions' }).count()).toBe(0)
    await bo.reload()
    await message(bo, 1).getByText('This message was deleted').waitFor()
    expect(await bo.content()).not.toContain('a secret')
  })

  it('is sent when the page is left before the five seconds end', async (t) => {
    const { anna, bo } = await withClock(t)
    await choose(anna, 1, 'Delete')
    await anna.getByRole('button', { name: 'Undo' }).waitFor()
    await anna.goto('about:blank')
    await message(bo, 1).getByText('This message was deleted').waitFor()
  })
})

describe('reactions', () => {
  it('are added and removed by each user, and list the users', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'cake?')
    await seesMessage(bo, 'cake?')
    await press(bo, 1, 'React with 👍')
    await reaction(anna, 1, '👍').waitFor()
    expect(await reaction(anna, 1, '👍').getAttribute('title')).toMatch(/^.?Bo.?$/)
    expect(await reaction(anna, 1, '👍').getAttribute('aria-pressed')).toBe('false')
    await reaction(anna, 1, '👍').click()
    for (const page of [anna, bo]) {
      await reaction(page, 1, '👍').getByText('2').waitFor()
      expect(await reaction(page, 1, '👍').getAttribute('aria-pressed')).toBe('true')
      expect(await reaction(page, 1, '👍').getAttribute('title')).toMatch(/Anna.* and .*Bo|Bo.* and .*Anna/)
    }
    await reaction(bo, 1, '👍').click()
    await reaction(anna, 1, '👍').getByText('1').waitFor()
    await reaction(anna, 1, '👍').click()
    for (const page of [anna, bo]) await reaction(page, 1, '👍').waitFor({ state: 'detached' })
  })

  it('can be any emoji from the picker', async (t) => {
    const { anna, bo } = await annaAndBo(t)
    await say(anna, 'cake?')
    await seesMessage(bo, 'cake?')
    await press(bo, 1, 'React')
    await bo.getByRole('searchbox', { name: 'Search emoji' }).fill('teapot')
    await bo
      .getByRole('button', { name: /teapot/ })
      .first()
      .click()
    await reaction(anna, 1, '🫖').waitFor()
    expect(await log(bo).locator('.reaction').count()).toBe(1)
  })
})

/** The panel of the search: opened, asked, left for a message and come back to. Against the real server. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { composer, focused, isInSight, message, phone, waitForRoom } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const panel = (page: Page, name = 'Search messages') => page.getByRole('dialog', { name })
const box = (page: Page) => panel(page).getByRole('searchbox')
const results = (page: Page) => page.locator('dialog[open] .found-message')
const marks = (page: Page) => page.locator('dialog[open] mark').allInnerTexts()
const summary = (page: Page) => panel(page).locator('.search-results [role=status]')

async function search(page: Page, query: string) {
  await box(page).fill(query)
  await box(page).press('Enter')
}

/** Bo has written in the lobby and in the garden, in which Anna is too. The oldest messages of the garden are out of sight. */
async function annaMayFind(t: Cleanup, options: BrowserContextOptions = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const bo = await join(server, 'Bo')
  await bo.open('garden')
  await bo.say('lobby', 'Nothing about leaves')
  for (let n = 1; n <= 60; n++) await bo.say('garden', n % 2 ? `Oolong, cup ${n}` : `Water ${n}`)
  await bo.say('garden', '我们在上海喝茶')
  const { page, context } = await visit(t, browser, server, 'Anna', options)
  await page.goto(`${server.url}/rooms/garden`)
  await waitForRoom(page, 'garden')
  return { server, page, context, bo }
}

describe('panel of the search', () => {
  it('opens by its icon, by a slash and by Ctrl+Shift+F, each with the focus in its box, and gives it back', async (t) => {
    const { page } = await annaMayFind(t)
    const ways = [
      () => page.locator('.room-header-search').click(),
      () => page.locator('.log').press('/'),
      () => page.keyboard.press('Control+Shift+F'),
    ]
    for (const open of ways) {
      await page.locator('.log').focus()
      await open()
      await box(page).waitFor()
      await expect.poll(() => box(page).evaluate((one) => one === document.activeElement)).toBe(true)
      await page.keyboard.press('Escape')
      await panel(page).waitFor({ state: 'detached' })
      expect(await focused(page)).not.toBe('nothing')
    }
    await composer(page).press('/')
    expect(await composer(page).inputValue(), 'where one writes it is a letter').toBe('/')
    expect(await panel(page).count()).toBe(0)
  })

  it('marks the words that were found, in any script, and says in which room and by whom', async (t) => {
    const { page } = await annaMayFind(t)
    await page.keyboard.press('Control+Shift+F')
    await search(page, 'oolong')
    await results(page).first().waitFor()
    expect(new Set(await marks(page))).toEqual(new Set(['Oolong']))
    expect(await summary(page).innerText()).toBe('30 messages')
    const first = await results(page).first().innerText()
    expect(first).toContain('Bo')
    expect(first).toContain('garden')
    expect(await results(page).first().locator('time').getAttribute('datetime')).toMatch(/^\d{4}-/)
    await search(page, '上海')
    await expect.poll(() => marks(page)).toEqual(['上海'])
    await search(page, 'camellia')
    await expect.poll(() => summary(page).innerText()).toBe('No messages found.')
    await search(page, 'has:cake')
    await panel(page).getByRole('alert').getByText('has:file').waitFor()
  })

  it('filters by buttons and by what is typed', async (t) => {
    const { page, bo } = await annaMayFind(t)
    await bo.say('garden', 'Oolong: https://tea.example/')
    await page.keyboard.press('Control+Shift+F')
    await search(page, 'oolong')
    await expect.poll(() => results(page).count()).toBe(31)
    const link = panel(page).getByRole('button', { name: 'With a link' })
    await link.click()
    await expect.poll(() => results(page).count()).toBe(1)
    expect([await box(page).inputValue(), await link.getAttribute('aria-pressed')]).toEqual(['oolong has:link', 'true'])
    await link.click()
    await expect.poll(() => results(page).count()).toBe(31)
    await panel(page).getByRole('button', { name: 'From me' }).click()
    await expect.poll(() => summary(page).innerText()).toBe('No messages found.')
    await search(page, 'leaves in:lobby')
    await expect.poll(() => results(page).count()).toBe(1)
    await search(page, 'oolong before:2020-01-01')
    await expect.poll(() => results(page).count()).toBe(0)
    await search(page, 'oolong after:2020-01-01 from:Bo')
    await expect.poll(() => results(page).count()).toBe(31)
  })

  it('remembers what was searched for, also after a reload, until that is cleared', async (t) => {
    const { page } = await annaMayFind(t)
    await page.keyboard.press('Control+Shift+F')
    await search(page, 'oolong')
    await results(page).first().waitFor()
    await page.reload()
    await waitForRoom(page, 'garden')
    await page.keyboard.press('Control+Shift+F')
    await panel(page).getByRole('button', { name: 'oolong', exact: true }).click()
    await results(page).first().waitFor()
    expect(await box(page).inputValue()).toBe('oolong')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+Shift+F')
    await panel(page).getByRole('button', { name: 'Clear recent searches' }).click()
    expect(await panel(page).getByRole('button', { name: 'oolong', exact: true }).count()).toBe(0)
  })

  it('opens a message in its context by keys alone, and Back returns to the list at its place', async (t) => {
    const { page, server } = await annaMayFind(t)
    await page.goto(server.url)
    await waitForRoom(page, 'lobby')
    await page.locator('.log').press('/')
    await box(page).waitFor()
    await page.keyboard.type('oolong')
    await page.keyboard.press('Enter')
    await results(page).first().waitFor()
    const oldest = results(page).last()
    await oldest.focus()
    await page.keyboard.press('Enter')
    await waitForRoom(page, 'garden')
    await message(page, 1).waitFor()
    await expect.poll(() => isInSight(message(page, 1))).toBe(true)
    expect(await message(page, 1).getAttribute('class')).toContain('target')
    expect(page.url()).toBe(`${server.url}/rooms/garden/1`)
    await message(page, 2).waitFor()
    await page.goBack()
    await panel(page).waitFor()
    await waitForRoom(page, 'lobby')
    expect(await box(page).inputValue()).toBe('oolong')
    await expect.poll(() => oldest.evaluate((one) => one === document.activeElement)).toBe(true)
    const place = await oldest.evaluate((one) => {
      const { top, bottom } = one.getBoundingClientRect()
      return top >= 0 && bottom <= innerHeight
    })
    expect(place, 'it is in sight again').toBe(true)
  })

  it('shows nothing on Back that was deleted, edited or hidden meanwhile, and keeps the pages and the place', async (t) => {
    const { page, bo, server } = await annaMayFind(t)
    for (let n = 1; n <= 30; n++) await bo.say('garden', `More Oolong, cup ${n}`)
    const { user: anna } = await server.signIn('Anna')
    const { room: den } = await bo.ask(
      { type: 'create', key: 'den', kind: 'private', name: 'Den', users: [anna.id] },
      'room',
    )
    await bo.open(den)
    await bo.say(den, 'Oolong for us')
    await page.goto(server.url)
    await waitForRoom(page, 'lobby')
    await page.keyboard.press('Control+Shift+F')
    await search(page, 'oolong')
    await expect.poll(() => results(page).count()).toBe(50)
    expect(await results(page).first().innerText()).toContain('Oolong for us')
    await panel(page).getByRole('button', { name: 'Search older messages' }).click()
    await expect.poll(() => results(page).count()).toBe(61)
    await results(page).last().click()
    await message(page, 1).waitFor()
    await bo.ask({ type: 'delete', room: 'garden', key: 'delete', ref: 1 }, 'sent')
    await bo.ask({ type: 'edit', room: 'garden', key: 'edit', ref: 3, data: 'Oolong, cold' }, 'sent')
    await page.goBack()
    await expect.poll(() => results(page).count()).toBe(60)
    const list = await results(page).allInnerTexts()
    expect(list.filter((text) => /cup 1$/.test(text))).toHaveLength(1)
    expect(list.at(-1)).toMatch(/Oolong, cold/)
    await expect
      .poll(() =>
        results(page)
          .last()
          .evaluate((one) => one === document.activeElement),
      )
      .toBe(true)
    await results(page).last().click()
    await message(page, 3).waitFor()
    await bo.ask({ type: 'kick', room: den, key: 'kick', user: anna.id }, 'done')
    await page.goBack()
    await expect.poll(() => results(page).count()).toBe(59)
    expect(await results(page).first().innerText()).not.toContain('Oolong for us')
  })

  it('fits a phone, and is used by touch', async (t) => {
    const { page } = await annaMayFind(t, phone)
    await page.locator('.room-header-search').tap()
    await search(page, 'oolong')
    await results(page).first().waitFor()
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
    for (const one of [results(page).first(), panel(page).getByRole('button', { name: 'With a file' })])
      expect((await one.boundingBox())?.height).toBeGreaterThanOrEqual(36)
    await results(page).last().tap()
    await expect.poll(() => isInSight(message(page, 1))).toBe(true)
    await page.goBack()
    await panel(page).waitFor()
  })

  it('speaks Chinese', async (t) => {
    const { page, context, server } = await annaMayFind(t)
    await context.addCookies([{ name: 'language', value: 'zh', url: server.url }])
    await page.reload()
    await page.locator('.room-header-search').click()
    const dialog = panel(page, '搜索消息')
    await dialog.getByRole('searchbox').fill('上海')
    await page.keyboard.press('Enter')
    await expect.poll(() => marks(page)).toEqual(['上海'])
    expect(await dialog.locator('.search-results [role=status]').innerText()).toBe('1 条消息')
    expect(await dialog.locator('.search-filter').allInnerTexts()).toEqual([
      '当前房间',
      '我发送的',
      '提到我',
      '有文件',
      '有链接',
    ])
  })
})

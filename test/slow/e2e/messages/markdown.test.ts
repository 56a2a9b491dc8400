/** Headings, tables and rules of messages, as a browser draws them. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const columns = ['tea', 'origin', 'harvested', 'temperature', 'minutes', 'remarks', 'price']
const message = [
  '# Teas\n## Of this spring\n### From the mountains\n#### Small',
  `| ${columns.join(' | ')} |\n|:-|:-|:-|-:|-:|:-:|-:|\n| [龙井](https://zh.wikipedia.org/wiki/龙井茶) | Hangzhou | **April** | 80 °C | 3 | \`fresh\` | 12 |\n| Da Hong Pao | Wuyi | May | 95 °C | 1 | | 30 |`,
  '---',
  '1984. A good year\n\n> ### Quoted\n> | a | b |\n> |---|---|\n> | 1 | 2 |',
].join('\n\n')
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

async function openWith(t: Cleanup, text: string, options: BrowserContextOptions) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const chat = await (await server.signIn('Bo')).connect()
  await chat.open('lobby')
  await chat.say('lobby', text)
  const { page } = await visit(t, browser, server, 'Anna', options)
  await page.locator('.message-text table').first().waitFor()
  return page
}

describe.each([
  ['with its script', {}],
  ['without its script', { javaScriptEnabled: false }],
])('page %s', (_, options) => {
  it('scrolls a wide table inside its message on a phone, by keyboard too', async (t) => {
    const page = await openWith(t, message, { ...phone, ...options })
    const table = page.locator('.table-scroll').first()
    const widths = await table.evaluate((element) => [element.scrollWidth, element.clientWidth])
    expect(widths[0], 'the table is wider than its message').toBeGreaterThan(widths[1] ?? 0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.viewport.width)
    await table.focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => table.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0)
  })

  it('names the heads of a table and the headings of a message', async (t) => {
    const page = await openWith(t, message, options)
    expect(await page.getByRole('columnheader').allInnerTexts()).toEqual([...columns, 'a', 'b'])
    for (const [name, level] of [
      ['Teas', 2],
      ['Of this spring', 3],
      ['From the mountains', 4],
      ['Small', 5],
    ] as const) {
      expect(await page.getByRole('heading', { name, level, exact: true }).count(), name).toBe(1)
    }
    expect(await page.getByRole('separator').count()).toBeGreaterThan(0)
  })

  it('draws a heading larger than the text by less than half', async (t) => {
    const page = await openWith(t, message, options)
    const sizes = await page
      .locator('.heading-1, .heading-2, .heading-3')
      .evaluateAll((elements) => elements.map((element) => Number.parseFloat(getComputedStyle(element).fontSize)))
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
    expect((sizes[0] ?? 0) / (sizes.at(-1) ?? 1)).toBeLessThan(1.5)
  })
})

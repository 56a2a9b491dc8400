/** Code that is sent to slow down the pages of other users. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { log, message, say, seesMessage } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const block = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``
/** Each takes highlight.js most of a second, and has nothing to colour where a machine is faster than that. */
const bad = (number: number) => block('cs', 'a<a> '.repeat(795 - number))
const colours = (page: Page, id: number) => message(page, id).locator('[class^=token-]')

async function annaAndCook(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const cook = await join(server, 'Cook')
  const { page } = await visit(t, browser, server, 'Anna')
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (line) => line.type() === 'error' && errors.push(line.text()))
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  return { cook, page, errors, asked }
}

describe('code block', () => {
  it('that takes too long stays plain, and blocks neither the page nor other code (SECURITY-REVIEW 9)', async (t) => {
    const { cook, page, errors, asked } = await annaAndCook(t)
    for (let number = 1; number <= 10; number++) await cook.say('lobby', bad(number))
    await cook.say('lobby', block('js', 'const tea = 1'))
    await colours(page, 11).first().waitFor()
    await say(page, 'it answers')
    await seesMessage(page, 'it answers')
    const blocks = page.locator('.code-block[data-language=cs]')
    expect(await blocks.count()).toBe(10)
    // As many of them as a page begins with come again, all at once, and before the good one.
    await page.reload()
    await colours(page, 11).first().waitFor()
    expect(await message(page, 11).locator('.token-keyword').innerText()).toBe('const')
    const shown = await blocks.locator('code').allInnerTexts()
    expect(shown.length, 'must be several for this test to mean anything').toBeGreaterThan(3)
    for (const text of shown) expect(text).toContain('a<a> a<a>')
    expect(await blocks.locator('[class^=token-]').count()).toBe(0)
    expect(asked.join('\n'), 'must be fetched for this test to mean anything').toMatch(/csharp-[\s\S]+javascript-/)
    const here = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    expect(here.join('\n')).toContain('/lazy-parts-')
    expect(here.join('\n'), 'the page leaves that to its worker').not.toMatch(/csharp-|javascript-/)
    expect(errors).toEqual([])
  })

  it('of any depth can be highlighted (SECURITY-REVIEW 9)', async (t) => {
    const { cook, page, errors } = await annaAndCook(t)
    await cook.say('lobby', block('js', '`${'.repeat(1_300)))
    await colours(page, 1).first().waitFor()
    await cook.say('lobby', 'and on it goes')
    await seesMessage(page, 'and on it goes')
    expect(await log(page).locator('.message').count()).toBe(2)
    expect(errors).toEqual([])
  })
})

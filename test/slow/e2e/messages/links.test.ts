/** Links that pretend, as a browser draws them. */
import type { Browser, Locator } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { message } from '../../../support/clients/page.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const link = '[bank.example](https://evil.example)'
const override = '\u202e'

/** The characters as one reads them in a line, from left to right. */
const read = (one: Locator): Promise<string> =>
  one.evaluate((element) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
    const seen: [left: number, character: string][] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const [at, character] of [...(node.textContent ?? '')].entries()) {
        const range = document.createRange()
        range.setStart(node, at)
        range.setEnd(node, at + 1)
        const { left, width } = range.getBoundingClientRect()
        if (width) seen.push([left, character])
      }
    }
    seen.sort(([a], [b]) => a - b)
    return seen.map(([, character]) => character).join('')
  })

describe('link host', () => {
  it.for([true, false])(
    'is displayed as it is, whatever text comes before it; JavaScript: %s (SECURITY-REVIEW 20)',
    async (javaScriptEnabled, t) => {
      const server = await startServer(t, { RATE_LIMITS: 'off' })
      const cook = await join(server, 'Cook')
      // Beyond 125 of them a browser counts no more, and isolates nothing either (UAX #9, BD2).
      const texts = [
        link,
        override + link,
        `${override.repeat(130)}see ${link}`,
        `[${override}elpmaxe.knab](https://evil.example)`,
      ]
      for (const text of texts) await cook.say('lobby', text)
      const { page } = await visit(t, browser, server, 'Anna', { javaScriptEnabled })
      for (let id = 1; id <= texts.length; id++) {
        const shown = message(page, id).locator('.message-text')
        expect(await read(shown.locator('.link-host'))).toBe('(evil.example)')
        expect(await shown.locator('a').getAttribute('title')).toBe('https://evil.example/')
      }
      const third = await read(message(page, 3).locator('.message-text p'))
      expect(third, 'must be turned round for this test to mean anything').toContain('ees')
    },
  )
})

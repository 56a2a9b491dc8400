/** Copying where the browser has no clipboard for the page: over plain http. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, visit } from '../../../support/clients/browser.ts'
import { choose, composer, say, seesMessage } from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  // A name that is not this machine's: browsers take `localhost` and its addresses for secure.
  browser = await launchBrowser(['--host-resolver-rules=MAP tea.example 127.0.0.1'])
})
afterAll(() => browser.close())

async function annaWrites(t: Cleanup, text: string) {
  const server = await startServer(t)
  const { page } = await visit(t, browser, { url: `http://tea.example:${server.port}` }, 'Anna')
  expect(await page.evaluate(() => 'clipboard' in navigator), 'the page has no clipboard').toBe(false)
  await say(page, text)
  await seesMessage(page, 'oolong')
  return page
}

describe('copying over plain http', () => {
  it('copies the text of a message, and leaves the focus (FAULTS 21)', async (t) => {
    const page = await annaWrites(t, 'oolong at four')
    await choose(page, 1, 'Copy text')
    await page.locator('.toast', { hasText: 'Copied' }).waitFor()
    await composer(page).focus()
    await page.keyboard.press('Control+v')
    await expect.poll(() => composer(page).inputValue()).toBe('oolong at four')
  })

  it('copies code', async (t) => {
    const page = await annaWrites(t, '```\noolong\n```')
    await page.getByRole('button', { name: 'Copy', exact: true }).click()
    await page.getByRole('button', { name: 'Copied', exact: true }).waitFor()
    await composer(page).focus()
    await page.keyboard.press('Control+v')
    await expect.poll(() => composer(page).inputValue()).toBe('oolong')
  })

  it('says so when nothing can be copied, and shows the text', async (t) => {
    const page = await annaWrites(t, 'oolong at four')
    await page.evaluate(() => (document.execCommand = () => false))
    await choose(page, 1, 'Copy text')
    await page.locator('.toast', { hasText: /Couldn’t copy: .?oolong at four/ }).waitFor()
  })
})

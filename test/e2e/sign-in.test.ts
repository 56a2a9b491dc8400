/** The sign-in page, as its users see it. */
import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openContext, sharedBrowser, visit } from '../support/clients/browser.ts'
import { focused } from '../support/clients/page.ts'
import { memberNamed, password } from '../support/clients/visitor.ts'
import { startServer } from '../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

describe('sign-in page › password', () => {
  it('has the focus when the name is claimed, and shows a marker while it is folded (PAGE-REVIEW 18)', async (t) => {
    const server = await startServer(t)
    await memberNamed(server, 'Anna')
    const context = await openContext(t, browser)
    const page = await context.newPage()
    await page.goto(`${server.url}/signin`)
    expect(await focused(page)).toBe('name')
    const summary = page.locator('summary', { hasText: 'Enter a password' })
    // Only a list item has a marker.
    expect(await summary.evaluate((one) => getComputedStyle(one).display)).toBe('list-item')
    await page.locator('#name').fill('Anna')
    await page.locator('.auth-form [type=submit]').click()
    await page.getByRole('alert').waitFor()
    expect(await page.locator('#password').isVisible()).toBe(true)
    await expect.poll(() => focused(page)).toBe('password')
  })
})

describe('name at the bottom of the list of rooms', () => {
  it.for([true, false])('leads a guest to setting a password, with script: %s (PAGE-REVIEW 27)', async (script, t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna', { javaScriptEnabled: script })
    await page
      .locator('.me')
      .getByRole('link', { name: /Anna.*Set a password/ })
      .click()
    await page.getByLabel('New password').waitFor()
    expect(new URL(page.url()).pathname).toBe('/account')
    await page.getByLabel('New password').fill(password)
    await page.getByRole('button', { name: 'Claim name' }).click()
    await page.getByLabel('Current password').waitFor()
    await page.goto(server.url)
    expect(await page.locator('.me').getByRole('link').innerText()).toBe('Anna')
  })
})

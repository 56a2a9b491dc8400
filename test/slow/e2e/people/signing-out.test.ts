/** What a browser stores about a user, and when it is deleted: over http, where `Clear-Site-Data` has no effect. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../../http/raw-request.ts'
import { launchBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { composer, focused, say, seesMessage, unsent } from '../../../support/clients/page.ts'
import { cutter } from '../../../support/cut-connection.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'
import { storedData } from '../../../support/server/stored-data.ts'

let browser: Browser
beforeAll(async () => {
  // A name that is not this machine's: browsers take `localhost` and its addresses for secure.
  browser = await launchBrowser(['--host-resolver-rules=MAP tea.example 127.0.0.1'])
})
afterAll(() => browser.close())

const secret = 'the secret of oolong'

async function annaWrites(t: Cleanup) {
  const server = await startServer(t)
  const url = `http://tea.example:${server.port}`
  const { page, context } = await visit(t, browser, { url }, 'Anna')
  expect(await page.evaluate(() => isSecureContext), 'the page came over plain http').toBe(false)
  return { server, url, page, context }
}

/** A draft in the box, an emoji used, and a message that waits for the line. */
async function leaveTraces(page: Page) {
  const line = await cutter(page)
  await line.cut()
  await say(page, `${secret}: a message`)
  await unsent(page).waitFor()
  await composer(page).fill(`${secret}: a draft`)
  await page.evaluate((text) => localStorage.setItem('teahouse-emoji', JSON.stringify([text])), `${secret}: an emoji`)
  await expect.poll(() => storedData(page)).toMatch(/a message.*an emoji|an emoji.*a message/s)
  await expect.poll(() => storedData(page)).toContain('a draft')
  return line
}

const askToSignOut = (page: Page) => page.getByRole('button', { name: 'Sign out', exact: true }).click()

/** As a guest, who is asked first. */
async function signOut(page: Page) {
  await askToSignOut(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click()
}

const onSignInPage = (page: Page) => page.waitForURL(/\/signin/)

async function signInAs(page: Page, name: string) {
  await page.locator('#name').fill(name)
  await page.locator('.auth-form button[type=submit]').click()
  await takenOver(page)
}

/** As when it has expired: the next request is nobody's. */
async function loseSession(context: BrowserContext, page: Page, line: { mend(): Promise<void> }) {
  await context.clearCookies()
  await line.mend()
  await onSignInPage(page)
}

describe('sign-out', () => {
  it('deletes the user’s data from the browser, and keeps the settings (SECURITY-REVIEW 23) (FAULTS 16)', async (t) => {
    const { page } = await annaWrites(t)
    await composer(page).fill(secret)
    await page.evaluate(() => localStorage.setItem('teahouse-settings', '{"enterSends":false}'))
    await page.evaluate((text) => localStorage.setItem('teahouse-emoji', JSON.stringify([text])), secret)
    await expect.poll(() => storedData(page)).toMatch(/oolong.*oolong/s)
    await signOut(page)
    await onSignInPage(page)
    const after = await storedData(page)
    expect(after).not.toContain('oolong')
    expect(after).toContain('enterSends')
  })

  it('asks first when messages were not sent, and deletes them after confirmation (SECURITY-REVIEW 23) (FAULTS 16)', async (t) => {
    const { page } = await annaWrites(t)
    await leaveTraces(page)
    await askToSignOut(page)
    const dialog = page.getByRole('dialog', { name: 'Sign out' })
    await dialog.getByText('1 message hasn’t been sent. Signing out deletes it.').waitFor()
    expect(await focused(page), 'the choice that does no harm').toBe('Stay signed in')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    expect(await focused(page)).toBe('Sign out')
    expect(await storedData(page)).toContain('a message')
    await page.keyboard.press('Enter')
    await dialog.waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Sign out and delete')
    await page.keyboard.press('Enter')
    await onSignInPage(page)
    expect(await storedData(page)).not.toContain('oolong')
  })

  it('deletes the data of other tabs and signs them out, also without a connection (SECURITY-REVIEW 23) (FAULTS 16)', async (t) => {
    const { page, context, url } = await annaWrites(t)
    const other = await context.newPage()
    await other.goto(url)
    await takenOver(other)
    await leaveTraces(other)
    await askToSignOut(page)
    await page.getByRole('button', { name: 'Sign out and delete' }).click()
    await Promise.all([onSignInPage(page), onSignInPage(other)])
    expect(await storedData(page)).not.toContain('oolong')
    expect(await other.content()).not.toContain('oolong')
  })

  it('from another device deletes the data here too (SECURITY-REVIEW 23) (FAULTS 16)', async (t) => {
    const { server, page, context } = await annaWrites(t)
    await composer(page).fill(secret)
    await expect.poll(() => storedData(page)).toContain('oolong')
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const headers = { cookie, host: `tea.example:${server.port}` }
    expect((await ask(server.port, '/signout', { method: 'POST', headers })).status).toBe(303)
    await onSignInPage(page)
    expect(await storedData(page)).not.toContain('oolong')
  })
})

describe('session that ended by itself', () => {
  it('keeps unsent messages, and sends them when the same user signs in again (SECURITY-REVIEW 23) (FAULTS 16)', async (t) => {
    const { page, context } = await annaWrites(t)
    await loseSession(context, page, await leaveTraces(page))
    await signInAs(page, 'Anna')
    await seesMessage(page, `${secret}: a message`)
    expect(await composer(page).inputValue()).toBe(`${secret}: a draft`)
  })

  it('shows nothing of them to another user, and deletes them (SECURITY-REVIEW 23) (FAULTS 16)', async (t) => {
    const { page, context } = await annaWrites(t)
    await loseSession(context, page, await leaveTraces(page))
    await signInAs(page, 'Bo')
    await expect.poll(() => storedData(page)).not.toContain('oolong')
    expect(await page.content()).not.toContain('oolong')
    expect(await composer(page).inputValue()).toBe('')
  })
})

describe('a guest who signs out', () => {
  it('keeps their name in this browser, until they ask to be forgotten', async (t) => {
    const { page, context } = await annaWrites(t)
    const device = async () => (await context.cookies()).find(({ name }) => name.startsWith('device-'))
    await askToSignOut(page)
    const dialog = page.getByRole('dialog', { name: 'Sign out' })
    expect(await dialog.getByRole('link', { name: 'Set a password' }).getAttribute('href')).toBe('/account')
    await dialog.getByRole('button', { name: 'Sign out', exact: true }).click()
    await onSignInPage(page)
    expect(await device()).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    await signInAs(page, 'Anna')
    await askToSignOut(page)
    await dialog.getByLabel('Forget me on this device').check()
    await dialog.getByRole('button', { name: 'Sign out', exact: true }).click()
    await onSignInPage(page)
    expect(await device()).toBeUndefined()
    expect(await page.locator('#name').inputValue()).not.toBe('Anna')
  })
})

describe('two servers on one host', () => {
  it('are signed out of separately in one browser (FAULTS 11)', async (t) => {
    const [{ page, context }, other] = [await annaWrites(t), await startServer(t)]
    const there = await context.newPage()
    await there.goto(`http://tea.example:${other.port}`)
    await signInAs(there, 'Bo')
    await page.reload()
    await takenOver(page)
    expect(await page.locator('.me').innerText()).toContain('Anna')
    await signOut(page)
    await onSignInPage(page)
    await there.reload()
    await takenOver(there)
    expect(await there.locator('.me').innerText()).toContain('Bo')
  })
})

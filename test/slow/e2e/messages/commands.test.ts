/** Slash commands: on the page, on classic sockets and without a script. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { composer, makeRoom, message, seesMessage } from '../../../support/clients/page.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** With one space where the browser writes line breaks for a paragraph. */
async function textOf(page: Page, id: number): Promise<string> {
  return (await message(page, id).locator('.message-text').innerText()).replaceAll(/\s+/g, ' ')
}

describe('slash commands › on the page', () => {
  it('shows /me as an action, and sends it to classic sockets as one', async (t) => {
    const server = await startServer(t)
    const classic = await (await server.signIn('Bo')).connect({ protocol: undefined })
    await classic.next('list')
    const { page } = await visit(t, browser, server, 'Anna')
    await send(page, '/me waves')
    await message(page, 1).waitFor()
    expect(await textOf(page, 1)).toBe('* Anna waves')
    expect(await classic.next('chat')).toMatchObject({ data: '* Anna waves' })
  })
  it('keeps an unknown command in the box, and sends it as text when asked to', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna')
    await send(page, '/dance now')
    await page.getByRole('alert').getByText('There is no command /dance.').waitFor()
    expect(await composer(page).inputValue()).toBe('/dance now')
    await page.getByRole('button', { name: 'Send as text' }).click()
    await seesMessage(page, '/dance now')
  })
})

describe('slash commands › without a script', () => {
  const scriptless = { javaScriptEnabled: false }
  const submit = async (page: Page, text: string) => {
    await composer(page).fill(text)
    await page.getByRole('button', { name: 'Send' }).click()
  }

  it('sends /me, and shows it as an action', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    await submit(page, '/me waves')
    await message(page, 1).waitFor()
    expect(await textOf(page, 1)).toBe('* Anna waves')
  })
  it('changes the topic of a room that the user created, and keeps the command in the box where they may not', async (t) => {
    const server = await startServer(t)
    const anna = await visit(t, browser, server, 'Anna')
    await makeRoom(anna.page, { kind: 'Public', name: 'oolong' })
    const context = await browser.newContext({ ...scriptless, storageState: await anna.context.storageState() })
    t.onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${server.url}/rooms/oolong`)
    await submit(page, '/topic Green tea')
    await page.locator('.room-header-topic').getByText('Green tea').waitFor()
    await page.goto(`${server.url}/rooms/lobby`)
    await submit(page, '/topic Green tea')
    await page.getByRole('alert').waitFor()
    expect(await composer(page).inputValue()).toBe('/topic Green tea')
  })
  it('refuses an unknown command, and keeps it in the box', async (t) => {
    const server = await startServer(t)
    const { page } = await visit(t, browser, server, 'Anna', scriptless)
    await submit(page, '/dance now')
    expect(await page.getByRole('alert').innerText()).toBe(
      'There is no command /dance. To start a message with a slash, type two.',
    )
    expect(await composer(page).inputValue()).toBe('/dance now')
    await submit(page, '//dance now')
    await seesMessage(page, '/dance now')
  })
})

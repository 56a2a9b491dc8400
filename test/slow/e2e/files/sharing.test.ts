/** What other programs share with the installed page: the service worker keeps it, and the page asks for a room. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import {
  composer,
  makeRoom,
  phone,
  roomLink,
  say,
  seesMessage,
  texts,
  waitForRoom,
} from '../../../support/clients/page.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const asked = (page: Page) => page.getByRole('dialog', { name: 'Share to a room' })

/** As the system does it: a form that is sent to the address of the manifest. */
async function share(page: Page, action: string, fields: Record<string, string>, files: Record<string, string> = {}) {
  await page.evaluate(
    ([action, fields, files]) => {
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action, enctype: 'multipart/form-data' })
      for (const [name, value] of Object.entries(fields)) {
        const input = Object.assign(document.createElement('input'), { type: 'hidden', name, value })
        form.append(input)
      }
      const chosen = new DataTransfer()
      for (const [name, text] of Object.entries(files)) chosen.items.add(new File([text], name, { type: 'text/plain' }))
      const input = Object.assign(document.createElement('input'), { type: 'file', name: 'files', multiple: true })
      input.files = chosen.files
      form.append(input)
      document.body.append(form)
      form.submit()
    },
    [action, fields, files] as const,
  )
}

async function annaIsReady(t: Cleanup) {
  const server = await startServer(t)
  const { page, context } = await visit(t, browser, server, 'Anna', { serviceWorkers: 'allow', ...phone })
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  return { server, page, context }
}

/** A page of another site in the same browser. */
async function evilPage(t: Cleanup) {
  const site = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<title>Evil</title>')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => void site.close())
  return `http://localhost:${(site.address() as AddressInfo).port}/`
}

describe('something that is shared', () => {
  it('is named by the manifest', async (t) => {
    const server = await startServer(t)
    const { share_target: target } = await (await fetch(`${server.url}/manifest.webmanifest`)).json()
    expect(target).toEqual({
      action: '/share',
      method: 'POST',
      enctype: 'multipart/form-data',
      params: { title: 'title', text: 'text', url: 'url', files: [{ name: 'files', accept: ['*/*'] }] },
    })
  })

  it('goes with its text and files into the composer of the room that is chosen, after the draft', async (t) => {
    const { page } = await annaIsReady(t)
    await composer(page).fill('my draft')
    await share(page, '/share', { title: 'Teas', text: 'Look', url: 'https://tea.example/' }, { 'list.txt': 'oolong' })
    await asked(page).waitFor()
    expect(await asked(page).innerText()).toContain('1 file: list.txt')
    await asked(page).getByRole('option', { name: 'Lobby' }).click()
    await expect.poll(() => composer(page).inputValue()).toBe('my draft\nTeas\nLook\nhttps://tea.example/')
    await page.locator('.attached-file', { hasText: 'list.txt' }).waitFor()
    expect(await texts(page), 'nothing is sent by itself').toEqual([])
    await page.locator('.attached-about', { hasText: 'Uploaded' }).waitFor()
    await page.getByRole('button', { name: 'Send' }).tap()
    await seesMessage(page, 'Look')
    await page.getByRole('link', { name: /list\.txt/ }).waitFor()
    await page.reload()
    await takenOver(page)
    await seesMessage(page, 'Look')
    expect(await asked(page).count(), 'it was taken').toBe(0)
  })

  it('survives that one has to sign in first', async (t) => {
    const { page, context, server } = await annaIsReady(t)
    const ofAnna = await context.cookies()
    await context.clearCookies()
    await share(page, '/share', { text: 'for later' }, { 'list.txt': 'oolong' })
    await page.getByRole('textbox', { name: 'Name' }).waitFor()
    await context.addCookies(ofAnna)
    await page.goto(server.url)
    await asked(page).waitFor()
    expect(page.url()).toBe(`${server.url}/`)
    await asked(page).getByRole('option', { name: 'Lobby' }).click()
    await expect.poll(() => composer(page).inputValue()).toBe('for later')
    await page.locator('.attached-file', { hasText: 'list.txt' }).waitFor()
  })

  it('is not offered to another user of the browser, who signs in instead', async (t) => {
    const { page, context } = await annaIsReady(t)
    await context.clearCookies()
    await share(page, '/share', { text: 'of Anna' }, { 'list.txt': 'oolong' })
    await page.getByRole('textbox', { name: 'Name' }).fill('Bo')
    await page.getByRole('textbox', { name: 'Name' }).press('Enter')
    await waitForRoom(page, 'Lobby')
    await takenOver(page)
    await expect.poll(() => page.evaluate(() => caches.has('teahouse-shared'))).toBe(false)
    await page.reload()
    await takenOver(page)
    await say(page, 'one')
    await seesMessage(page, 'one')
    expect(await asked(page).count()).toBe(0)
  })

  it('is put into another room than the one that is open, or nowhere', async (t) => {
    const { page } = await annaIsReady(t)
    await page.getByRole('button', { name: 'Rooms' }).tap()
    await makeRoom(page, { kind: 'Public', name: 'garden' })
    await waitForRoom(page, 'garden')
    await share(page, '/share', { text: 'for the garden' })
    await asked(page).getByRole('combobox').fill('gar')
    await page.keyboard.press('Enter')
    await waitForRoom(page, 'garden')
    await expect.poll(() => composer(page).inputValue()).toBe('for the garden')
    await share(page, '/share', { text: 'for nobody' })
    await asked(page).waitFor()
    await page.keyboard.press('Escape')
    await asked(page).waitFor({ state: 'detached' })
    await page.reload()
    await takenOver(page)
    await say(page, 'one')
    await seesMessage(page, 'one')
    expect(await asked(page).count(), 'it was declined').toBe(0)
  })

  it('without a server waits in the page that shows what is kept', async (t) => {
    const { page, server } = await annaIsReady(t)
    await page.evaluate(() => navigator.serviceWorker.ready)
    await server.stop()
    await share(page, '/share', { text: 'written offline' })
    await asked(page).waitFor()
    await asked(page).getByRole('option', { name: 'Lobby' }).click()
    await expect.poll(() => composer(page).inputValue()).toBe('written offline')
    await server.restart()
  })

  it('by a page of another site only fills the form, and nothing is sent', async (t) => {
    const { page, server } = await annaIsReady(t)
    await page.goto(await evilPage(t))
    await share(page, `${server.url}/share`, { text: 'buy this' })
    await asked(page).waitFor()
    expect(await texts(page)).toEqual([])
    await page.keyboard.press('Escape')
    await roomLink(page, 'Lobby').first().waitFor({ state: 'attached' })
    await waitForRoom(page, 'Lobby')
    expect(await texts(page)).toEqual([])
  })
})

import type { BrowserContext, Frame, Page } from 'playwright-core'
import { launchBrowser, visit } from '../../support/browser.ts'
import { type Cleanup, startServer, type TestServer } from '../../support/server.ts'
import { type Battery, premise, Tally } from '../battery.ts'
import { StoredData } from '../database.ts'
import { embed, form, openWindow, post, read, startEvilSite, upgrade } from '../evil-page.ts'
import { allFields, type Body, bodiesOf } from '../fields.ts'
import { allRoutes } from '../routes.ts'

const enctypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
/** What a page may embed from anywhere unless it is told not to. A frame loads an error page in place of ours. */
const embeddable = [
  ['img', 'src', '/static/images/icon-192.png'],
  ['script', 'src', '/static/sw.js'],
  ['link', 'href', '/static/css/base.css'],
] as const

export default {
  what: 'A page of another site in the browser of somebody who is signed in: it gets no socket, reads nothing, changes nothing.',
  atLeast: { short: 100, long: 100 },

  async run(_size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const browser = await launchBrowser()
    t.onTestFinished(() => browser.close())
    const { page, context } = await visit(t, browser, server, 'Anna')
    await assertOwnPageMay(page, server)

    const evil = await startEvilSite(t)
    // Of another port only, which is the same site and is sent the cookie; of another host; and of no origin at all.
    const [sameSite, otherSite] = [`http://127.0.0.1:${evil.port}/`, `http://localhost:${evil.port}/`]
    for (const address of [sameSite, otherSite]) {
      const attacker = await context.newPage()
      await attacker.goto(address)
      await attackFrom(t, attacker.mainFrame(), server, address, tally)
      await attackByWindow(attacker, server, address, tally)
    }
    premise(
      evil.cookies.some((cookie) => cookie.includes('identity=')),
      'the browser keeps the cookie from ports of the host',
    )
    await attackFrom(t, await sandboxedFrame(context, sameSite), server, 'a sandbox', tally)
    return tally
  },
} satisfies Battery

async function assertOwnPageMay(page: Page, { url }: TestServer): Promise<void> {
  const [body] = bodiesOf(allFields()) as [Body]
  const written = await page.evaluate(post, { url: `${url}/rooms/lobby/messages`, ...body })
  premise(written.includes('Said by somebody else.'), 'the own page may not write either')
  const opened = await page.evaluate(upgrade, { url: `${url.replace('http', 'ws')}/ws/chat`, protocol: 'chat.v1' })
  premise(opened !== '', 'the own page gets no socket either')
}

async function attackFrom(t: Cleanup, frame: Frame, server: TestServer, where: string, tally: Tally): Promise<void> {
  const stored = new StoredData(t, server)
  const before = stored.digest()
  const { url } = server
  const socketUrl = url.replace('http', 'ws')
  const held = (what: string, got: string) => tally.count(got === '', `${what} from ${where}: ${got.slice(0, 200)}`)

  for (const path of ['/ws/chat', '/ws/echo']) {
    for (const protocol of ['chat.v1', '']) {
      held(`an upgrade to ${path}`, await frame.evaluate(upgrade, { url: `${socketUrl}${path}`, protocol }))
    }
  }
  for (const { at, methods } of await allRoutes()) {
    const address = url + at()
    for (const mode of ['cors', 'no-cors'] as const)
      held(`reading ${at()}`, await frame.evaluate(read, { url: address, mode }))
    if (!methods.includes('POST')) continue
    for (const body of bodiesOf(allFields())) {
      held(`posting ${body.type} to ${at()}`, await frame.evaluate(post, { url: address, ...body }))
    }
    for (const enctype of enctypes) {
      held(`a form to ${at()}`, await frame.evaluate(form, { url: address, enctype, fields: allFields() }))
    }
  }
  for (const [tag, attribute, path] of embeddable) {
    held(`embedding ${path}`, await frame.evaluate(embed, { tag, attribute, url: `${url}${path}` }))
  }
  for (const tag of ['iframe', 'object', 'embed']) {
    const attribute = tag === 'object' ? 'data' : 'src'
    await frame.evaluate(embed, { tag, attribute, url: `${url}/` })
  }
  for (const child of frame.childFrames()) {
    held('framing', (await child.evaluate(() => document.querySelector('#app, .door-form')?.outerHTML)) ?? '')
  }
  tally.count(stored.digest() === before, `from ${where} something was stored`)
}

async function attackByWindow(page: Page, { url }: TestServer, where: string, tally: Tally): Promise<void> {
  const got = await page.evaluate(openWindow, url)
  tally.count(got === '', `a window opened by ${where}: ${got}`)
}

/** Of a page that has no origin: `null` is what it sends. */
async function sandboxedFrame(context: BrowserContext, address: string): Promise<Frame> {
  const page = await context.newPage()
  await page.goto(address)
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    Object.assign(frame, { sandbox: 'allow-scripts allow-forms', srcdoc: '<title>sandbox</title>' })
    document.body.append(frame)
  })
  const frame = page.frames().find((one) => one !== page.mainFrame())
  if (!frame) throw new Error('There is no sandbox.')
  await frame.waitForFunction(() => origin === 'null')
  return frame
}

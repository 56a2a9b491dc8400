import type { BrowserContext, Frame, Page } from 'playwright-core'
import { launchBrowser } from '../../../support/clients/browser.ts'
import type { Cleanup, TestServer } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { embed, form, isWithinReach, openWindow, post, read, startEvilSite, upgrade } from '../../browser/evil-page.ts'
import { allFields, type Body, bodiesOf, withPassword } from '../../http/form-fields.ts'
import { allRoutes, type Route } from '../../http/routes.ts'
import { populate } from '../../server/owned-server.ts'
import { StoredData } from '../../server/stored-data.ts'

const enctypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
/** What a page may embed from anywhere unless it is told not to. A frame loads an error page in place of ours. */
const embeddable = [
  ['img', 'src', '/static/images/icon-192.png'],
  ['script', 'src', '/static/sw.js'],
  ['link', 'href', '/static/css/base.css'],
] as const

export default {
  what: 'A page of another site in the browser of a signed-in user: it gets no socket, reads nothing and changes nothing.',
  atLeast: { smallest: 40, short: 200, long: 800 },

  async run(size, t) {
    const tally = new Tally()
    const { server, values, signIn } = await populate(t)
    const routes = await allRoutes(values)
    const browser = await launchBrowser()
    t.onTestFinished(() => browser.close())
    const context = await browser.newContext()
    const [name = '', value = ''] = (await signIn()).split('=')
    await context.addCookies([{ name, value, url: server.url }])
    await assertOwnPageMay(await context.newPage(), server)

    const evil = await startEvilSite(t)
    // Of another port only, which is the same site and is sent the cookie; of another host; and of no origin at all.
    const [sameSite, otherSite] = [`http://127.0.0.1:${evil.port}/`, `http://localhost:${evil.port}/`]
    const pages = [await openPage(context, sameSite), await openPage(context, otherSite)]
    for (const attacker of pages)
      await attackFrom(t, attacker.mainFrame(), { server, routes, size }, attacker.url(), tally)
    premise(
      evil.cookies.some((cookie) => cookie.includes(`${name}=`)),
      'the browser keeps the cookie from ports of the host',
    )
    await attackFrom(t, await sandboxedFrame(context, sameSite), { server, routes, size }, 'a sandbox', tally)
    // At the end, as what opens is our own page, in which our user then reads.
    for (const attacker of pages) await attackByWindow(attacker, server, tally)
    return tally
  },
} satisfies Battery

async function assertOwnPageMay(page: Page, { url }: TestServer): Promise<void> {
  // A page that does nothing by itself: whatever is stored from now on comes from the other site.
  await page.goto(`${url}/offline`)
  const [body] = bodiesOf(allFields()) as [Body]
  const written = await page.evaluate(post, { url: `${url}/rooms/lobby/messages`, ...body })
  premise(written.includes('Said by another user.'), 'the own page may not write either')
  const opened = await page.evaluate(upgrade, { url: `${url.replace('http', 'ws')}/ws/chat`, protocol: 'chat.v1' })
  premise(opened !== '', 'the own page gets no socket either')
}

interface Target {
  server: TestServer
  routes: Route[]
  size: Size
}

async function attackFrom(t: Cleanup, frame: Frame, { server, routes, size }: Target, where: string, tally: Tally) {
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
  for (const { at, methods } of share(size, 9, routes)) {
    const address = url + at()
    for (const mode of ['cors', 'no-cors'] as const) {
      held(`reading ${at()}`, await frame.evaluate(read, { url: address, mode }))
    }
    if (!methods.includes('POST')) continue
    const fields = allFields(withPassword)
    for (const body of bodiesOf(fields).slice(0, size !== 'long' ? 1 : undefined)) {
      held(`posting ${body.type} to ${at()}`, await frame.evaluate(post, { url: address, ...body }))
    }
    for (const enctype of enctypes.slice(0, size !== 'long' ? 1 : undefined)) {
      held(`a form to ${at()}`, await frame.evaluate(form, { url: address, enctype, fields }))
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
    held('framing', (await child.evaluate(() => document.querySelector('#app, .auth-form')?.outerHTML)) ?? '')
  }
  tally.count(stored.digest() === before, `from ${where} something was stored`)
}

async function attackByWindow(page: Page, { url }: TestServer, tally: Tally): Promise<void> {
  const [opened] = await Promise.all([page.waitForEvent('popup'), page.evaluate(openWindow, url)])
  await opened.waitForURL((address) => address.href.startsWith(url))
  await opened.waitForLoadState()
  tally.count(!(await page.evaluate(isWithinReach)), `a window opened by ${page.url()} is within its reach`)
}

async function openPage(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(address)
  return page
}

/** Of a page that has no origin: `null` is what it sends. */
async function sandboxedFrame(context: BrowserContext, address: string): Promise<Frame> {
  const page = await openPage(context, address)
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

/** Two hidden tabs of one browser. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { openContext, sharedBrowser, visitIn } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { startServer } from '../../../support/server/server.ts'

interface Counts {
  /** The sound has two. */
  tones: number
  /** How often the tab knew whether it tells the user. */
  decisions: number
}

/** Runs in the page. */
function countAlerts() {
  document.hasFocus = () => false
  localStorage.setItem('teahouse-settings', JSON.stringify({ sound: true }))
  const counts: Counts = { tones: 0, decisions: 0 }
  Object.assign(window, { counts })
  const { start } = OscillatorNode.prototype
  OscillatorNode.prototype.start = function (this: OscillatorNode, at) {
    counts.tones++
    start.call(this, at)
  }
  const request = navigator.locks.request.bind(navigator.locks)
  const counted = (name: string, options: LockOptions, use: LockGrantedCallback<unknown>) =>
    request(name, options, (lock) => {
      if (name.startsWith('teahouse ring')) counts.decisions++
      return use(lock)
    })
  Object.assign(navigator.locks, { request: counted })
}

const countsIn = (page: Page) => page.evaluate(() => (window as unknown as { counts: Counts }).counts)

it('play the sound of a message once', async (t) => {
  const server = await startServer(t)
  const bo = await join(server, 'Bo')
  const context = await openContext(t, await sharedBrowser())
  await context.addInitScript(countAlerts)
  const [first, second] = [await visitIn(context, server, 'Anna'), await context.newPage()]
  await second.goto(server.url)
  // A tab that nobody has used yet may not play sounds.
  await second.locator('#composer').click()
  async function counts(): Promise<Counts> {
    const [one, other] = [await countsIn(first), await countsIn(second)]
    return { tones: one.tones + other.tones, decisions: one.decisions + other.decisions }
  }
  await bo.say('lobby', 'Tea?')
  for (const tab of [first, second]) await expect.poll(() => tab.title()).toMatch(/^\(1\)/)
  await bo.say('lobby', '@Anna, tea?')
  await expect.poll(counts).toEqual({ tones: 2, decisions: 2 })
  await bo.say('lobby', '@Anna, cake?')
  await expect.poll(counts).toEqual({ tones: 4, decisions: 4 })
})

import { setTimeout } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../../../support/clients/browser.ts'
import { patienceMs } from '../../../support/run/timeouts.ts'
import type { Cleanup } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { HostileContent } from '../../browser/hostile-content.ts'
import { HostileReading, type Windows } from '../../browser/hostile-reading.ts'
import { hostileStrings } from '../../browser/hostile-strings.ts'
import { openWatchedBrowser, type WatchedBrowser } from '../../browser/watched-browser.ts'

/** What a string is and how it is looked at depends on the turn: after four, each has been everything. */
const turns: Record<Size, number> = { smallest: 1, short: 1, long: 4 }
/** Of the addresses, one in so many is gone to; the others are fetched by a page. */
const everyNth: Record<Size, number> = { smallest: 400, short: 200, long: 15 }

export default {
  what: 'Hostile strings in every text that a user can write: Chromium runs none of them, with and without the security policy.',
  atLeast: { smallest: 150, short: 500, long: 25_000 },

  async run(size, t) {
    const tally = new Tally()
    const browser = await launchBrowser()
    t.onTestFinished(() => browser.close())
    tally.notes.push(await assertTrapCatches(t, browser, size))
    for (let turn = 0; turn < turns[size]; turn++) {
      const strings = share(
        size,
        12,
        size === 'long' ? hostileStrings : hostileStrings.filter((_, index) => index % 10 === turn),
      )
      const content = await HostileContent.open(t, strings)
      const windows = await openWindows(t, browser, content, turn % 4 < 2 ? 'en' : 'zh-CN')
      await new HostileReading({ content, windows, strings, turn, tally }).read(everyNth[size])
      tally.notes.push(summaryOf(content, strings))
    }
    return tally
  },
} satisfies Battery

/** With strings that are taken for HTML, where the policy is off and where it is not. */
async function assertTrapCatches(t: Cleanup, browser: Browser, size: Size): Promise<string> {
  const content = await HostileContent.open(t, [])
  const { guarded, bare } = await openWindows(t, browser, content, 'en')
  const runnable = hostileStrings.filter((text) => /canary|alert/.test(text))
  const strings = size === 'long' ? runnable : runnable.filter((_, index) => index % 10 === 0)
  for (const { context } of [guarded, bare]) {
    const page = await context.newPage()
    await page.goto(`${content.server.url}/nowhere`)
    await page.evaluate(writeAsHtml, strings)
    if (context === guarded.context) await page.close()
  }
  const enough = strings.length / 8
  const ran = () => [...bare.caught].filter((what) => what.startsWith('ran')).length
  // What cannot be loaded runs when that is known.
  for (const end = performance.now() + patienceMs; ran() < enough && performance.now() < end; ) await setTimeout(50)
  premise(ran() >= enough, `only ${ran()} of ${strings.length} ran where they are HTML`)
  premise(hasCaught(bare, '<math>'), 'foreign elements are not seen')
  premise(!hasCaught(guarded, 'ran'), 'the policy lets them run')
  premise(hasCaught(guarded, 'policy'), 'what the policy stops is not seen')
  await bare.context.close()
  return `of ${strings.length} that were taken for HTML at least ${ran()} ran`
}

function hasCaught({ caught }: WatchedBrowser, start: string): boolean {
  return [...caught].some((what) => what.startsWith(start))
}

/** Runs in a page: each in a frame, whose name tells which one ran. */
function writeAsHtml(strings: readonly string[]): void {
  for (const [index, text] of ['<math></math>', ...strings].entries()) {
    const frame = Object.assign(document.createElement('iframe'), { name: index })
    document.body.append(frame)
    const inside = frame.contentDocument
    try {
      inside?.write(text)
      inside?.close()
      if (index === 0) document.body.insertAdjacentHTML('beforeend', text)
    } catch {
      // The policy asks for more than a string.
    }
    const links = inside?.querySelectorAll<HTMLAnchorElement>('a[href]:not(svg a, math a)') ?? []
    for (const link of links) if (link.protocol === 'javascript:') link.click()
  }
}

async function openWindows(t: Cleanup, browser: Browser, content: HostileContent, locale: string): Promise<Windows> {
  const { url } = content.server
  const [name = '', value = ''] = content.cookie.split(/=(.*)/s)
  const open = async (more: { bypassCSP?: boolean; isBare?: boolean }) => {
    const watched = await openWatchedBrowser(browser, { origin: new URL(url).origin, locale, ...more })
    t.onTestFinished(() => watched.context.close())
    await watched.context.addCookies([{ name, value, url }])
    return watched
  }
  return {
    guarded: await open({}),
    open: await open({ bypassCSP: true }),
    bare: await open({ bypassCSP: true, isBare: true }),
  }
}

function summaryOf({ people, rooms, refused }: HostileContent, strings: readonly string[]): string {
  const named = Object.values(rooms).flat().length
  return `${strings.length} strings, ${people.length} as people, ${named} as rooms; one was refused ${refused} times`
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser, takenOver } from '../../test/support/clients/browser.ts'
import type { Benchmark, Figures } from '../benchmark.ts'
import { signIn } from '../load/crowd.ts'
import { withMessages } from '../million.ts'
import { ServerProcess } from '../server-process.ts'
import { targets } from '../targets.ts'

const messages = 100_000
const scrolled = 3_000
/** As a key repeats that is held down. */
const pressEveryMs = 33
const pressesAtOnce = 10
/** Until what the page fetches once it is at rest has come. */
const restMs = 5_000

/** What a browser reports at all: tasks over 50 ms, and events that took a frame. */
interface Slow {
  tasks: number[]
  events: number[]
  nodes: number
}

export const scroll: Benchmark = {
  name: 'scroll',
  about: `A room of ${messages.toLocaleString('en')} messages of all kinds in Chromium, headless and without a GPU: scrolling up through ${scrolled.toLocaleString('en')} of them with PageUp held down, then down to the newest. People notice a task of the page that takes longer than 50 ms.`,
  targets: [targets.teahouse],
  rounds: 3,
  figures: [
    { key: 'messages', label: 'messages scrolled through', decimals: 0 },
    { key: 'seconds', label: 'seconds', decimals: 1 },
    { key: 'longTasks', label: 'tasks over 50 ms', decimals: 0 },
    { key: 'longestTask', label: 'longest of them, ms', decimals: 0 },
    { key: 'slowestKey', label: 'slowest answer to a key, ms', decimals: 0 },
    { key: 'nodes', label: 'most elements in the list', decimals: 0 },
  ],
  goals: [
    { figure: 'longestTask', atMost: 50 },
    { figure: 'nodes', atMost: 5_000 },
  ],
  run: (target) =>
    withMessages(messages, textOf, async (dataDir) => {
      const server = new ServerProcess(target.server, dataDir)
      await server.start()
      const browser = await launchBrowser()
      try {
        const [cookie = ''] = await signIn(target, server.port, 1)
        return await measure(await open(browser, `http://127.0.0.1:${server.port}`, cookie))
      } finally {
        await browser.close()
        await server.end()
      }
    }),
}

/** As people write: most of it plain, some of it not. */
function textOf(number: number): string {
  switch (number % 20) {
    case 3:
      return `**Saturday** at _five_, see https://example.org/${number}`
    case 7:
      return '茶已经泡好了，谁来都可以坐下喝一杯。'
    case 11:
      return '> whoever comes by may sit down\n\n- cups\n- mochi'
    case 13:
      return '🍵'
    case 17:
      return '```js\nconst steep = (leaves) => leaves.filter(({ green }) => green).map(pour)\n```'
    default:
      return `The kettle is on, the good cups are out, and whoever comes by may sit down: ${number}`
  }
}

async function open(browser: Browser, origin: string, cookie: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value, url: origin }])
  const page = await context.newPage()
  await page.goto(origin)
  await takenOver(page)
  await sleep(restMs)
  return page
}

async function measure(page: Page): Promise<Figures> {
  await watch(page)
  await page.locator('.log').focus()
  const begin = performance.now()
  const newest = await lastId(page)
  await hold(page, 'PageUp', async () => (await firstId(page)) <= newest - scrolled)
  await hold(page, 'PageDown', async () => (await lastId(page)) === newest && (await isAtEnd(page)))
  const { tasks, events, nodes } = await page.evaluate(() => (globalThis as unknown as { slow: Slow }).slow)
  return {
    messages: 2 * scrolled,
    seconds: (performance.now() - begin) / 1_000,
    longTasks: tasks.length,
    longestTask: Math.max(0, ...tasks),
    slowestKey: Math.max(0, ...events),
    nodes,
  }
}

function watch(page: Page): Promise<void> {
  return page.evaluate(() => {
    const slow: Slow = { tasks: [], events: [], nodes: 0 }
    Object.assign(globalThis, { slow })
    const durations = (list: PerformanceObserverEntryList) => list.getEntries().map(({ duration }) => duration)
    new PerformanceObserver((list) => slow.tasks.push(...durations(list))).observe({ type: 'longtask' })
    const events = { type: 'event', durationThreshold: 16 } as PerformanceObserverInit
    new PerformanceObserver((list) => slow.events.push(...durations(list))).observe(events)
    const all = document.querySelector('.log')?.getElementsByTagName('*')
    new MutationObserver(() => {
      slow.nodes = Math.max(slow.nodes, all?.length ?? 0)
    }).observe(document.body, { childList: true, subtree: true })
  })
}

/** Holds the key down until one is there. */
async function hold(page: Page, key: string, isThere: () => Promise<boolean>): Promise<void> {
  while (!(await isThere())) {
    for (let i = 0; i < pressesAtOnce; i++) {
      await page.keyboard.press(key)
      await sleep(pressEveryMs)
    }
  }
}

function firstId(page: Page): Promise<number> {
  return page.evaluate(() => Number(document.querySelector<HTMLElement>('.message')?.dataset.id))
}

function lastId(page: Page): Promise<number> {
  return page.evaluate(() => Number([...document.querySelectorAll<HTMLElement>('.message')].at(-1)?.dataset.id))
}

function isAtEnd(page: Page): Promise<boolean> {
  return page.evaluate(() => document.querySelector('.log')?.scrollTop === 0)
}

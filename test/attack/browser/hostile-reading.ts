/** Looks at hostile strings on every page of a server, and counts those that are not shown as they were written. */
import type { Page } from 'playwright-core'
import { newNameOf } from '../../../src/shared/new-name.ts'
import { takenOver } from '../../support/clients/browser.ts'
import type { Tally } from '../battery.ts'
import { type HostileContent, type Said, shownOf, square } from './hostile-content.ts'
import { faultsIn, type WatchedBrowser } from './watched-browser.ts'

/** Fewer names than a page shows at once, with the users who are named besides. */
const slice = 300
const mentionsInSlice = 30
const pageOfMessages = 50
/** Enough time for a page with hundreds of messages on a busy machine. */
const patienceMs = 120_000
/** How many strings are sent before the page is checked for the last of them. */
const namesAtOnce = 20
const shortText = 16
const addressesInTurn = 3

export interface Windows {
  /** The usual page. */
  guarded: WatchedBrowser
  /** Without the policy. */
  open: WatchedBrowser
  /** Without the policy and without the page's script: only the server's HTML. */
  bare: WatchedBrowser
}

interface Situation {
  content: HostileContent
  windows: Windows
  strings: readonly string[]
  turn: number
  tally: Tally
}

export class HostileReading {
  readonly #content: HostileContent
  readonly #windows: Windows
  readonly #strings: readonly string[]
  readonly #turn: number
  readonly #tally: Tally
  /** What has been found once is there at the next look, too. */
  readonly #faults = new Set<string>()

  constructor({ content, windows, strings, turn, tally }: Situation) {
    this.#content = content
    this.#windows = windows
    this.#strings = strings
    this.#turn = turn
    this.#tally = tally
  }

  /** With the policy and without it in turn. @param everyNth of the addresses is gone to */
  async read(everyNth: number): Promise<void> {
    const { guarded, open } = this.#windows
    const { context } = this.#turn % 2 ? open : guarded
    const page = await context.newPage()
    await page.goto(this.#square)
    await takenOver(page)
    await this.#content.nameRooms(this.#strings, this.#turn)
    const said = await this.#seeMessages(page)
    await this.#seePeopleAndRooms(page)
    await this.#useDialogs(page)
    await this.#seeNames(page)
    await this.#readAgain(page, said)
    await this.#goEverywhere(everyNth)
    for (const [name, { caught }] of Object.entries(this.#windows) as [string, WatchedBrowser][])
      this.#tally.count(caught.size === 0, `${name}: ${[...caught].slice(0, 20).join('\n  ')}`)
  }

  get #square(): string {
    return `${this.#content.server.url}/rooms/${square}`
  }

  /** They come while the page is open, and are edited while it is. @returns what is written there in the end */
  async #seeMessages(page: Page): Promise<Said[]> {
    const all: Said[] = []
    const mentions = this.#content.names.map((name) => `@${name}`).slice(0, mentionsInSlice)
    for (let at = 0; at < this.#strings.length; at += slice) {
      const strings = this.#strings.slice(at, at + slice)
      const said = await this.#content.say([...mentions, ...strings])
      await page.locator(`.message[data-id="${said.at(-1)?.id}"]`).waitFor({ timeout: patienceMs })
      await this.#countMessages(page, said)
      const reactions = strings.filter(({ length }) => length <= shortText)
      await this.#content.react(reactions, said)
      const edited = await this.#content.edit(said)
      await page.locator(`.message[data-id="${said.at(-1)?.id}"] .message-edited`).waitFor({ timeout: patienceMs })
      await this.#countMessages(page, edited)
      all.push(...edited)
    }
    return all
  }

  async #countMessages(page: Page, said: readonly Said[]): Promise<void> {
    const shown = new Map(await page.evaluate(readMessages))
    for (const { id, text } of said) {
      const is = shown.get(id)
      const isText = is === shownOf(text, this.#content.names)
      this.#tally.count(isText, `${JSON.stringify(text.slice(0, 200))} is shown as ${JSON.stringify(is)}`)
    }
    await this.#lookFor(page, 'the messages')
  }

  async #seePeopleAndRooms(page: Page): Promise<void> {
    const people = await page.locator('.people .person-name').allTextContents()
    for (const name of this.#content.names) this.#tally.count(people.includes(name), `${name} is not among the people`)
    const names = new Set(await page.locator('.rooms-name').allTextContents())
    const rooms = [...this.#content.rooms.public, ...this.#content.rooms.private].map(newNameOf)
    for (const room of rooms) this.#tally.count(names.has(room), `${room} is not among the rooms`)
  }

  /** Opens the parts that show names only after an action. */
  async #useDialogs(page: Page): Promise<void> {
    const [typing] = this.#content.type(0)
    await page.locator('.typing', { hasText: typing?.name ?? '' }).waitFor()
    await page.locator('#composer').fill('@')
    await page.locator('.completion-option').first().waitFor()
    await this.#lookFor(page, 'the completion')
    await page.locator('#composer').fill('')

    await page.keyboard.press('Control+k')
    const box = page.locator('.room-switcher-name')
    await box.evaluate(typeEach, this.#strings)
    await this.#lookFor(page, 'the switcher')
    await page.keyboard.press('Escape')
    await box.waitFor({ state: 'detached' })

    for (const opener of ['.room-header-details', '.people .person-open']) {
      await page.locator(opener).last().click()
      await page.locator('dialog[open]').waitFor()
      await this.#lookFor(page, `the dialog of ${opener}`)
      await page.keyboard.press('Escape')
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
    }
  }

  /** The room of the page is called anew, and what it is about is told, again and again. */
  async #seeNames(page: Page): Promise<void> {
    const now = { name: square as string, topic: '' }
    for (let at = 0; at < this.#strings.length; at += namesAtOnce) {
      const strings = this.#strings.slice(at, at + namesAtOnce)
      // Each is both, with the policy and without it, after four turns.
      Object.assign(now, await this.#content.change(strings, Math.floor(this.#turn / 2)))
      const shown = await page.waitForFunction(isShown, now, { timeout: patienceMs }).catch(() => undefined)
      this.#tally.count(shown !== undefined, `a room is not shown so: ${JSON.stringify(now)}`)
      await this.#lookFor(page, 'the head of the room')
      // What is drawn wrongly may have broken the page, and would be waited for in vain each time.
      if (!shown) return
    }
  }

  /** As the page's script takes it over, and as the server writes it, page by page. */
  async #readAgain(page: Page, said: readonly Said[]): Promise<void> {
    await page.goto(this.#square)
    await takenOver(page)
    await this.#countMessages(page, said.slice(-pageOfMessages))
    const bare = await this.#windows.bare.context.newPage()
    for (let until = said.length; until > 0; until -= pageOfMessages) {
      const next = said[until]?.id
      await bare.goto(next ? `${this.#square}?before=${next}` : this.#square)
      await this.#countMessages(bare, said.slice(Math.max(0, until - pageOfMessages), until))
    }
  }

  async #goEverywhere(everyNth: number): Promise<void> {
    const { url } = this.#content.server
    const paths = this.#strings.flatMap((text, index) => addressesOf(text, index + this.#turn * addressesInTurn))
    const visited = paths.filter((_, index) => index % everyNth === this.#turn)
    const watched = Object.values(this.#windows) as WatchedBrowser[]
    const pages = await Promise.all(watched.map(({ context }) => context.newPage()))
    for (const [index, path] of [...visited, '/account', '/admin', '/admin/log'].entries()) {
      const page = pages[index % pages.length] as Page
      await page.goto(url + path)
      this.#tally.count(new URL(page.url()).origin === new URL(url).origin, `${path} led to ${page.url()}`)
      await this.#lookFor(page, path)
    }
    await this.#fetchEverything(paths)
  }

  async #fetchEverything(paths: readonly string[]): Promise<void> {
    // Only without the policy may a page make documents of strings.
    const page = await this.#windows.open.context.newPage()
    await page.goto(`${this.#content.server.url}/account`)
    const faults = await page.evaluate(fetchAll, paths)
    for (const path of paths) this.#tally.count(faults[path]?.length === 0, `${path}: ${faults[path]}`)
  }

  async #lookFor(page: Page, where: string): Promise<void> {
    for (const fault of await faultsIn(page)) {
      if (!this.#faults.has(fault)) this.#tally.failed.push(`In ${where}: ${fault}`)
      this.#faults.add(fault)
    }
  }
}

/** Runs in the page. */
function readMessages(): [id: number, text: string][] {
  return [...document.querySelectorAll<HTMLElement>('.message[data-id]')].map((message) => {
    const text = message.querySelector('.message-text')?.cloneNode(true) as Element | undefined
    // The user did not write that it was edited.
    for (const mark of text?.querySelectorAll('time.message-edited') ?? []) mark.remove()
    return [Number(message.dataset.id), text?.textContent?.replace(/\s/g, '') ?? '']
  })
}

/** Runs in the page, which draws after each. */
async function typeEach(box: HTMLElement | SVGElement, texts: readonly string[]): Promise<void> {
  for (const value of texts) {
    Object.assign(box, { value }).dispatchEvent(new Event('input'))
    await Promise.resolve()
  }
}

/** Runs in the page. */
function isShown({ name, topic }: { name: string; topic: string }): boolean {
  // Browsers take surplus white space out of a title, and the server control characters out of a topic.
  const bare = (text = '') => text.normalize('NFC').replace(/[\s\p{Cc}]/gu, '')
  const about = document.querySelector<HTMLElement>('.room-header-topic')
  const isNamed = bare(document.querySelector('.room-header-details')?.textContent ?? '') === bare(name)
  const isAbout = bare(about?.textContent ?? '') === bare(topic) && bare(about?.title) === bare(topic)
  return isNamed && isAbout && bare(document.title).endsWith(`${bare(name)}·Teahouse`)
}

/** Each address has the text as a part of it. */
const addresses = [
  (part: string) => `/rooms/${part}`,
  (part: string) => `/rooms/${part}/1`,
  (part: string) => `/signin?to=${part}`,
  (part: string) => `/signin?to=/${part}&name=${part}`,
  (part: string) => `/?before=${part}`,
  (part: string) => `/link/${part}`,
  (part: string) => `/account?${part}=${part}`,
  (part: string) => `/admin?find=${part}`,
  (part: string) => `/admin/log?by=${part}&user=${part}&type=${part}&room=${part}`,
  (part: string) => `/nowhere/${part}`,
  (part: string) => `/#${part}`,
] as const

/** So many of them, beginning with the one at the index. */
function addressesOf(text: string, index: number): string[] {
  const part = inAddress(text)
  const after = (step: number) => addresses[(index + step) % addresses.length]?.(part) ?? part
  return Array.from({ length: addressesInTurn }, (_, step) => after(step))
}

/** Lone surrogates cannot be in an address. */
function inAddress(text: string): string {
  return encodeURIComponent(text.toWellFormed().slice(0, 500).toWellFormed())
}

/** Runs in the page. Nothing of what it makes is shown or run: it is looked at. */
async function fetchAll(paths: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  const waiting = [...paths]
  async function fetchOn(): Promise<void> {
    for (let path = waiting.pop(); path; path = waiting.pop()) {
      const response = await fetch(path)
      if (response.status >= 500) found[path] = [`${response.status}`]
      else found[path] = window.faultsOf(new DOMParser().parseFromString(await response.text(), 'text/html'))
    }
  }
  await Promise.all([fetchOn(), fetchOn(), fetchOn(), fetchOn()])
  return found
}

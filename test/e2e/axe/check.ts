/** Axe, with every rule that it has for WCAG 2.2 AA and its own good practice, on every page and state of a page. */
import type { RunOptions } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allLoaded, sharedBrowser, takenOver } from '../../support/clients/browser.ts'
import type { ChatClient } from '../../support/clients/client.ts'
import { ownerNamed, type Visitor, visitorNamed } from '../../support/clients/visitor.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../../support/server/server.ts'
import { files, filesOnPhone, sendFiles } from './file-states.ts'
import { runAxe } from './run.ts'
import { adminPages, chat, onPhone, rooms, type State, signInPages, stored } from './states.ts'

const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

const modal = 'dialog:modal'

const colourRules = ['color-contrast', 'link-in-text-block']
const withoutColours = Object.fromEntries(colourRules.map((rule) => [rule, { enabled: false }]))

const hourMs = 60 * 60 * 1000
let browser: Browser
let server: TestServer
let bo: Person
let bot: ChatClient
let owner: Visitor
let invitation: string
const cleanups: (() => Promise<void> | void)[] = []
const t: Cleanup = { onTestFinished: (cleanup) => cleanups.push(cleanup) }

beforeAll(async () => {
  browser = await sharedBrowser()
  server = await startServer(t, { RATE_LIMITS: 'off' })
  bo = await server.signIn('Bo')
  bot = await bo.connect()
  for (const room of ['lobby', 'empty', 'news', 'other', 'silent', 'deleted', 'old', 'pinned']) await bot.open(room)
  await bot.ask({ type: 'change', room: 'silent', key: 'silent', readOnly: true }, 'done')
  await bot.ask({ type: 'change', room: 'old', key: 'old', archived: true }, 'done')
  await bot.say('pinned', '**Rice** at noon')
  await bot.ask({ type: 'react', room: 'pinned', key: 'rice', ref: 1, data: '🍚', on: true }, 'sent')
  await bot.ask({ type: 'pin', room: 'pinned', key: 'pin', ref: 1, on: true }, 'done')
  for (let i = 1; i <= 3; i++) {
    const ref = await bot.say('deleted', `A secret ${i}.`)
    await bot.ask({ type: 'delete', room: 'deleted', key: `deleted ${ref}`, ref }, 'sent')
  }
  await sendFiles(server, bo, bot)
  owner = await ownerNamed(server, 'Li')
  await visitorNamed(server, 'Mo')
  const chat = await owner.connect()
  const invite = { type: 'invite', room: 'lobby', key: 'invite', uses: 10, forMs: hourMs } as const
  invitation = `/link/${(await chat.ask(invite, 'invite')).token}`
  await chat.close()
})
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

/** One message of each kind, two of them from the reader. */
async function populate(reader: Person): Promise<void> {
  const own = await reader.connect()
  await own.open('lobby')
  const first = await bot.say('lobby', 'Good morning! **Who** is _coming_, ~~today~~ on `Saturday`?')
  await own.ask({ type: 'chat', room: 'lobby', key: `${first} reply`, data: 'I am, 我带龙井.', reply: first }, 'sent')
  await bot.say('lobby', `@${reader.user.name} see [the map](https://example.org):\n> turn left\n\n1. then\n2. right`)
  await bot.say('lobby', '```js\n// why\nconst steep = (leaves) => "3".map(pour)\n```')
  await bot.say('lobby', '🍵')
  await bot.say(
    'lobby',
    '# Teas\n#### Small\n\n| tea | [origin](https://x.org) |\n|---|:-:|\n| `longjing` | Hangzhou |\n\n---\n1984. Good',
  )
  await bot.say('lobby', `A long story.${'\nAnd then it went on.'.repeat(40)}`)
  const gone = await bot.say('lobby', 'A secret.')
  await bot.ask({ type: 'delete', room: 'lobby', key: `${gone} gone`, ref: gone }, 'sent')
  await bot.ask({ type: 'edit', room: 'lobby', key: `${first} edit`, ref: first, data: 'Good **morning**!' }, 'sent')
  for (const chat of [bot, own]) {
    await chat.ask({ type: 'react', room: 'lobby', key: `${first} 👍`, ref: first, data: '👍', on: true }, 'sent')
  }
  await bot.ask({ type: 'react', room: 'lobby', key: `${first} 🎉`, ref: first, data: '🎉', on: true }, 'sent')
  await own.ask({ type: 'save', room: 'lobby', key: `${first} save`, ref: first, on: true }, 'done')
  await own.open('left')
  await own.ask({ type: 'leave', room: 'left', key: 'leave' }, 'done')
  const users = [bo.user.id]
  await own.ask({ type: 'create', key: 'cellar', kind: 'private', name: 'cellar', users }, 'room')
  await own.ask({ type: 'create', key: 'conversation', kind: 'direct', users }, 'room')
  await own.open('other')
  await own.ask({ type: 'notify', room: 'other', key: 'muted', level: 'nothing' }, 'done')
  await bot.say('other', `@${reader.user.name} there is news here too.`)
  await own.close()
}

/** A line on which some messages are refused and some never answered, and on which a server may be newer than its page. */
async function meddle(page: Page): Promise<void> {
  await page.routeWebSocket(/\/ws\/chat$/, (line) => {
    const onwards = line.connectToServer()
    line.onMessage((text) => {
      const { key, data, room } = JSON.parse(String(text))
      if (data === 'refused') line.send(JSON.stringify({ type: 'error', key, room, code: 'forbidden', message: '' }))
      else if (data !== 'never answered') onwards.send(text)
    })
    onwards.onMessage((text) => {
      const isNewer = page.url().endsWith('?newer')
      line.send(isNewer ? String(text).replace(/"build":"\w+"/, '"build":"newer"') : text)
    })
  })
}

async function open(options: BrowserContextOptions, language: Code, person?: Pick<Person, 'cookie'>): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce', serviceWorkers: 'block' })
  t.onTestFinished(() => context.close())
  await context.addCookies([{ name: 'language', value: language, url: server.url }])
  const [name = '', value = ''] = person?.cookie.split('=') ?? []
  if (person) await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  await meddle(page)
  return page
}

async function show(page: Page, { path, shows, action }: State): Promise<void> {
  await page.goto(server.url + path)
  if (await page.locator('#app').count()) await takenOver(page)
  await action?.({ page, server, bot, invitation })
  await page.locator(shows).first().waitFor()
}

/** The themes differ in nothing but colours, and the languages in everything else. */
async function expectNoFaults(page: Page, language: Code, { without }: Partial<State> = {}): Promise<void> {
  if (language === 'zh') {
    await expectNone(page, 10, { runOnly: { type: 'tag', values: tags }, rules: withoutColours }, without)
    return
  }
  await page.emulateMedia({ colorScheme: 'light' })
  expect(await expectNone(page, 10, { runOnly: { type: 'tag', values: tags } }, without)).toContain('color-contrast')
  await page.emulateMedia({ colorScheme: 'dark' })
  const colours = { runOnly: { type: 'rule' as const, values: colourRules } }
  expect(await expectNone(page, 1, colours, without)).toContain('color-contrast')
}

/** @param least how many rules must find something to look at @returns those that do */
async function expectNone(page: Page, least: number, options: RunOptions, without?: string): Promise<string[]> {
  // Nobody gets at what is behind a dialog, and other states have that in front.
  const include = (await page.locator(modal).count()) ? modal : 'html'
  const { faults, passed } = await runAxe(page, options, { include, ...(without && { exclude: without }) })
  expect(faults).toEqual([])
  expect(passed.length).toBeGreaterThanOrEqual(least)
  return passed
}

/** Defines the tests. */
export function checkAccessibility(language: Code): void {
  describe(`axe (${language}) finds no errors on`, () => {
    let person: Person
    beforeAll(async () => {
      person = await server.signIn(language === 'en' ? 'Anna' : '小安')
      await populate(person)
    })

    const groups: [name: string, states: State[], options: BrowserContextOptions, reader: () => Reader][] = [
      ['the sign-in pages', signInPages, desktop, () => undefined],
      ['the room page', chat, desktop, () => person],
      ['the admin pages', adminPages, desktop, () => owner],
      ['the admin pages on a phone', adminPages, phone, () => owner],
      ['the dialogs of rooms and people', rooms, desktop, () => person],
      ['the room page on a phone', onPhone, phone, () => person],
      ['files', files, desktop, () => person],
      ['files on a phone', filesOnPhone, phone, () => person],
    ]
    // The same once more, or texts beside the same fields: one language is enough.
    const inEnglish = ['the admin pages', 'the admin pages on a phone', 'files', 'files on a phone']
    const tested = groups.filter(([name]) => language === 'en' || !inEnglish.includes(name))
    describe.each(tested)('%s:', (_, states, options, reader) => {
      let page: Page
      beforeAll(async () => {
        page = await open(options, language, reader())
      })
      it.each(states)('$name', async (state) => {
        await show(page, state)
        await expectNoFaults(page, language, state)
      })
    })

    it('the page without JavaScript', async () => {
      const page = await open(desktop, language, person)
      const devtools = await page.context().newCDPSession(page)
      await devtools.send('Emulation.setScriptExecutionDisabled', { value: true })
      await page.goto(server.url)
      await page.locator(stored).first().waitFor()
      expect(await page.locator('.scripted').first().isVisible()).toBe(false)
      // Axe itself is a script.
      await devtools.send('Emulation.setScriptExecutionDisabled', { value: false })
      await expectNoFaults(page, language)
    })

    it('the page without a connection', async (t) => {
      const away = await startServer(t)
      const page = await open(desktop, language)
      await page.goto(away.url)
      await page.locator('#name').fill('Anna')
      await page.locator('.auth-button').click()
      await takenOver(page)
      await allLoaded(page)
      await away.stop()
      await page.locator('#composer').fill('Is the server there?')
      await page.keyboard.press('Enter')
      await page.locator('.banner-waiting').waitFor()
      await expectNoFaults(page, language)
    })
  })
}

type Code = 'en' | 'zh'
type Reader = Pick<Person, 'cookie'> | undefined

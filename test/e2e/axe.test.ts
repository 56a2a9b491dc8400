/** Axe, with every rule that it has for WCAG 2.2 AA and its own good practice, on every page and state of a page. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, takenOver } from '../support/browser.ts'
import type { ChatClient } from '../support/client.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../support/server.ts'
import { ownerNamed, type Visitor, visitorNamed } from '../support/visitor.ts'

const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

interface Scene {
  page: Page
  server: TestServer
  bot: ChatClient
}

interface State {
  name: string
  path: string
  /** What has to be there before axe looks: without it there is nothing to find fault with. */
  shows: string
  act?: (scene: Scene) => Promise<unknown>
  /** What is one of very many of its kind, and would take axe long. */
  without?: string
}

const hourMs = 60 * 60 * 1000
const stored = '.message[data-id]'
const mostEmoji = '.emoji-grid > :nth-child(n + 20)'
const toolbarOf = async ({ page }: Scene) => await page.locator(`${stored}:not(.own)`).first().hover()
const openMenu = async (scene: Scene) => {
  await toolbarOf(scene)
  await scene.page.locator('.action[aria-haspopup=menu]').click()
}
const say = async ({ page }: Scene, text: string) => {
  await page.locator('#composer').fill(text)
  await page.locator('.composer-send').click()
}

const goToCellar = async ({ page }: Scene) => {
  await page.locator('.rooms-room', { hasText: 'cellar' }).click()
  await page.locator('.empty').waitFor()
}
const openCellar = async (scene: Scene) => {
  await goToCellar(scene)
  await scene.page.locator('.top-about').click()
  await scene.page.locator('dialog[open] form').waitFor()
}
/** The acts of a dialog stand in one order in all languages. */
const pressAct = async ({ page }: Scene, index: number) => await page.locator('.dialog-act').nth(index).click()
/** Of the card of a person: what moderators do. */
const pressModeration = async ({ page }: Scene, index: number) =>
  await page.locator('.dialog-section .dialog-act').nth(index).click()
const openCardOfBo = async (scene: Scene) => {
  await openCellar(scene)
  await pressAct(scene, 0)
  await scene.page.locator('dialog[open] .person-open', { hasText: 'Bo' }).click()
  await scene.page.locator('.dialog-section').waitFor()
}

/** In a private room that the reader has made, with Bo in it. */
const rooms: State[] = [
  { name: 'rooms of all kinds', path: '/', shows: '.rooms-group .rooms-room' },
  { name: 'a room that is read-only', path: '/rooms/silent', shows: '.composer-why' },
  { name: 'deleted messages in a row', path: '/rooms/deleted', shows: '.notice' },
  {
    name: 'a new room',
    path: '/',
    shows: 'dialog[open] [role=option]',
    act: async ({ page }) => {
      await page.locator('.rooms-new').click()
      await page.locator('dialog[open] .choice-one').nth(1).click()
    },
  },
  {
    name: 'a conversation with somebody',
    path: '/',
    shows: '.picking-one',
    act: async ({ page }) => {
      await page.locator('.rooms-new').click()
      await page.locator('dialog[open] .choice-one').nth(2).click()
      await page.locator('dialog[open] [role=option]').first().click()
    },
  },
  { name: 'a private room in which nobody has written', path: '/', shows: '.empty-invite', act: goToCellar },
  { name: 'what can be changed in a room', path: '/', shows: 'dialog[open] select', act: openCellar },
  {
    name: 'a name that cannot be',
    path: '/',
    shows: '.dialog-fault',
    act: async (scene) => {
      await openCellar(scene)
      await scene.page.locator('#room-name').fill('')
      await scene.page.locator('dialog[open] [type=submit]').click()
    },
  },
  {
    name: 'the question whether to archive it',
    path: '/',
    shows: '.confirm',
    act: async (scene) => {
      await openCellar(scene)
      await pressAct(scene, 2)
    },
  },
  {
    name: 'its members',
    path: '/',
    shows: '.dialog-people .mark',
    act: async (scene) => {
      await openCellar(scene)
      await pressAct(scene, 0)
    },
  },
  {
    name: 'an invitation that was made',
    path: '/',
    shows: '.qr',
    act: async (scene) => {
      await openCellar(scene)
      await pressAct(scene, 1)
      await scene.page.locator('dialog[open] [type=submit]').click()
    },
  },
  { name: 'the card of somebody', path: '/', shows: '.dialog-section', act: openCardOfBo },
  {
    name: 'the question whether to mute him',
    path: '/',
    shows: '.confirm .choice',
    act: async (scene) => {
      await openCardOfBo(scene)
      await pressModeration(scene, 1)
    },
  },
  {
    name: 'what was done and can be undone',
    path: '/',
    shows: '.said-undo',
    act: async (scene) => {
      await openCardOfBo(scene)
      await pressModeration(scene, 0)
    },
  },
]

const chat: State[] = [
  { name: 'messages of all kinds', path: '/', shows: '.hljs, .code-block' },
  { name: 'a message that somebody came to see', path: '/rooms/lobby/2', shows: '.target' },
  { name: 'an empty room', path: '/rooms/empty', shows: '.empty' },
  {
    name: 'the line above what is new',
    path: '/rooms/news',
    shows: '.unread-line',
    act: async ({ page, bot }) => {
      await bot.say('news', 'Something new.')
      await page.reload()
    },
  },
  { name: 'the actions of a message', path: '/', shows: '.actions', act: toolbarOf },
  { name: 'the menu of a message', path: '/', shows: '.menu', act: openMenu },
  {
    name: 'an answer that is being written',
    path: '/',
    shows: '.composer-context',
    act: async (scene) => {
      await openMenu(scene)
      await scene.page.locator('.menu-item').first().click()
    },
  },
  {
    name: 'the emoji picker',
    path: '/',
    shows: '.picker .emoji-grid',
    act: ({ page }) => page.locator('.composer-emoji').click(),
    without: mostEmoji,
  },
  {
    name: 'a search among the emoji',
    path: '/',
    shows: '.picker .emoji-grid',
    act: async ({ page }) => {
      await page.locator('.composer-emoji').click()
      await page.locator('.picker-search').fill('a')
    },
  },
  {
    name: 'people to complete a name with',
    path: '/',
    shows: '.completion-option',
    act: ({ page }) => page.locator('#composer').pressSequentially('@'),
  },
  {
    name: 'a text that is too long',
    path: '/',
    shows: '.composer-left',
    act: ({ page }) => page.locator('#composer').fill('x'.repeat(4_010)),
  },
  {
    name: 'settings',
    path: '/',
    shows: 'dialog[open]',
    act: ({ page }) => page.locator('.me-button').first().click(),
  },
  {
    name: 'the switcher',
    path: '/',
    shows: 'dialog[open] [role=option]',
    act: ({ page }) => page.keyboard.press('Control+k'),
  },
  {
    name: 'a room that could be opened',
    path: '/',
    shows: 'dialog[open] [role=option]',
    act: async ({ page }) => {
      await page.keyboard.press('Control+k')
      await page.locator('.switcher-name').fill('a new one')
    },
  },
  { name: 'the keys', path: '/', shows: 'dialog[open] kbd', act: ({ page }) => page.locator('.log').press('?') },
  {
    name: 'somebody who is writing',
    path: '/',
    shows: '.typing-dots',
    act: ({ page, bot }) =>
      // Nobody hears of it whose line is not open yet.
      expect
        .poll(() => {
          bot.send({ type: 'typing', room: 'lobby' })
          return page.locator('.typing-dots').count()
        })
        .toBe(1),
  },
  { name: 'a message on its way', path: '/', shows: '.unsent.sent', act: (scene) => say(scene, 'never answered') },
  { name: 'a message that was refused', path: '/', shows: '.refused', act: (scene) => say(scene, 'refused') },
  { name: 'a newer build of the page', path: '/?newer', shows: '.banner.offer' },
  { name: 'a page that is not there', path: '/nowhere', shows: '.door-status' },
  { name: "one's account", path: '/account', shows: '.desk-item' },
  { name: 'the page for when there is no teahouse', path: '/offline', shows: '.door-title' },
]

const onPhone: State[] = [
  { name: 'messages', path: '/', shows: stored },
  { name: 'the rooms', path: '/', shows: '.rooms:popover-open', act: ({ page }) => page.locator('.top-rooms').tap() },
  {
    name: 'the people',
    path: '/',
    shows: '.people:popover-open',
    act: ({ page }) => page.locator('.top-people').tap(),
  },
  {
    name: 'the menu of a message',
    path: '/',
    shows: '.menu',
    act: ({ page }) => page.locator(stored).first().dispatchEvent('pointerdown', { pointerType: 'touch' }),
  },
  {
    name: 'the emoji picker',
    path: '/',
    shows: '.picker .emoji-grid',
    act: ({ page }) => page.locator('.composer-emoji').tap(),
    without: mostEmoji,
  },
  {
    name: 'a new room',
    path: '/',
    shows: 'dialog[open]',
    act: async ({ page }) => {
      await page.locator('.top-rooms').tap()
      await page.locator('.rooms-new').tap()
    },
  },
  {
    name: 'the card of somebody',
    path: '/',
    shows: 'dialog[open] .dialog-act',
    act: async ({ page }) => {
      await page.locator('.top-people').tap()
      await page.locator('.people .person-open').nth(1).tap()
    },
  },
]

const atTheDoor: State[] = [
  { name: 'the door', path: '/signin', shows: '.door-form' },
  {
    name: 'a name that is too long',
    path: '/signin',
    shows: '.fault',
    act: async ({ page }) => {
      await page.locator('#name').fill('x'.repeat(33))
      await page.locator('.door-button').click()
    },
  },
  {
    name: 'an invitation',
    path: '/offline',
    shows: '.door-form',
    act: ({ page, server }) => page.goto(server.url + invitation),
  },
  { name: 'a link that nobody made', path: '/link/none', shows: '.door-status' },
]

/** Of the owner, and what he does there to Mo. */
const atTheDesk: State[] = [
  { name: 'the account', path: '/account', shows: '.desk-item' },
  {
    name: 'a wrong password',
    path: '/account',
    shows: '.fault',
    act: async ({ page }) => {
      await page.locator('#current').fill('wrong password')
      await page.locator('#password').fill('another password')
      await page.locator('form[action$=password] button').click()
    },
  },
  {
    name: 'what can be done to somebody',
    path: '/',
    shows: '.dialog-section',
    act: ({ page }) => page.locator('.message[data-author=Bo] .message-name').first().click(),
  },
  { name: 'the people', path: '/admin', shows: '.desk-item' },
  { name: 'somebody', path: '/admin/people/3', shows: '#purge-title' },
  {
    name: 'a link for somebody',
    path: '/admin/people/3',
    shows: '#link',
    act: ({ page }) => page.locator('form[action$=link] button').click(),
  },
  {
    name: 'what has just been done',
    path: '/admin/people/3',
    shows: '.desk-notice',
    act: ({ page }) => page.locator('form[action$=ban] button').click(),
  },
  {
    name: 'an address that is none',
    path: '/admin/addresses',
    shows: '.fault',
    act: async ({ page }) => {
      await page.locator('#range').fill('everywhere')
      await page.locator('form[action$=addresses] button').click()
    },
  },
  { name: 'the log', path: '/admin/log', shows: '.desk-item' },
]

let browser: Browser
let server: TestServer
let bo: Person
let bot: ChatClient
let owner: Visitor
let invitation: string
const cleanups: (() => Promise<void> | void)[] = []
const t: Cleanup = { onTestFinished: (cleanup) => cleanups.push(cleanup) }

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startServer(t, { RATE_LIMITS: 'off' })
  bo = await server.signIn('Bo')
  bot = await bo.connect()
  for (const room of ['lobby', 'empty', 'news', 'other', 'silent', 'deleted', 'old']) await bot.open(room)
  await bot.ask({ type: 'change', room: 'silent', key: 'silent', readOnly: true }, 'done')
  await bot.ask({ type: 'change', room: 'old', key: 'old', archived: true }, 'done')
  for (let i = 1; i <= 3; i++) {
    const ref = await bot.say('deleted', `A secret ${i}.`)
    await bot.ask({ type: 'delete', room: 'deleted', key: `deleted ${ref}`, ref }, 'sent')
  }
  owner = await ownerNamed(server, 'Li')
  await visitorNamed(server, 'Mo')
  const chat = await owner.connect()
  const invite = { type: 'invite', room: 'lobby', key: 'invite', uses: 10, forMs: hourMs } as const
  invitation = `/link/${(await chat.ask(invite, 'invite')).token}`
  await chat.close()
})
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  await browser.close()
})

/** One message of each kind, two of them from the reader. */
async function furnish(reader: Person): Promise<void> {
  const own = await reader.connect()
  await own.open('lobby')
  const first = await bot.say('lobby', 'Good morning! **Who** is _coming_, ~~today~~ on `Saturday`?')
  await own.ask({ type: 'chat', room: 'lobby', key: `${first} reply`, data: 'I am, 我带龙井.', reply: first }, 'sent')
  await bot.say('lobby', `@${reader.user.name} see [the map](https://example.org):\n> turn left\n\n1. then\n2. right`)
  await bot.say('lobby', '```js\n// why\nconst steep = (leaves) => "3".map(pour)\n```')
  await bot.say('lobby', '🍵')
  await bot.say('lobby', `A long story.${'\nAnd then it went on.'.repeat(40)}`)
  const gone = await bot.say('lobby', 'A secret.')
  await bot.ask({ type: 'delete', room: 'lobby', key: `${gone} gone`, ref: gone }, 'sent')
  await bot.ask({ type: 'edit', room: 'lobby', key: `${first} edit`, ref: first, data: 'Good **morning**!' }, 'sent')
  for (const chat of [bot, own]) {
    await chat.ask({ type: 'react', room: 'lobby', key: `${first} 👍`, ref: first, data: '👍', on: true }, 'sent')
  }
  await bot.ask({ type: 'react', room: 'lobby', key: `${first} 🎉`, ref: first, data: '🎉', on: true }, 'sent')
  await own.open('left')
  await own.ask({ type: 'leave', room: 'left', key: 'leave' }, 'done')
  const users = [bo.user.id]
  await own.ask({ type: 'create', key: 'cellar', kind: 'private', name: 'cellar', users }, 'room')
  await own.ask({ type: 'create', key: 'conversation', kind: 'direct', users }, 'room')
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

async function open(
  options: BrowserContextOptions,
  language: 'en' | 'zh',
  person?: Pick<Person, 'cookie'>,
): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
  t.onTestFinished(() => context.close())
  await context.addCookies([{ name: 'language', value: language, url: server.url }])
  const [name = '', value = ''] = person?.cookie.split('=') ?? []
  if (person) await context.addCookies([{ name, value, url: server.url }])
  const page = await context.newPage()
  await meddle(page)
  return page
}

async function show(page: Page, { path, shows, act }: State): Promise<void> {
  await page.goto(server.url + path)
  if (await page.locator('#app').count()) await takenOver(page)
  await act?.({ page, server, bot })
  await page.locator(shows).first().waitFor()
}

/** In both themes, which differ in nothing but colours. */
async function expectNoFaults(page: Page, { without }: Partial<State> = {}): Promise<void> {
  const axe = new AxeBuilder({ page }).setLegacyMode().withTags(tags)
  if (without) axe.exclude(without)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations, passes } = await axe.analyze()
    const faults = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${colorScheme}: ${id}: ${html} ${failureSummary}`),
    )
    expect(faults).toEqual([])
    expect(passes.map(({ id }) => id)).toContain('color-contrast')
  }
}

describe.each(['en', 'zh'] as const)('axe finds nothing, in %s,', { timeout: 60_000 }, (language) => {
  let person: Person
  beforeAll(async () => {
    person = await server.signIn(language === 'en' ? 'Anna' : '小安')
    await furnish(person)
  })

  describe('at the door:', () => {
    let page: Page
    beforeAll(async () => {
      page = await open(desktop, language)
    })
    it.each(atTheDoor)('$name', async (state) => {
      await show(page, state)
      await expectNoFaults(page, state)
    })
  })

  describe('in the room:', () => {
    let page: Page
    beforeAll(async () => {
      page = await open(desktop, language, person)
    })
    it.each(chat)('$name', async (state) => {
      await show(page, state)
      await expectNoFaults(page, state)
    })
  })

  describe.each([
    ['at the desk:', desktop],
    ['at the desk, on a phone:', phone],
  ])('%s', (_, options) => {
    let page: Page
    beforeAll(async () => {
      page = await open(options, language, owner)
    })
    it.each(atTheDesk)('$name', async (state) => {
      await show(page, state)
      await expectNoFaults(page, state)
    })
  })

  describe('among rooms and people:', () => {
    let page: Page
    beforeAll(async () => {
      page = await open(desktop, language, person)
    })
    it.each(rooms)('$name', async (state) => {
      await show(page, state)
      await expectNoFaults(page, state)
    })
  })

  describe('on a phone:', () => {
    let page: Page
    beforeAll(async () => {
      page = await open(phone, language, person)
    })
    it.each(onPhone)('$name', async (state) => {
      await show(page, state)
      await expectNoFaults(page, state)
    })
  })

  it('without JavaScript', async () => {
    const page = await open(desktop, language, person)
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.goto(server.url)
    await page.locator(stored).first().waitFor()
    expect(await page.locator('.scripted').first().isVisible()).toBe(false)
    // Axe itself is a script.
    await devtools.send('Emulation.setScriptExecutionDisabled', { value: false })
    await expectNoFaults(page)
  })

  it('when the line is away', async (t) => {
    const away = await startServer(t)
    const page = await open(desktop, language)
    await page.goto(away.url)
    await page.locator('#name').fill('Anna')
    await page.locator('.door-button').click()
    await takenOver(page)
    await away.stop()
    await page.locator('#composer').fill('Is anybody there?')
    await page.keyboard.press('Enter')
    await page.locator('.banner-waits').waitFor()
    await expectNoFaults(page)
  })
})

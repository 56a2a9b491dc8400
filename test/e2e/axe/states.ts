/** The pages that axe looks at, and the states that they can be in. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ChatClient } from '../../support/client.ts'
import type { TestServer } from '../../support/server.ts'

export interface Scene {
  page: Page
  server: TestServer
  bot: ChatClient
  /** The path of an invitation to the lobby. */
  invitation: string
}

export interface State {
  name: string
  path: string
  /** What has to be there before axe looks: without it there is nothing to find fault with. */
  shows: string
  action?: (scene: Scene) => Promise<unknown>
  /** What is one of very many of its kind, and would take axe long. */
  without?: string
}

export const stored = '.message[data-id]'
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
const pressAct = async ({ page }: Scene, index: number) => await page.locator('.dialog-action').nth(index).click()
/** Of the card of a person: what moderators do. */
const pressModeration = async ({ page }: Scene, index: number) =>
  await page.locator('.dialog-section .dialog-action').nth(index).click()
const openCardOfBo = async (scene: Scene) => {
  await openCellar(scene)
  await pressAct(scene, 0)
  await scene.page.locator('dialog[open] .person-open', { hasText: 'Bo' }).click()
  await scene.page.locator('.dialog-section').waitFor()
}

/** In a private room that the reader has made, with Bo in it. */
export const rooms: State[] = [
  { name: 'rooms of all kinds', path: '/', shows: '.rooms-group .rooms-room' },
  { name: 'a room that is read-only', path: '/rooms/silent', shows: '.composer-why' },
  { name: 'deleted messages in a row', path: '/rooms/deleted', shows: '.notice' },
  {
    name: 'a new room',
    path: '/',
    shows: 'dialog[open] [role=option]',
    action: async ({ page }) => {
      await page.locator('.rooms-new').click()
      await page.locator('dialog[open] .choice-one').nth(1).click()
    },
  },
  {
    name: 'a conversation with somebody',
    path: '/',
    shows: '.picking-one',
    action: async ({ page }) => {
      await page.locator('.rooms-new').click()
      await page.locator('dialog[open] .choice-one').nth(2).click()
      await page.locator('dialog[open] [role=option]').first().click()
    },
  },
  { name: 'a private room in which nobody has written', path: '/', shows: '.empty-invite', action: goToCellar },
  { name: 'what can be changed in a room', path: '/', shows: 'dialog[open] select', action: openCellar },
  {
    name: 'a name that cannot be',
    path: '/',
    shows: '.dialog-fault',
    action: async (scene) => {
      await openCellar(scene)
      await scene.page.locator('#room-name').fill('')
      await scene.page.locator('dialog[open] [type=submit]').click()
    },
  },
  {
    name: 'the question whether to archive it',
    path: '/',
    shows: '.confirm',
    action: async (scene) => {
      await openCellar(scene)
      await pressAct(scene, 2)
    },
  },
  {
    name: 'its members',
    path: '/',
    shows: '.dialog-people .mark',
    action: async (scene) => {
      await openCellar(scene)
      await pressAct(scene, 0)
    },
  },
  {
    name: 'an invitation that was made',
    path: '/',
    shows: '.qr',
    action: async (scene) => {
      await openCellar(scene)
      await pressAct(scene, 1)
      await scene.page.locator('dialog[open] [type=submit]').click()
    },
  },
  { name: 'the card of somebody', path: '/', shows: '.dialog-section', action: openCardOfBo },
  {
    name: 'the question whether to mute him',
    path: '/',
    shows: '.confirm .choice',
    action: async (scene) => {
      await openCardOfBo(scene)
      await pressModeration(scene, 1)
    },
  },
  {
    name: 'what was done and can be undone',
    path: '/',
    shows: '.said-undo',
    action: async (scene) => {
      await openCardOfBo(scene)
      await pressModeration(scene, 0)
    },
  },
]

export const chat: State[] = [
  { name: 'messages of all kinds', path: '/', shows: '.hljs, .code-block' },
  { name: 'a message that somebody came to see', path: '/rooms/lobby/2', shows: '.target' },
  { name: 'an empty room', path: '/rooms/empty', shows: '.empty' },
  {
    name: 'the line above what is new',
    path: '/rooms/news',
    shows: '.unread-line',
    action: async ({ page, bot }) => {
      await bot.say('news', 'Something new.')
      await page.reload()
    },
  },
  { name: 'the actions of a message', path: '/', shows: '.actions', action: toolbarOf },
  { name: 'the menu of a message', path: '/', shows: '.menu', action: openMenu },
  {
    name: 'an answer that is being written',
    path: '/',
    shows: '.composer-context',
    action: async (scene) => {
      await openMenu(scene)
      await scene.page.locator('.menu-item').first().click()
    },
  },
  {
    name: 'the emoji picker',
    path: '/',
    shows: '.picker .emoji-grid',
    action: ({ page }) => page.locator('.composer-emoji').click(),
    without: mostEmoji,
  },
  {
    name: 'a search among the emoji',
    path: '/',
    shows: '.picker .emoji-grid',
    action: async ({ page }) => {
      await page.locator('.composer-emoji').click()
      await page.locator('.picker-search').fill('a')
    },
  },
  {
    name: 'people to complete a name with',
    path: '/',
    shows: '.completion-option',
    action: ({ page }) => page.locator('#composer').pressSequentially('@'),
  },
  {
    name: 'a text that is too long',
    path: '/',
    shows: '.composer-left',
    action: ({ page }) => page.locator('#composer').fill('x'.repeat(4_010)),
  },
  {
    name: 'settings',
    path: '/',
    shows: 'dialog[open]',
    action: ({ page }) => page.locator('.me-button').first().click(),
  },
  {
    name: 'the switcher',
    path: '/',
    shows: 'dialog[open] [role=option]',
    action: ({ page }) => page.keyboard.press('Control+k'),
  },
  {
    name: 'a room that could be opened',
    path: '/',
    shows: 'dialog[open] [role=option]',
    action: async ({ page }) => {
      await page.keyboard.press('Control+k')
      await page.locator('.switcher-name').fill('a new one')
    },
  },
  { name: 'the keys', path: '/', shows: 'dialog[open] kbd', action: ({ page }) => page.locator('.log').press('?') },
  {
    name: 'somebody who is writing',
    path: '/',
    shows: '.typing-dots',
    action: ({ page, bot }) =>
      // Nobody hears of it whose line is not open yet.
      expect
        .poll(() => {
          bot.send({ type: 'typing', room: 'lobby' })
          return page.locator('.typing-dots').count()
        })
        .toBe(1),
  },
  { name: 'a message on its way', path: '/', shows: '.unsent.sent', action: (scene) => say(scene, 'never answered') },
  { name: 'a message that was refused', path: '/', shows: '.refused', action: (scene) => say(scene, 'refused') },
  { name: 'a newer build of the page', path: '/?newer', shows: '.banner.offer' },
  { name: 'a page that is not there', path: '/nowhere', shows: '.auth-status' },
  { name: "one's account", path: '/account', shows: '.panel-item' },
  { name: 'the page for when there is no teahouse', path: '/offline', shows: '.auth-title' },
]

export const onPhone: State[] = [
  { name: 'messages', path: '/', shows: stored },
  {
    name: 'the rooms',
    path: '/',
    shows: '.rooms:popover-open',
    action: ({ page }) => page.locator('.top-rooms').tap(),
  },
  {
    name: 'the people',
    path: '/',
    shows: '.people:popover-open',
    action: ({ page }) => page.locator('.top-people').tap(),
  },
  {
    name: 'the menu of a message',
    path: '/',
    shows: '.menu',
    action: ({ page }) => page.locator(stored).first().dispatchEvent('pointerdown', { pointerType: 'touch' }),
  },
  {
    name: 'the emoji picker',
    path: '/',
    shows: '.picker .emoji-grid',
    action: ({ page }) => page.locator('.composer-emoji').tap(),
    without: mostEmoji,
  },
  {
    name: 'a new room',
    path: '/',
    shows: 'dialog[open]',
    action: async ({ page }) => {
      await page.locator('.top-rooms').tap()
      await page.locator('.rooms-new').tap()
    },
  },
  {
    name: 'the card of somebody',
    path: '/',
    shows: 'dialog[open] .dialog-action',
    action: async ({ page }) => {
      await page.locator('.top-people').tap()
      await page.locator('.people .person-open').nth(1).tap()
    },
  },
]

export const atTheDoor: State[] = [
  { name: 'the door', path: '/signin', shows: '.auth-form' },
  {
    name: 'a name that is too long',
    path: '/signin',
    shows: '.fault',
    action: async ({ page }) => {
      await page.locator('#name').fill('x'.repeat(33))
      await page.locator('.auth-button').click()
    },
  },
  {
    name: 'an invitation',
    path: '/offline',
    shows: '.auth-form',
    action: ({ page, server, invitation }) => page.goto(server.url + invitation),
  },
  { name: 'a link that nobody made', path: '/link/none', shows: '.auth-status' },
]

/** States of the owner’s pages, and their actions on Mo. */
export const atTheDesk: State[] = [
  { name: 'the account', path: '/account', shows: '.panel-item' },
  {
    name: 'a wrong password',
    path: '/account',
    shows: '.fault',
    action: async ({ page }) => {
      await page.locator('#current').fill('wrong password')
      await page.locator('#password').fill('another password')
      await page.locator('form[action$=password] button').click()
    },
  },
  {
    name: 'what can be done to somebody',
    path: '/',
    shows: '.dialog-section',
    action: ({ page }) => page.locator('.message[data-author=Bo] .message-name').first().click(),
  },
  { name: 'the people', path: '/admin', shows: '.panel-item' },
  { name: 'somebody', path: '/admin/people/3', shows: '#purge-title' },
  {
    name: 'a link for somebody',
    path: '/admin/people/3',
    shows: '#link',
    action: ({ page }) => page.locator('form[action$=link] button').click(),
  },
  {
    name: 'what has just been done',
    path: '/admin/people/3',
    shows: '.panel-notice',
    action: ({ page }) => page.locator('form[action$=ban] button').click(),
  },
  {
    name: 'an address that is none',
    path: '/admin/addresses',
    shows: '.fault',
    action: async ({ page }) => {
      await page.locator('#range').fill('everywhere')
      await page.locator('form[action$=addresses] button').click()
    },
  },
  { name: 'the log', path: '/admin/log', shows: '.panel-item' },
]

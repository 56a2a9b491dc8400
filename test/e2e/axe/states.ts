/** The pages that axe looks at, and the states that they can be in. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ChatClient } from '../../support/clients/client.ts'
import type { TestServer } from '../../support/server/server.ts'

export interface Context {
  page: Page
  server: TestServer
  bot: ChatClient
  /** The path of an invitation to the lobby. */
  invitation: string
}

export interface State {
  name: string
  path: string
  /** The selector of what axe checks in this state. Axe waits until it is there. */
  shows: string
  action?: (context: Context) => Promise<unknown>
  /** Excluded: many elements of one kind, which would take axe long. */
  without?: string
}

export const stored = '.message[data-id]'
const mostSections = '.docs-main > section:not(:nth-of-type(8n + 1))'
const mostEmoji = '.emoji-grid > :nth-child(n + 20)'
const toolbarOf = async ({ page }: Context) => await page.locator(`${stored}:not(.own)`).first().hover()
const openMenu = async (context: Context) => {
  await toolbarOf(context)
  await context.page.locator('.action[aria-haspopup=menu]').click()
}
const say = async ({ page }: Context, text: string) => {
  await page.locator('#composer').fill(text)
  await page.locator('.composer-send').click()
}

const openNotifications = async ({ page }: Context) => {
  await page.locator('.me-button').first().click()
  await page.locator('dialog[open] button.dialog-action').click()
  await page.locator('#keywords').waitFor()
}

const goToCellar = async ({ page }: Context) => {
  await page.locator('.rooms-room', { hasText: 'cellar' }).click()
  await page.locator('.empty').waitFor()
}
const openCellar = async (context: Context) => {
  await goToCellar(context)
  await context.page.locator('.room-header-details').click()
  await context.page.locator('dialog[open] form').waitFor()
}
/** A dialog has its actions in the same order in all languages. */
const pressAction = async ({ page }: Context, index: number) => await page.locator('.dialog-action').nth(index).click()
/** Presses a moderation action of the person dialog. */
const pressModeration = async ({ page }: Context, index: number) =>
  await page.locator('.dialog-section .dialog-action').nth(index).click()
const openPersonDialogOfBo = async (context: Context) => {
  await openCellar(context)
  await pressAction(context, 0)
  await context.page.locator('dialog[open] .person-open', { hasText: 'Bo' }).click()
  await context.page.locator('.dialog-section').waitFor()
}

/** In a private room that the reader created, with Bo as a member. */
export const rooms: State[] = [
  { name: 'the list of rooms with rooms of all kinds', path: '/', shows: '.rooms-group .rooms-room' },
  { name: 'a read-only room', path: '/rooms/silent', shows: '.write-blocked' },
  { name: 'a room with a pinned message', path: '/rooms/pinned', shows: '.pinned' },
  {
    name: 'the list of pinned messages',
    path: '/rooms/pinned',
    shows: 'dialog[open] .listed-message',
    action: async ({ page }) => await page.locator('.pinned-all').click(),
  },
  { name: 'the page of members', path: '/rooms/pinned/members', shows: '.panel-item' },
  { name: 'the page of reactions', path: '/rooms/pinned/1/reactions', shows: '.panel-item' },
  { name: 'the page of pinned messages', path: '/rooms/pinned/pins', shows: '.panel-item' },
  {
    name: 'the list of saved messages',
    path: '/',
    shows: 'dialog[open] .listed-message',
    action: async ({ page }) => await page.locator('.rooms-switch[href="/saved"]').click(),
  },
  { name: 'the page of saved messages', path: '/saved', shows: '.panel-item' },
  {
    name: 'the search before anything is asked',
    path: '/',
    shows: 'dialog[open] .search-filter',
    action: async ({ page }) => await page.locator('.room-header-search').click(),
  },
  {
    name: 'the search with what it has found',
    path: '/',
    shows: 'dialog[open] .found-message mark',
    action: async ({ page }) => {
      await page.locator('.room-header-search').click()
      await page.locator('.search-form input').fill('龙井')
      await page.keyboard.press('Enter')
    },
  },
  { name: 'the page of the search', path: '/search?q=morning', shows: '.panel-item mark' },
  { name: 'the page of a search that cannot be read', path: '/search?q=has:cake', shows: '.panel-error' },
  { name: 'several deleted messages in a row', path: '/rooms/deleted', shows: '.notice' },
  {
    name: 'the create dialog',
    path: '/',
    shows: 'dialog[open] [role=option]',
    action: async ({ page }) => {
      await page.locator('.rooms-new').click()
      await page.locator('dialog[open] .choice-option').nth(1).click()
    },
  },
  {
    name: 'the create dialog with a selected user',
    path: '/',
    shows: '.people-picker-chip',
    action: async ({ page }) => {
      await page.locator('.rooms-new').click()
      await page.locator('dialog[open] .choice-option').nth(2).click()
      await page.locator('dialog[open] [role=option]').first().click()
    },
  },
  { name: 'a private room without messages', path: '/', shows: '.empty-invite', action: goToCellar },
  { name: 'the room dialog', path: '/', shows: 'dialog[open] select', action: openCellar },
  {
    name: 'the room dialog with an invalid name',
    path: '/',
    shows: '.dialog-error',
    action: async (context) => {
      await openCellar(context)
      await context.page.locator('#room-name').fill('')
      await context.page.locator('dialog[open] [type=submit]').click()
    },
  },
  {
    name: 'the archive confirmation',
    path: '/',
    shows: '.confirm',
    action: async (context) => {
      await openCellar(context)
      await pressAction(context, 4)
    },
  },
  {
    name: 'the members dialog',
    path: '/',
    shows: '.dialog-people .member-badge',
    action: async (context) => {
      await openCellar(context)
      await pressAction(context, 0)
    },
  },
  {
    name: 'a new invitation',
    path: '/',
    shows: '.qr',
    action: async (context) => {
      await openCellar(context)
      await pressAction(context, 2)
      await context.page.locator('dialog[open] [type=submit]').click()
    },
  },
  { name: 'the person dialog', path: '/', shows: '.dialog-section', action: openPersonDialogOfBo },
  {
    name: 'the card of the reader with the form of their status',
    path: '/',
    shows: '.status-form',
    action: async ({ page }) => await page.locator('.people .person-open').first().click(),
  },
  {
    name: 'the mute confirmation',
    path: '/',
    shows: '.confirm .choice',
    action: async (context) => {
      await openPersonDialogOfBo(context)
      await pressModeration(context, 1)
    },
  },
  {
    name: 'the ban confirmation',
    path: '/',
    shows: '.confirm .choice + .choice',
    action: async (context) => {
      await openPersonDialogOfBo(context)
      await pressModeration(context, 3)
    },
  },
  {
    name: 'a toast with Undo',
    path: '/',
    shows: '.toast-undo',
    action: async (context) => {
      await openPersonDialogOfBo(context)
      await pressModeration(context, 0)
    },
  },
]

export const chat: State[] = [
  { name: 'messages of all kinds', path: '/', shows: '.hljs, .code-block' },
  { name: 'the message of the address', path: '/rooms/lobby/2', shows: '.target' },
  { name: 'an empty room', path: '/rooms/empty', shows: '.empty' },
  {
    name: 'the line “New messages”',
    path: '/rooms/news',
    shows: '.unread-line',
    action: async ({ page, bot }) => {
      await bot.say('news', 'Something new.')
      await page.reload()
    },
  },
  { name: 'the toolbar of a message', path: '/', shows: '.actions', action: toolbarOf },
  { name: 'the menu of a message', path: '/', shows: '.menu', action: openMenu },
  {
    name: 'a reply in the composer',
    path: '/',
    shows: '.composer-context',
    action: async (context) => {
      await openMenu(context)
      await context.page.locator('.menu-item').first().click()
    },
  },
  {
    name: 'the emoji picker',
    path: '/',
    shows: '.emoji-picker .emoji-grid',
    action: ({ page }) => page.locator('.composer-emoji').click(),
    without: mostEmoji,
  },
  {
    name: 'the emoji picker with a search',
    path: '/',
    shows: '.emoji-picker .emoji-grid',
    action: async ({ page }) => {
      await page.locator('.composer-emoji').click()
      await page.locator('.emoji-picker-search').fill('a')
    },
  },
  {
    name: 'the suggestions for a name',
    path: '/',
    shows: '.completion-option',
    action: ({ page }) => page.locator('#composer').pressSequentially('@'),
  },
  {
    name: 'the composer with a text that is too long',
    path: '/',
    shows: '.composer-remaining',
    action: ({ page }) => page.locator('#composer').fill('x'.repeat(4_010)),
  },
  {
    name: 'the mentions dialog',
    path: '/',
    shows: 'dialog[open] .listed-message',
    action: ({ page }) => page.locator('a[href="/mentions"]').click(),
  },
  { name: 'the page of mentions', path: '/mentions', shows: '.panel-item' },
  {
    name: 'the notification levels of a muted room',
    path: '/rooms/other',
    shows: '.rooms-room.muted',
    action: async ({ page }) => {
      await page.locator('.room-header-details').click()
      await page.locator('dialog[open] .choice').waitFor()
    },
  },
  {
    name: 'the settings dialog',
    path: '/',
    shows: 'dialog[open]',
    action: ({ page }) => page.locator('.me-button').first().click(),
  },
  { name: 'the notifications dialog', path: '/', shows: '#keywords', action: openNotifications },
  {
    name: 'the notifications dialog with a keyword that is none, and quiet hours',
    path: '/',
    shows: '#quiet-zone',
    action: async (context) => {
      await openNotifications(context)
      await context.page.locator('[aria-describedby=quiet-hint]').check()
      await context.page.locator('#quiet-zone').waitFor()
      await context.page.locator('#keywords').fill('!!')
      await context.page.locator('#keywords').press('Enter')
      await context.page.locator('#keywords-fault').waitFor()
    },
  },
  {
    name: 'the room switcher',
    path: '/',
    shows: 'dialog[open] [role=option]',
    action: ({ page }) => page.keyboard.press('Control+k'),
  },
  {
    name: 'the room switcher with a new name',
    path: '/',
    shows: 'dialog[open] [role=option]',
    action: async ({ page }) => {
      await page.keyboard.press('Control+k')
      await page.locator('.room-switcher-name').fill('a new one')
    },
  },
  {
    name: 'the shortcuts dialog',
    path: '/',
    shows: 'dialog[open] kbd',
    action: ({ page }) => page.locator('.log').press('?'),
  },
  {
    name: 'the typing line',
    path: '/',
    shows: '.typing-dots',
    action: ({ page, bot }) =>
      // A connection that is not open yet does not get it.
      expect
        .poll(() => {
          bot.send({ type: 'typing', room: 'lobby' })
          return page.locator('.typing-dots').count()
        })
        .toBe(1),
  },
  { name: 'an unsent message', path: '/', shows: '.unsent.sent', action: (context) => say(context, 'never answered') },
  { name: 'a refused message', path: '/', shows: '.refused', action: (context) => say(context, 'refused') },
  { name: 'the banner of a newer page', path: '/?newer', shows: '.banner.offer' },
  { name: 'the page for a missing address', path: '/nowhere', shows: '.auth-status' },
  { name: 'the account page', path: '/account', shows: '.panel-item' },
  { name: 'the page of notifications', path: '/account/notifications', shows: '.panel-form' },
  { name: 'the offline page', path: '/offline', shows: '.auth-title' },
  { name: 'the page about the protocol', path: '/docs', shows: '.docs-table', without: mostSections },
  {
    name: 'the contents of the page about the protocol',
    path: '/docs',
    shows: 'details[open] a[href="#command-chat"]',
    action: ({ page }) => page.locator('summary', { hasText: 'Commands' }).click(),
    without: '.docs-main section',
  },
]

export const onPhone: State[] = [
  { name: 'the messages', path: '/', shows: stored },
  {
    name: 'the drawer of rooms',
    path: '/',
    shows: '.rooms:popover-open',
    action: ({ page }) => page.locator('.room-header-rooms').tap(),
  },
  {
    name: 'the drawer of people',
    path: '/',
    shows: '.people:popover-open',
    action: ({ page }) => page.locator('.room-header-people').tap(),
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
    shows: '.emoji-picker .emoji-grid',
    action: ({ page }) => page.locator('.composer-emoji').tap(),
    without: mostEmoji,
  },
  {
    name: 'the notifications dialog',
    path: '/',
    shows: '#keywords',
    action: async (context) => {
      await context.page.locator('.room-header-rooms').tap()
      await openNotifications(context)
    },
  },
  {
    name: 'the create dialog',
    path: '/',
    shows: 'dialog[open]',
    action: async ({ page }) => {
      await page.locator('.room-header-rooms').tap()
      await page.locator('.rooms-new').tap()
    },
  },
  {
    name: 'the person dialog',
    path: '/',
    shows: 'dialog[open] .dialog-action',
    action: async ({ page }) => {
      await page.locator('.room-header-people').tap()
      await page.locator('.people .person-open').nth(1).tap()
    },
  },
]

export const signInPages: State[] = [
  { name: 'the sign-in page', path: '/signin', shows: '.auth-form' },
  {
    name: 'the sign-in page with a name that is too long',
    path: '/signin',
    shows: '.form-error',
    action: async ({ page }) => {
      await page.locator('#name').fill('x'.repeat(33))
      await page.locator('.auth-button').click()
    },
  },
  {
    name: 'the invitation page',
    path: '/offline',
    shows: '.auth-form',
    action: ({ page, server, invitation }) => page.goto(server.url + invitation),
  },
  { name: 'the page for an invalid link', path: '/link/none', shows: '.auth-status' },
]

/** States of the owner’s pages, and their actions on Mo. */
export const adminPages: State[] = [
  { name: 'the account page', path: '/account', shows: '.panel-item' },
  {
    name: 'the account page with a wrong password',
    path: '/account',
    shows: '.form-error',
    action: async ({ page }) => {
      await page.locator('#current').fill('wrong password')
      await page.locator('#password').fill('another password')
      await page.locator('form[action$=password] button').click()
    },
  },
  {
    name: 'the person dialog of an admin',
    path: '/',
    shows: '.dialog-section',
    action: ({ page }) => page.locator('.message[data-author=Bo] .message-name').first().click(),
  },
  { name: 'the list of users', path: '/admin', shows: '.panel-item' },
  { name: 'a user’s page', path: '/admin/people/3', shows: '#purge-title' },
  {
    name: 'a user’s page with a link',
    path: '/admin/people/3',
    shows: '#link',
    action: ({ page }) => page.locator('form[action$=link] button').click(),
  },
  {
    name: 'a user’s page after an action',
    path: '/admin/people/3',
    shows: '.panel-notice',
    action: ({ page }) => page.locator('form[action$=ban] button').click(),
  },
  {
    name: 'the banned addresses with an invalid address',
    path: '/admin/addresses',
    shows: '.form-error',
    action: async ({ page }) => {
      await page.locator('#range').fill('everywhere')
      await page.locator('form[action$=addresses] button').click()
    },
  },
  {
    name: 'the bots with a name that is taken',
    path: '/admin/bots',
    shows: '.form-error',
    action: async ({ page }) => {
      await page.locator('#name').fill('Bo')
      await page.locator('form[action$=bots] button').click()
    },
  },
  {
    name: 'the address of a webhook',
    path: '/admin/bots',
    shows: '#token',
    action: async ({ page }) => {
      await page.locator('#hook').fill('Alerts')
      await page.locator('form[action="/admin/hooks"] button').click()
    },
  },
  {
    name: 'the outgoing webhooks with an address in a private network',
    path: '/admin/webhooks',
    shows: '#url-fault',
    action: async ({ page }) => {
      await page.locator('#name').fill('Relay')
      await page.locator('#url').fill('http://127.0.0.1/')
      await page.locator('form[action="/admin/webhooks"] button').click()
    },
  },
  { name: 'the server settings', path: '/admin/server', shows: '#welcome' },
  {
    name: 'the server settings with an icon that is no emoji',
    path: '/admin/server',
    shows: '.form-error',
    action: async ({ page }) => {
      await page.locator('#emoji').fill('tea')
      await page.locator('form[action$=server] button').click()
    },
  },
  {
    // The pages after it have that colour and that icon.
    name: 'the server settings with another accent colour and an emoji',
    path: '/admin/server',
    shows: '.panel-notice',
    action: async ({ page }) => {
      await page.locator('[name=accent][value=pink]').check()
      await page.locator('#emoji').fill('🍵')
      await page.locator('form[action$=server] button').click()
    },
  },
  { name: 'the first steps of the owner', path: '/admin/server?guide=1', shows: '.guide' },
  { name: 'the first invitation', path: '/admin/server/invitation', shows: '.guide' },
  {
    name: 'the link of the first invitation',
    path: '/admin/server/invitation',
    shows: '#link',
    action: ({ page }) => page.locator('form[action$=invitation] button').click(),
  },
  { name: 'the audit log', path: '/admin/log', shows: '.panel-item' },
  { name: 'the audit log with a filter', path: '/admin/log?type=role', shows: '.panel-item' },
]

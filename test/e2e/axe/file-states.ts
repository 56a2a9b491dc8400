/** States of files: in messages, in the viewer, while they are attached, and of what is shared. */

import { picture } from '../../files/images/samples.ts'
import type { ChatClient } from '../../support/clients/client.ts'
import { type UploadedFile, uploaded } from '../../support/clients/uploads.ts'
import type { Person, TestServer } from '../../support/server/server.ts'
import type { Context, State } from './states.ts'

const papers = '/rooms/papers'
const text = { name: 'steep.ts', mimeType: 'text/plain', buffer: Buffer.from('const leaves = 3\n') }

/** A room with images, one of which moves, and with other files. */
export async function sendFiles(server: TestServer, by: Person, chat: ChatClient): Promise<void> {
  const room = 'papers'
  await chat.open(room)
  const cookie = { Cookie: by.cookie }
  const still = { room, name: 'cup.png', type: 'image/png', bytes: await picture().png().toBuffer() }
  const moving = { room, name: 'steam.gif', type: 'image/gif', bytes: await picture(2).gif().toBuffer() }
  const code = {
    room,
    name: 'steep.ts',
    type: 'text/plain',
    bytes: '// why\nconst leaves: number = 3\nexport { leaves }\n',
  }
  const other = {
    room,
    name: 'teas.zip',
    type: 'application/zip',
    bytes: Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0xff, 0, 0]),
  }
  const send = async (key: string, data: string, ...files: UploadedFile[]) => {
    const ids: string[] = []
    for (const file of files) ids.push(await uploaded(server, cookie, file))
    await chat.ask({ type: 'chat', room, key, data, files: ids }, 'sent')
  }
  await send('both', 'Two cups', { ...still, metadata: { alt: 'A cup of tea' } }, moving)
  await send('others', '', code, other)
}

const attach = async ({ page }: Context) => {
  await page.locator('#composer').waitFor()
  await page.locator('.composer-attach input').setInputFiles(text)
}
const chooseSquare = async ({ page }: Context) => {
  const buffer = await picture().png().toBuffer()
  await page.locator('#picture').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer })
}
const openFiles = async ({ page }: Context) => {
  await page.locator('.room-header-details').click()
  await page.locator('dialog[open] .dialog-action').nth(1).click()
}

export const files: State[] = [
  { name: 'images that are grouped, and tiles of files', path: papers, shows: '.file-play' },
  {
    name: 'an image that plays',
    path: papers,
    shows: '.file-cell img[src$="steam.gif"]',
    action: ({ page }) => page.locator('.file-play').click(),
  },
  {
    name: 'the preview of code',
    path: papers,
    shows: '.file-preview pre',
    action: ({ page }) => page.locator('.file-preview-button').first().click(),
  },
  {
    name: 'the viewer',
    path: papers,
    shows: '.viewer-image',
    action: ({ page }) => page.locator('.file-image').first().click(),
  },
  {
    name: 'the viewer with an image that moves',
    path: papers,
    shows: '.viewer-play',
    action: ({ page }) => page.locator('.file-image').last().click(),
  },
  { name: 'the files of a room', path: papers, shows: 'dialog[open] .room-image', action: openFiles },
  { name: 'the page of the files of a room', path: `${papers}/files`, shows: '.panel-item' },
  { name: 'a file that is attached', path: papers, shows: '.attached-file.done', action: attach },
  {
    name: 'a file that waits for a connection',
    path: papers,
    shows: '.attached-file:not(.done)',
    action: async (context) => {
      await context.page.route('**/rooms/*/files', (route) => route.abort())
      await attach(context)
    },
  },
  { name: 'the square of a picture', path: '/account', shows: '.picture-crop canvas', action: chooseSquare },
  { name: 'the page of what is shared', path: '/share', shows: 'button[formaction]' },
  {
    // The last one: it stays chosen.
    name: 'images that wait for a press',
    path: papers,
    shows: '.file-image.held',
    action: async ({ page, server }) => {
      await page.context().addCookies([{ name: 'save-data', value: '1', url: server.url }])
      await page.reload()
    },
  },
]

export const filesOnPhone: State[] = [
  { name: 'images that are grouped, and tiles of files', path: papers, shows: '.file-play' },
  {
    name: 'the menu of attaching',
    path: papers,
    shows: '.menu [role=menuitem]',
    action: ({ page }) => page.locator('button.composer-attach').tap(),
  },
  {
    name: 'the preview of code',
    path: papers,
    shows: '.file-preview pre',
    action: ({ page }) => page.locator('.file-preview-button').first().tap(),
  },
  {
    name: 'the viewer',
    path: papers,
    shows: '.viewer-image',
    action: ({ page }) => page.locator('.file-image').first().tap(),
  },
  { name: 'the square of a picture', path: '/account', shows: '.picture-crop canvas', action: chooseSquare },
]

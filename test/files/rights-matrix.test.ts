/** Every route of files, asked by everybody who may not: the answer is that for a file, an upload and a room that do not exist. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { hourMs } from '../../src/shared/durations.ts'
import { botNamed } from '../support/clients/bots.ts'
import { talker } from '../support/clients/socket-io-client.ts'
import {
  append,
  begun,
  type Headers,
  idIn,
  metadataOf,
  partHeaders,
  tusHeaders,
  uploaded,
} from '../support/clients/uploads.ts'
import { visitorNamed } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { type ConnectedUser, startPopulatedServer } from '../support/server/populated-server.ts'
import type { Cleanup, TestServer } from '../support/server/server.ts'

interface Target {
  room: string
  /** Of a complete file, and of an upload that is not complete. */
  file: string
  upload: string
  picture: string
  /** The message that has the file. */
  message: number
}

type Route = [name: string, of: 'members' | 'the uploader', ask: (target: Target) => [path: string, RequestInit]]

/** What is asked of a target. The premise of each is its answer to a member, or to the uploader. */
const routes: Route[] = [
  ['the file', 'members', ({ file }) => [`/files/${file}/tea.png`, {}]],
  ['its head', 'members', ({ file }) => [`/files/${file}/tea.png`, { method: 'HEAD' }]],
  ['a part of it', 'members', ({ file }) => [`/files/${file}/tea.png`, { headers: { range: 'bytes=0-9' } }]],
  ['a part beyond it', 'members', ({ file }) => [`/files/${file}/tea.png`, { headers: { range: 'bytes=99999999-' } }]],
  ['whether it changed', 'members', ({ file }) => [`/files/${file}/x`, { headers: { 'if-none-match': '*' } }]],
  ['a small preview', 'members', ({ file }) => [`/files/${file}/tea.png?preview=small`, {}]],
  ['a large preview', 'members', ({ file }) => [`/files/${file}/tea.png?preview=large`, {}]],
  ['the list of files', 'members', ({ room }) => ['/api/files', json({ room })]],
  [
    'a message with the file',
    'the uploader',
    ({ room, file }) => ['/api/chat', json({ room, key: 'k', data: '', files: [file] })],
  ],
  ['a form', 'members', ({ room }) => ['/api/files', { method: 'POST', body: form({ room }) }]],
  ['a form with a key', 'members', ({ room }) => ['/api/files', { method: 'POST', body: form({ room, key: 'k' }) }]],
  [
    'an edit that keeps the file',
    'the uploader',
    ({ room, file, message }) => ['/api/edit', json({ room, ref: message, key: 'e', data: 'x', files: [file] })],
  ],
  ['the picture of the room', 'members', ({ room, picture }) => [`/pictures/rooms/${room}/${picture}`, {}]],
  [
    'a new upload',
    'members',
    ({ room }) => [
      `/rooms/${encodeURIComponent(room)}/files`,
      {
        method: 'POST',
        headers: { ...tusHeaders, 'upload-length': '3', 'upload-metadata': metadataOf({ filename: 'a' }) },
      },
    ],
  ],
  [
    'the offset of an upload',
    'the uploader',
    (target) => [uploadPath(target), { method: 'HEAD', headers: tusHeaders }],
  ],
  [
    'a part of an upload',
    'the uploader',
    (target) => [uploadPath(target), { method: 'PATCH', headers: { ...partHeaders, 'upload-offset': '1' }, body: 'e' }],
  ],
  ['the end of an upload', 'the uploader', (target) => [uploadPath(target), { method: 'DELETE', headers: tusHeaders }]],
]

/** What pages ask: they send those who are not signed in to the page for that. */
const pages: Route[] = [
  ['the page of files', 'members', (target) => [`${pathOf(target)}/files`, {}]],
  ['the page of the picture', 'the uploader', (target) => [`${pathOf(target)}/files/picture`, {}]],
  [
    'a message with a file',
    'members',
    (target) => [
      `${pathOf(target)}/files/message`,
      { method: 'POST', body: form({ key: crypto.randomUUID(), data: 'x' }) },
    ],
  ],
  [
    'a new picture',
    'the uploader',
    (target) => [`${pathOf(target)}/files/picture`, { method: 'POST', body: form({}, 'picture', icon) }],
  ],
  [
    'the removal of the picture',
    'the uploader',
    (target) => [`${pathOf(target)}/files/picture/remove`, { method: 'POST' }],
  ],
]

const icon = new Uint8Array(readFileSync('static/images/icon-192.png'))

/** As long as what is hidden: the names stand in the answers. */
const absent = { room: '~non', file: 'f'.repeat(32), upload: 'e'.repeat(32), picture: 'd'.repeat(8) }

function json(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function form(fields: Record<string, string>, file = 'file', bytes: BlobPart = 'tea'): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append(file, new File([bytes], 'tea.txt'))
  return form
}

function pathOf({ room }: Target): string {
  return `/rooms/${encodeURIComponent(room)}`
}

function uploadPath(target: Target): string {
  return `${pathOf(target)}/files/${target.upload}`
}

async function startMatrix(t: Cleanup) {
  const populated = await startPopulatedServer(t, { MIN_FREE_BYTES: '0', RATE_LIMITS: 'off' })
  const { server, anna, bo, eve, ada, owen } = populated
  const cookieOf = ({ visitor }: ConnectedUser): Headers => ({ cookie: visitor.cookie })
  const by = cookieOf(anna)
  const file = await uploaded(server, by, {
    room: den,
    name: 'tea.png',
    bytes: Buffer.from(icon),
  })
  const unsent = await uploaded(server, by, { room: den, bytes: 'unsent' })
  const path = await begun(server, by, { room: den, bytes: 'tea' })
  await append(server, by, path, 0, 't')
  const sent = await anna.does({ type: 'chat', room: den, data: '', files: [file] })
  const { id: message } = sent as Extract<typeof sent, { type: 'sent' }>
  const picture = await pictureSet(server, by)
  const reader = await botNamed(server, 'Relay', { canViewPublic: false, rooms: [tea] })
  const [mo, zoe] = [await visitorNamed(server, 'Mo'), await visitorNamed(server, 'Zoe')]
  const [typed, sue] = [await visitorNamed(server, 'Cai'), await visitorNamed(server, 'Sue')]
  const ended = { cookie: zoe.cookie }
  await zoe.post('/signout')
  await anna.did({ type: 'add', room: den, users: [eve.id] })
  await eve.did({ type: 'accept', room: den })
  await anna.did({ type: 'kick', room: den, user: eve.id })
  await anna.did({ type: 'ban', room: den, user: bo.id, forMs: hourMs })
  const { user } = await (await mo.connect()).next('welcome')
  await ada.did({ type: 'ban', user: user.id, forMs: hourMs })
  const outsiders: [string, Headers][] = [
    ['a former member', cookieOf(eve)],
    ['somebody who is banned from the room', cookieOf(bo)],
    ['a stranger', { cookie: sue.cookie }],
    ['somebody who is banned from the server', { cookie: mo.cookie }],
    ['an admin who is not in the room', cookieOf(ada)],
    ['the owner, who is not in the room', cookieOf(owen)],
    ['somebody who has typed the name of a member', { cookie: typed.cookie }],
    ['a bot of another room', reader.bearer],
    ['a session that has ended', ended],
    ['nobody', {}],
  ]
  const ask = async (who: Headers, target: Target, of: Route[2]) => {
    const [asked, init] = of(target)
    const response = await fetch(server.url + asked, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Headers), ...who },
    })
    const { date: _, ...headers } = Object.fromEntries(response.headers)
    const body = await response.text()
    const words = Object.values(target).filter((value) => typeof value === 'string')
    const hidden = words.reduce(
      (text, word) => text.replaceAll(word, '…').replaceAll(encodeURIComponent(word), '…'),
      JSON.stringify([headers, body]),
    )
    return [response.status, hidden] as const
  }
  const target = { room: den, file, upload: idIn(path), picture, message }
  return { ...populated, by, cookieOf, outsiders, ask, target, none: { ...absent, message }, unsent }
}

/** Gives the den a picture. @returns its name */
async function pictureSet({ url }: TestServer, by: Headers): Promise<string> {
  const body = form({}, 'picture', icon)
  await fetch(`${url}/rooms/${encodeURIComponent(den)}/files/picture`, { method: 'POST', headers: by, body })
  const page = await (await fetch(`${url}/rooms/${encodeURIComponent(den)}/files/picture`, { headers: by })).text()
  const [, picture = ''] = /\/pictures\/rooms\/[^/"]+\/([0-9a-f]{8})/.exec(page) ?? []
  return picture
}

it('files › every route gives outsiders the answer for what does not exist', async (t) => {
  const { outsiders, ask, target, none, by, cai, cookieOf } = await startMatrix(t)
  for (const [name, , of] of routes)
    for (const [who, headers] of outsiders) {
      const answer = await ask(headers, target, of)
      expect(answer[0], `${name}, asked by ${who}`).toBeGreaterThanOrEqual(400)
      expect(answer, `${name}, asked by ${who}`).toEqual(await ask(headers, none, of))
    }
  // What was hidden is there, and nobody has changed it. The end of an upload comes last.
  for (const [name, of, asked] of routes) {
    const [status] = await ask(of === 'members' ? cookieOf(cai) : by, target, asked)
    const isSent = name === 'a message with the file'
    if (!isSent) expect([200, 201, 204, 206, 304, 416], `${name}, asked by ${of}`).toContain(status)
  }
})

it('files › a file and an upload are not found under another room or by another member', async (t) => {
  const { ask, target, none, by, cai, cookieOf, unsent } = await startMatrix(t)
  for (const [name, of, asked] of routes.filter(([, of]) => of === 'the uploader')) {
    expect(await ask(cookieOf(cai), target, asked), `${name}, asked by ${of}`).toEqual(
      await ask(cookieOf(cai), { ...none, room: den }, asked),
    )
    const elsewhere = { ...target, room: tea, file: unsent }
    expect(await ask(by, elsewhere, asked), name).toEqual(await ask(by, { ...none, room: tea }, asked))
  }
  for (const [name, of, asked] of routes.filter(([, , asked]) => asked(target)[0].startsWith('/files/')))
    expect((await ask(cookieOf(cai), { ...target, file: unsent }, asked))[0], `${name}, for ${of}`).toBe(404)
})

it('files › every page gives outsiders the answer for a room that does not exist', async (t) => {
  const { outsiders, ask, target, none, by, cai, cookieOf } = await startMatrix(t)
  const read = async (who: Headers, to: Target, of: Route[2]) => {
    const [status, answer] = await ask(who, to, of)
    return [status, answer.replaceAll(/nonce-[\w+/=-]+|nonce=\\"[^"]*|value=\\"[0-9a-f-]{36}/g, '')]
  }
  for (const [name, , of] of pages)
    for (const [who, headers] of outsiders) {
      const answer = await read(headers, target, of)
      expect([303, 302, 401, 403, 404], `${name}, asked by ${who}`).toContain(answer[0])
      expect(answer, `${name}, asked by ${who}`).toEqual(await read(headers, none, of))
    }
  for (const [name, of, asked] of pages) {
    const [status] = await ask(of === 'members' ? cookieOf(cai) : by, target, asked)
    expect([200, 303], `${name}, asked by ${of}`).toContain(status)
  }
})

it('files › Socket.IO gives outsiders the answer for a room that does not exist', async (t) => {
  const { server, eve, bo, ada, owen, anna } = await startMatrix(t)
  const send = async ({ visitor }: ConnectedUser, room: string) => {
    const client = await talker(t, server, visitor)
    const { room: _, ...answer } = await client.ask('file', { room, name: 'a', key: 'k' }, Buffer.from('tea'))
    return answer
  }
  for (const outsider of [eve, bo, ada, owen]) {
    const answer = await send(outsider, den)
    expect(answer).toMatchObject({ type: 'error' })
    expect(JSON.stringify(answer).replaceAll(den, '…')).toBe(
      JSON.stringify(await send(outsider, absent.room)).replaceAll(absent.room, '…'),
    )
  }
  expect(await send(anna, den)).toMatchObject({ type: 'files' })
})

/** Every route of files, asked by everybody who may not: the answer is that for a file, an upload and a room that do not exist. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { hourMs } from '../../src/shared/durations.ts'
import { botNamed } from '../support/clients/bots.ts'
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
import type { Cleanup } from '../support/server/server.ts'

interface Target {
  room: string
  /** Of a complete file, and of an upload that is not complete. */
  file: string
  upload: string
}

/** What is asked of a target. The premise of each is its answer to a member, or to the uploader. */
const routes: [name: string, of: 'members' | 'the uploader', ask: (target: Target) => [path: string, RequestInit]][] = [
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
  ['a form', 'members', ({ room }) => ['/api/files', { method: 'POST', body: form(room) }]],
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

/** As long as what is hidden: the names stand in the answers. */
const absent = { room: '~non', file: 'f'.repeat(32), upload: 'e'.repeat(32) }

function json(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function form(room: string): FormData {
  const form = new FormData()
  form.append('room', room)
  form.append('file', new File(['tea'], 'tea.txt'))
  return form
}

function uploadPath({ room, upload }: Target): string {
  return `/rooms/${encodeURIComponent(room)}/files/${upload}`
}

async function startMatrix(t: Cleanup) {
  const populated = await startPopulatedServer(t, { MIN_FREE_BYTES: '0', RATE_LIMITS: 'off' })
  const { server, anna, bo, eve, ada, owen } = populated
  const cookieOf = ({ visitor }: ConnectedUser): Headers => ({ cookie: visitor.cookie })
  const by = cookieOf(anna)
  const file = await uploaded(server, by, {
    room: den,
    name: 'tea.png',
    bytes: readFileSync('static/images/icon-192.png'),
  })
  const unsent = await uploaded(server, by, { room: den, bytes: 'unsent' })
  const path = await begun(server, by, { room: den, bytes: 'tea' })
  await append(server, by, path, 0, 't')
  await anna.did({ type: 'chat', room: den, data: '', files: [file] })
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
  const ask = async (who: Headers, target: Target, of: (typeof routes)[number][2]) => {
    const [asked, init] = of(target)
    const response = await fetch(server.url + asked, { ...init, headers: { ...(init.headers as Headers), ...who } })
    const { date: _, ...headers } = Object.fromEntries(response.headers)
    const body = await response.text()
    const hidden = Object.values(target).reduce(
      (text, word) => text.replaceAll(word, '…'),
      JSON.stringify([headers, body]),
    )
    return [response.status, hidden] as const
  }
  return { ...populated, by, cookieOf, outsiders, ask, target: { room: den, file, upload: idIn(path) }, unsent }
}

it('files › every route gives outsiders the answer for what does not exist', async (t) => {
  const { outsiders, ask, target, by, cai, cookieOf } = await startMatrix(t)
  for (const [name, , of] of routes)
    for (const [who, headers] of outsiders) {
      const answer = await ask(headers, target, of)
      expect(answer[0], `${name}, asked by ${who}`).toBeGreaterThanOrEqual(400)
      expect(answer, `${name}, asked by ${who}`).toEqual(await ask(headers, absent, of))
    }
  // What was hidden is there, and nobody has changed it. The end of an upload comes last.
  for (const [name, of, asked] of routes) {
    const [status] = await ask(of === 'members' ? cookieOf(cai) : by, target, asked)
    const isSent = name === 'a message with the file'
    if (!isSent) expect([200, 201, 204, 206, 304, 416], `${name}, asked by ${of}`).toContain(status)
  }
})

it('files › a file and an upload are not found under another room or by another member', async (t) => {
  const { ask, target, by, cai, cookieOf, unsent } = await startMatrix(t)
  for (const [name, of, asked] of routes.filter(([, of]) => of === 'the uploader')) {
    expect(await ask(cookieOf(cai), target, asked), `${name}, asked by ${of}`).toEqual(
      await ask(cookieOf(cai), { ...absent, room: den }, asked),
    )
    const elsewhere = { ...target, room: tea, file: unsent }
    expect(await ask(by, elsewhere, asked), name).toEqual(await ask(by, { ...absent, room: tea }, asked))
  }
  for (const [name, of, asked] of routes.filter(([, , asked]) => asked(target)[0].startsWith('/files/')))
    expect((await ask(cookieOf(cai), { ...target, file: unsent }, asked))[0], `${name}, for ${of}`).toBe(404)
})

/** Forms whose files have keys: what is sent again is stored once. */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { append, begun, bytesOf, create, idIn, sendForm } from '../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'
import { picture, withMetadata } from './images/samples.ts'

async function withAnna(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', MAX_FILE_BYTES: '200000' })
  const anna = await server.signIn('Anna')
  const by = { cookie: anna.cookie }
  const send = async (files: { bytes: Buffer | string; key?: string; alt?: string }[], more = {}) => {
    const form = new FormData()
    form.append('room', 'lobby')
    for (const { bytes, key, alt } of files) {
      form.append('file', new File([new Uint8Array(Buffer.from(bytes))], 'tea.txt'))
      if (key !== undefined) form.append('key', key)
      if (alt !== undefined) form.append('alt', alt)
    }
    const { status, frame } = await sendForm(server, { ...by, ...more }, form)
    return { status, ids: frame.files?.map(({ id }) => id), frame }
  }
  const namesIn = (folder: string) =>
    readdirSync(server.dataDir).includes(folder)
      ? readdirSync(join(server.dataDir, folder), { recursive: true, encoding: 'utf8' }).filter(
          ({ length }) => length > 2,
        )
      : []
  return { server, anna, by, send, stored: () => ({ files: namesIn('files').length, uploads: namesIn('uploads') }) }
}

it('a form that is sent again with its keys gives the same files', async (t) => {
  const { send, stored, by, server } = await withAnna(t)
  const files = [
    { bytes: 'green tea', key: 'k1', alt: 'Green' },
    { bytes: randomBytes(150_000), key: 'k2', alt: '' },
  ]
  const first = await send(files)
  expect(first.status).toBe(201)
  const again = await send(files.map((file) => ({ ...file, alt: 'Another text' })))
  expect([again.status, again.ids]).toEqual([201, first.ids])
  expect(again.frame.files?.map(({ alt }) => alt)).toEqual(['Another text', 'Another text'])
  expect(stored()).toEqual({ files: 2, uploads: [] })
  expect((await bytesOf(server, by, first.ids?.[0] ?? '')).toString()).toBe('green tea')
  const without = await send([{ bytes: 'green tea' }])
  expect(without.ids, 'a file without a key is another one').not.toEqual([first.ids?.[0]])
})

it('forms with the same key at the same moment give one file', async (t) => {
  const { send, stored } = await withAnna(t)
  const answers = await Promise.all(Array.from({ length: 8 }, () => send([{ bytes: 'tea', key: 'k' }])))
  expect(new Set(answers.map(({ status, ids }) => `${status} ${ids}`)).size).toBe(1)
  expect(answers[0]?.status).toBe(201)
  expect(stored()).toEqual({ files: 1, uploads: [] })
})

it('an upload that is begun again with its key is the same one, also if less is kept of its image', async (t) => {
  const { server, by } = await withAnna(t)
  const whole = await withMetadata(picture()).jpeg().toBuffer()
  for (const [key, bytes] of [
    ['whole', whole],
    ['cut', whole.subarray(0, -200)],
  ] as const) {
    const upload = { bytes, name: 'tea.jpg', type: 'image/jpeg', metadata: { key } }
    const path = await begun(server, by, upload)
    expect((await append(server, by, path, 0, bytes)).status).toBe(204)
    expect((await bytesOf(server, by, idIn(path))).length).toBeLessThan(bytes.length)
    expect(await begun(server, by, upload), key).toBe(path)
    expect(
      (await create(server, by, { ...upload, type: 'text/plain', bytes: Buffer.concat([bytes, bytes]) })).status,
    ).toBe(key === 'whole' ? 201 : 409)
  }
})

it('the header Idempotency-Key names the only file of a form', async (t) => {
  const { send } = await withAnna(t)
  const header = { 'idempotency-key': 'k' }
  const first = await send([{ bytes: 'tea' }], header)
  expect((await send([{ bytes: 'tea' }], header)).ids).toEqual(first.ids)
  expect((await send([{ bytes: 'tea', key: 'k' }])).ids).toEqual(first.ids)
  expect(await send([{ bytes: 'tea' }, { bytes: 'tea' }], header)).toMatchObject({
    status: 400,
    frame: { code: 'bad-field', message: 'Send a "key" for each file, in the same order, or none.' },
  })
})

it('a key of another file is refused, and what else is in the form waits under its own key', async (t) => {
  const { send, stored, anna } = await withAnna(t)
  const { ids } = await send([{ bytes: 'tea', key: 'k' }])
  for (const files of [
    [{ bytes: 'more tea', key: 'k' }],
    [
      { bytes: 'new', key: 'new' },
      { bytes: 'more tea', key: 'k' },
    ],
  ])
    expect(await send(files)).toMatchObject({ status: 409, frame: { code: 'bad-field' } })
  for (const key of ['x'.repeat(65), '茶', 'a b'])
    expect(await send([{ bytes: 'x', key }]), key).toMatchObject({ status: 400, frame: { code: 'bad-field' } })
  expect(stored()).toEqual({ files: 2, uploads: [] })
  expect(await send([{ bytes: 'new', key: 'new' }])).toMatchObject({ status: 201 })
  expect(stored()).toEqual({ files: 2, uploads: [] })
  // What was there before a refused form stays.
  const large = Buffer.alloc(200_001)
  expect(
    (
      await send([
        { bytes: 'tea', key: 'k' },
        { bytes: large, key: 'large' },
      ])
    ).status,
  ).toBe(413)
  const chat = await anna.connect()
  await chat.open('lobby')
  await chat.ask({ type: 'chat', room: 'lobby', key: 'said', data: '', files: ids }, 'sent')
  expect((await send([{ bytes: 'tea', key: 'k' }])).status, 'it is sent').toBe(409)
})

it('a form completes an upload that was begun with its key, and finds one that is complete', async (t) => {
  const { server, by, send, stored } = await withAnna(t)
  const file = { bytes: 'green tea', metadata: { key: 'k' } }
  const path = await begun(server, by, file)
  await append(server, by, path, 0, 'green')
  const { status, ids } = await send([{ bytes: 'green tea', key: 'k' }])
  expect([status, ids]).toEqual([201, [idIn(path)]])
  expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
  const again = await create(server, by, file)
  expect([again.headers.get('location'), again.headers.get('upload-offset')]).toEqual([path, '9'])
  expect(stored()).toEqual({ files: 1, uploads: [] })
})

it('the same key of another user is another file', async (t) => {
  const { server, send } = await withAnna(t)
  const { ids } = await send([{ bytes: 'tea', key: 'k' }])
  const bo = await server.signIn('Bo')
  const other = await send([{ bytes: 'tea', key: 'k' }], { cookie: bo.cookie })
  expect(other.status).toBe(201)
  expect(other.ids).not.toEqual(ids)
})

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { talker } from '../../support/clients/socket-io-client.ts'
import {
  append,
  begun,
  bytesOf,
  idIn,
  offsetOf,
  read,
  sendForm,
  tusHeaders,
  uploaded,
} from '../../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'
import { startClamd } from '../../support/services/clamd.ts'

async function withScanner(t: Cleanup, scanner: string) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', FILE_CHECK: scanner })
  const anna = await server.signIn('Anna')
  return { server, anna, by: { cookie: anna.cookie } }
}

function filesIn(dataDir: string): string[] {
  return ['files', 'uploads'].flatMap((folder) => {
    const path = join(dataDir, folder)
    const names = existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : []
    return names.filter((name) => name.length > 2)
  })
}

const refusal = { type: 'error', code: 'file-refused', message: 'The scanner of this server refused the file.' }

it('a file that the scanner refuses is gone, and one that it lets pass can be sent', async (t) => {
  const clamd = await startClamd(t)
  const { server, anna, by } = await withScanner(t, clamd.address)
  const path = await begun(server, by, { bytes: 'x EICAR x' })
  const refused = await append(server, by, path, 0, 'x EICAR x')
  expect([refused.status, await refused.json()]).toEqual([422, refusal])
  expect(filesIn(server.dataDir)).toEqual([])
  // The answer may have been lost: it is given again.
  expect((await fetch(server.url + path, { method: 'HEAD', headers: { ...tusHeaders, ...by } })).status).toBe(423)
  expect((await append(server, by, path, 9, '')).status).toBe(422)
  expect((await read(server, by, idIn(path))).status).toBe(404)
  const id = await uploaded(server, by, { bytes: 'green tea' })
  const chat = await anna.connect()
  await chat.open('lobby')
  chat.send({ type: 'chat', room: 'lobby', key: 'k', data: 'with a file', files: [id] })
  await chat.next('sent')
  expect((await bytesOf(server, by, id)).toString()).toBe('green tea')
})

it('a form with a file that the scanner refuses is refused as a whole', async (t) => {
  const clamd = await startClamd(t)
  const { server, by } = await withScanner(t, clamd.address)
  const form = new FormData()
  form.append('room', 'lobby')
  form.append('file', new File(['green tea'], 'a'))
  form.append('file', new File(['x EICAR x'], 'b'))
  expect(await sendForm(server, by, form)).toEqual({ status: 422, frame: refusal })
  expect(clamd.files, 'both must be checked for this test to mean anything').toHaveLength(2)
  expect(filesIn(server.dataDir)).toEqual([])
})

it('a file waits while the scanner is dead, cannot be read or sent, and is complete when it was checked', async (t) => {
  const clamd = await startClamd(t)
  const { server, anna, by } = await withScanner(t, clamd.address)
  await clamd.stop()
  const path = await begun(server, by, { bytes: 'green tea' })
  const answer = await append(server, by, path, 0, 'green tea')
  expect([answer.status, await answer.json()]).toEqual([
    503,
    {
      type: 'error',
      code: 'unavailable',
      message: 'Files cannot be checked at the moment. Try again later.',
      retryAfterMs: 30_000,
    },
  ])
  // Clients such as tus-js-client begin anew after a 503.
  const head = await fetch(server.url + path, { method: 'HEAD', headers: { ...tusHeaders, ...by } })
  expect([head.status, head.headers.get('retry-after')]).toEqual([423, '30'])
  expect((await read(server, by, idIn(path))).status).toBe(404)
  const chat = await anna.connect()
  await chat.open('lobby')
  chat.send({ type: 'chat', room: 'lobby', key: 'k', data: 'with a file', files: [idIn(path)] })
  expect(await chat.next('error')).toMatchObject({ code: 'no-such-file' })
  const other = await startClamd(t)
  await server.restart({ FILE_CHECK: other.address })
  expect(await offsetOf(server, by, path)).toBe(9)
  expect(other.files.map(String)).toEqual(['green tea'])
  expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
})

it('forms with the same key, and the same file over Socket.IO, leave nothing when the scanner refuses it', async (t) => {
  const clamd = await startClamd(t)
  const { server, anna, by } = await withScanner(t, clamd.address)
  const send = () => {
    const form = new FormData()
    form.append('room', 'lobby')
    form.append('key', 'k')
    form.append('file', new File(['x EICAR x'], 'a'))
    return sendForm(server, by, form)
  }
  const answers = await Promise.all(Array.from({ length: 6 }, send))
  expect(answers).toContainEqual({ status: 422, frame: refusal })
  // One that found the upload of another is told that it has gone, or is the next one to be refused.
  expect(answers.every(({ status }) => status === 422 || status === 404)).toBe(true)
  const client = await talker(t, server, anna)
  const answer = await client.ask('file', { name: 'a', key: 'k' }, Buffer.from('x EICAR x'))
  expect(answer).toEqual({ ...refusal, room: 'lobby', key: 'k' })
  expect(fileCount(await client.ask('file', { name: 'a', key: 'k' }, Buffer.from('green tea')))).toBe(1)
  await expect.poll(() => filesIn(server.dataDir)).toHaveLength(1)
})

it('a form that is answered with a file of another form keeps it when the other is refused', async (t) => {
  const isChecked = Promise.withResolvers<void>()
  const answer = (file: Buffer) => {
    if (file.toString() === 'green tea') return 'stream: OK\0'
    isChecked.resolve()
    return undefined
  }
  const clamd = await startClamd(t, { answer })
  const { server, by } = await withScanner(t, clamd.address)
  const send = (texts: Record<string, string>) => {
    const form = new FormData()
    form.append('room', 'lobby')
    for (const [key, text] of Object.entries(texts)) {
      form.append('key', key)
      form.append('file', new File([text], 'a'))
    }
    return sendForm(server, by, form)
  }
  const first = send({ k1: 'green tea', k2: 'black tea' })
  await isChecked.promise
  const { status, frame } = await send({ k1: 'green tea' })
  expect(status).toBe(201)
  await clamd.stop()
  expect(await first).toMatchObject({ status: 503, frame: { code: 'unavailable' } })
  expect((await bytesOf(server, by, frame.files?.[0]?.id ?? '')).toString()).toBe('green tea')
  const other = await startClamd(t)
  await server.restart({ FILE_CHECK: other.address })
  const again = await send({ k1: 'green tea', k2: 'black tea' })
  expect(again).toMatchObject({ status: 201, frame: { files: [frame.files?.[0], { bytes: 9 }] } })
  expect(filesIn(server.dataDir)).toHaveLength(2)
})

function fileCount(answer: { type: string; files?: unknown }): number {
  return answer.type === 'files' ? (answer.files as unknown[]).length : 0
}

/** Scans that take longer than a request waits. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { completion } from '../../../src/server/files/completions.ts'
import { append, begun, bytesOf, idIn, offsetOf, sendForm, tusHeaders } from '../../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'
import { startClamd } from '../../support/services/clamd.ts'

/** A scanner that says nothing until it is told what. */
async function withSilentScanner(t: Cleanup) {
  const { maxWaitMs } = completion
  completion.maxWaitMs = 50
  t.onTestFinished(() => {
    completion.maxWaitMs = maxWaitMs
  })
  const { promise: verdict, resolve: say } = Promise.withResolvers<string>()
  const clamd = await startClamd(t, { answer: () => verdict })
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', FILE_CHECK: clamd.address })
  const by = { cookie: (await server.signIn('Anna')).cookie }
  const path = await begun(server, by, { bytes: 'green tea' })
  const head = (who = by) => fetch(server.url + path, { method: 'HEAD', headers: { ...tusHeaders, ...who } })
  const kept = () =>
    ['files', 'uploads'].flatMap((folder) => {
      const at = join(server.dataDir, folder)
      const names = existsSync(at) ? readdirSync(at, { recursive: true, encoding: 'utf8' }) : []
      return names.filter((name) => name.length > 2)
    })
  return { server, by, path, clamd, say, head, kept }
}

const clean = 'stream: OK\0'
const infected = 'stream: Eicar-Test-Signature FOUND\0'
const notYet = {
  type: 'error',
  code: 'unavailable',
  message: 'The file is still being checked. Ask again.',
  retryAfterMs: 5_000,
}

it('slow scan › a file is scanned once, however often its client asks, and is complete after that', async (t) => {
  const { server, by, path, clamd, say, head } = await withSilentScanner(t)
  const part = await append(server, by, path, 0, 'green tea')
  expect([part.status, await part.json()]).toEqual([503, notYet])
  expect([(await head()).status, (await head()).headers.get('retry-after')]).toEqual([423, '5'])
  const empty = await append(server, by, path, 9, '')
  expect([empty.status, await empty.json()]).toEqual([503, notYet])
  // Other bytes must not take the place of those that are looked at.
  expect((await append(server, by, path, 0, 'black tea')).status).toBe(503)
  say(clean)
  await expect.poll(async () => (await head()).status).toBe(200)
  expect(await offsetOf(server, by, path)).toBe(9)
  expect((await append(server, by, path, 9, '')).status).toBe(204)
  expect(clamd.files.map(String)).toEqual(['green tea'])
  expect((await bytesOf(server, by, idIn(path))).toString()).toBe('green tea')
})

it('slow scan › its uploader is told why a file was refused after they had been told to ask again', async (t) => {
  const { server, by, path, say, head, kept } = await withSilentScanner(t)
  expect((await append(server, by, path, 0, 'green tea')).status).toBe(503)
  say(infected)
  await expect.poll(kept).toEqual([])
  await expect.poll(async () => (await append(server, by, path, 9, '')).status).toBe(422)
  const refused = await append(server, by, path, 9, '')
  expect(await refused.json()).toMatchObject({ code: 'file-refused' })
  expect((await head()).status, 'clients begin anew after any other status').toBe(423)
  const bo = { cookie: (await server.signIn('Bo')).cookie }
  expect((await head(bo)).status).toBe(404)
})

it('slow scan › a file that is discarded while it is scanned is gone', async (t) => {
  const { server, by, path, say, head, kept } = await withSilentScanner(t)
  expect((await append(server, by, path, 0, 'green tea')).status).toBe(503)
  const discarded = await fetch(server.url + path, { method: 'DELETE', headers: { ...tusHeaders, ...by } })
  expect(discarded.status).toBe(204)
  expect((await head()).status).toBe(404)
  say(clean)
  // A server that stops waits for what is being completed.
  await server.restart()
  expect(kept()).toEqual([])
  expect((await head()).status).toBe(404)
})

it('slow scan › a form is sent again with its keys until its file is scanned, once', async (t) => {
  const { server, by, clamd, say, kept } = await withSilentScanner(t)
  const send = (key?: string) => {
    const form = new FormData()
    form.append('room', 'lobby')
    if (key !== undefined) form.append('key', key)
    form.append('file', new File(['green tea'], 'tea.txt'))
    return sendForm(server, by, form)
  }
  expect(await send('k')).toEqual({ status: 503, frame: notYet })
  expect(await send('k')).toEqual({ status: 503, frame: notYet })
  say(clean)
  await expect.poll(async () => (await send('k')).status).toBe(201)
  expect(clamd.files.map(String)).toEqual(['green tea'])
  await expect.poll(kept).toHaveLength(1)
})

it('slow scan › a form that is sent again with its key is told that its file was refused meanwhile, once', async (t) => {
  const { server, by, clamd, say, kept } = await withSilentScanner(t)
  const send = (text: string) => {
    const form = new FormData()
    form.append('room', 'lobby')
    form.append('key', 'k')
    form.append('file', new File([text], 'tea.txt'))
    return sendForm(server, by, form)
  }
  expect((await send('green tea')).status).toBe(503)
  say(infected)
  await expect.poll(kept).toEqual([])
  expect((await send('green tea')).frame).toMatchObject({ code: 'file-refused' })
  expect(clamd.files.map(String), 'it was not scanned for that').toEqual(['green tea'])
  await send('black tea')
  await expect.poll(() => clamd.files.map(String)).toEqual(['green tea', 'black tea'])
})

it('slow scan › nothing stays of a form without keys that was refused because its file took too long', async (t) => {
  const { server, by, say, kept } = await withSilentScanner(t)
  const form = new FormData()
  form.append('room', 'lobby')
  form.append('file', new File(['green tea'], 'tea.txt'))
  expect(await sendForm(server, by, form)).toEqual({ status: 503, frame: notYet })
  say(clean)
  await server.restart()
  expect(kept()).toEqual([])
})

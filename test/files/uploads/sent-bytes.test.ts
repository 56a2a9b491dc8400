/** What is sent counts, also when nothing of it is kept. */
import { expect, it } from 'vitest'
import { append, begun, create, idIn, sendForm, tusHeaders } from '../../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

/** A guest, who may upload 100 bytes in a day. */
async function withGuest(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'on', MIN_FREE_BYTES: '0', FILE_BYTES_PER_DAY: '1000' })
  return { server, by: { cookie: (await server.signIn('Anna')).cookie } }
}

const bytes = 'x'.repeat(100)
const refusal = {
  type: 'error',
  code: 'quota',
  message: 'You can send 200 bytes in 24 hours, also of files that are not kept.',
  retryAfterMs: expect.any(Number),
}

it('bytes that are sent › a file that is deleted and uploaded again counts twice', async (t) => {
  const { server, by } = await withGuest(t)
  for (let i = 0; i < 2; i++) {
    const path = await begun(server, by, { bytes })
    expect((await append(server, by, path, 0, bytes)).status).toBe(204)
    const deleted = await fetch(server.url + path, { method: 'DELETE', headers: { ...tusHeaders, ...by } })
    expect(deleted.status).toBe(204)
  }
  const third = await append(server, by, await begun(server, by, { bytes }), 0, bytes)
  expect([third.status, await third.json()]).toEqual([413, refusal])
})

it('bytes that are sent › bytes with a wrong checksum count, and those of parts count once', async (t) => {
  const { server, by } = await withGuest(t)
  const path = await begun(server, by, { bytes: bytes.slice(0, 60) })
  expect((await append(server, by, path, 0, bytes.slice(0, 20))).status).toBe(204)
  expect((await append(server, by, path, 20, bytes.slice(0, 40))).status).toBe(204)
  const next = await begun(server, by, { bytes: bytes.slice(0, 40) })
  const wrong = { 'upload-checksum': `sha256 ${Buffer.from('other').toString('base64')}` }
  const again = () => append(server, by, next, 0, bytes.slice(0, 40), wrong)
  for (let i = 0; i < 3; i++) expect((await again()).status).toBe(460)
  expect((await again()).status, '180 bytes of 200 were sent').toBe(413)
  expect((await append(server, by, next, 0, bytes.slice(0, 20))).status).toBe(204)
})

it('bytes that are sent › forms to a room that does not exist count', async (t) => {
  const { server, by } = await withGuest(t)
  const send = () => {
    const form = new FormData()
    form.append('room', 'nowhere')
    form.append('file', new File([bytes], 'tea.txt'))
    return sendForm(server, by, form)
  }
  for (let i = 0; i < 2; i++) expect((await send()).status).toBe(404)
  // The length of a small form is not looked at before it comes: it may have a text only.
  expect((await send()).status).toBe(404)
  expect(await send()).toEqual({ status: 413, frame: refusal })
})

it('bytes that are sent › an upload whose bytes are all there is completed, however much its user has sent', async (t) => {
  const { server, by } = await withGuest(t)
  const path = await begun(server, by, { bytes })
  expect((await append(server, by, path, 0, bytes)).status).toBe(204)
  for (let i = 0; i < 2; i++) {
    const form = new FormData()
    form.append('room', 'nowhere')
    form.append('file', new File([bytes], 'tea.txt'))
    await sendForm(server, by, form)
  }
  expect((await append(server, by, path, 100, '')).status).toBe(204)
  expect((await fetch(`${server.url}/files/${idIn(path)}/tea.txt`, { headers: by })).status).toBe(200)
  expect((await create(server, by, { bytes: 'x' })).status, 'of what is kept nothing is left').toBe(413)
})

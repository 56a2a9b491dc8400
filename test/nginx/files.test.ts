import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { ask } from '../http/raw-request.ts'
import { bytesOf, idIn, read, sendForm, tusHeaders, uploadByTus } from '../support/clients/uploads.ts'
import { identityOf } from '../support/server/server.ts'
import { signIn, startTeahouse } from './teahouse.ts'

it('files are uploaded and read through Nginx, and other bodies stay small', async (t) => {
  const { host, port } = await startTeahouse(t)
  const site = { url: `http://${host}` }
  const by = { cookie: identityOf(await signIn(host, 'Anna')) }
  const bytes = randomBytes(1_000_000)
  const path = await uploadByTus(`${site.url}/rooms/lobby/files`, by, bytes)
  expect(await bytesOf(site, by, idIn(path))).toEqual(bytes)
  const part = await read(site, by, idIn(path), { range: 'bytes=10-19' })
  expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, bytes.subarray(10, 20)])
  const form = new FormData()
  form.append('room', 'lobby')
  form.append('file', new File([new Uint8Array(bytes)], 'tea.bin'))
  expect(await sendForm(site, by, form)).toMatchObject({ status: 201, frame: { files: [{ bytes: 1_000_000 }] } })

  const announced = async (method: string, path: string, length: number) =>
    (await ask(port, path, { method, headers: { ...by, ...tusHeaders, 'content-length': String(length) } })).status
  expect(await announced('PATCH', path, 120_000_000), 'more than Nginx lets through').toBe(413)
  expect(await announced('POST', '/api/chat', 100_000)).toBe(413)
  // They answer before the body: it is no form.
  for (const path of ['/account/picture', '/rooms/a%2Fb/files/picture'])
    expect([path, await announced('POST', path, 100_000)]).not.toEqual([path, 413])
})

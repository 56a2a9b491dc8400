import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { uploaded } from '../../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

const namesIn = (folder: string) => readdirSync(folder).sort()

/** A picture that was taken upside down, with the place where it was taken. */
function photo(): Promise<Buffer> {
  return sharp({ create: { width: 2_000, height: 1_000, channels: 3, background: '#3a7' } })
    .withMetadata({ orientation: 6 })
    .withExif({ IFD0: { Make: 'Teapot' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } })
    .jpeg()
    .toBuffer()
}

async function withPhoto(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const anna = await server.signIn('Anna')
  const chat = await anna.connect()
  await chat.open('lobby')
  const id = await uploaded(server, { cookie: anna.cookie }, { name: 'tea.jpg', bytes: await photo() })
  const get = (query: string, headers: Record<string, string> = { cookie: anna.cookie }) =>
    fetch(`${server.url}/files/${id}/tea.jpg${query}`, { headers })
  return { server, anna, chat, id, get }
}

it('an image › is described as it is shown, and served without its metadata', async (t) => {
  const { chat, id, get } = await withPhoto(t)
  await chat.ask({ type: 'chat', room: 'lobby', key: randomUUID(), data: '', files: [id] }, 'sent')
  const { files } = await chat.next('chat')
  expect(files).toEqual([
    {
      id,
      name: 'tea.jpg',
      type: 'image/jpeg',
      bytes: expect.any(Number),
      width: 1_000,
      height: 2_000,
      color: expect.stringMatching(/^#3[0-9]a[0-9a-f]7[0-9a-f]$/),
    },
  ])
  const bytes = Buffer.from(await (await get('')).arrayBuffer())
  expect(bytes).toHaveLength(files?.[0]?.bytes ?? 0)
  expect(bytes.toString('latin1')).not.toMatch(/Teapot|GPS/)
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 2_000, height: 1_000, orientation: 6 })
})

it('a preview › is a smaller WebP, made once, with the same rights as the image', async (t) => {
  const { server, anna, get } = await withPhoto(t)
  const answers = await Promise.all(['?preview=small', '?preview=small', '?preview=large'].map((query) => get(query)))
  const [small, , large] = await Promise.all(
    answers.map(async (answer) => sharp(Buffer.from(await answer.arrayBuffer())).metadata()),
  )
  expect(small).toMatchObject({ format: 'webp', width: 240, height: 480 })
  expect(large).toMatchObject({ format: 'webp', width: 800, height: 1_600 })
  expect(answers[0]?.headers.get('content-type')).toBe('image/webp')
  const head = await fetch(answers[0]?.url ?? '', { method: 'HEAD', headers: { cookie: anna.cookie } })
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'image/webp'])
  expect(head.headers.get('content-length')).toBe(answers[0]?.headers.get('content-length'))
  expect(answers[0]?.headers.get('cache-control')).toBe('private, no-cache')
  expect(namesIn(join(server.dataDir, 'previews'))).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}-large\.webp$/),
    expect.stringMatching(/^[0-9a-f]{64}-small\.webp$/),
  ])
  const tag = answers[0]?.headers.get('etag') ?? ''
  const bo = await server.signIn('Bo')
  // The image is not sent: nobody else may see it.
  expect((await get('?preview=small', { cookie: bo.cookie })).status).toBe(404)
  expect((await get('?preview=small', {})).status).toBe(404)
  const again = await server.signIn('Anna')
  expect((await get('?preview=small', { cookie: again.cookie })).status).toBe(404)
  expect(tag).toMatch(/-small"$/)
})

it('a preview › is not fetched again while it is known, and goes with the image', async (t) => {
  const { server, anna, id, get } = await withPhoto(t)
  const etag = (await get('?preview=small')).headers.get('etag') ?? ''
  expect((await get('?preview=small', { cookie: anna.cookie, 'if-none-match': etag })).status).toBe(304)
  const path = `/rooms/lobby/files/${id}`
  const removed = await fetch(server.url + path, {
    method: 'DELETE',
    headers: { cookie: anna.cookie, 'tus-resumable': '1.0.0' },
  })
  expect(removed.status).toBe(204)
  expect((await get('?preview=small')).status).toBe(404)
  expect(namesIn(join(server.dataDir, 'previews'))).toEqual([])
})

it('a preview › of what is no image does not exist', async (t) => {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const { cookie } = await server.signIn('Anna')
  const id = await uploaded(server, { cookie }, { name: 'a.txt', bytes: 'green tea' })
  const get = (query: string) => fetch(`${server.url}/files/${id}/a.txt${query}`, { headers: { cookie } })
  expect((await get('')).status).toBe(200)
  expect((await get('?preview=small')).status).toBe(404)
})

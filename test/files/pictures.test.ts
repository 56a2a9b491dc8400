/** Pictures of users and rooms over HTTP: who sets them, who sees them, and what stays of them. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/shared/protocol/types.ts'
import { ownerNamed, type Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { type ConnectedUser, startPopulatedServer } from '../support/server/populated-server.ts'
import { startServer, type TestServer } from '../support/server/server.ts'

const settings = { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' }

/** Wider than high, with its middle third in a colour of its own. */
function striped(middle: string): Promise<Buffer> {
  const part = (background: string) => ({ create: { width: 100, height: 100, channels: 3 as const, background } })
  return sharp({ create: { width: 300, height: 100, channels: 3, background: '#ffffff' } })
    .composite([{ input: part(middle), left: 100, top: 0 }])
    .withExif({ IFD0: { Copyright: 'SecretCamera' } })
    .jpeg()
    .toBuffer()
}

async function send({ url }: TestServer, { cookie }: Pick<Visitor, 'cookie'>, path: string, bytes: Buffer | string) {
  const form = new FormData()
  form.append('picture', new File([new Uint8Array(Buffer.from(bytes))], 'me.jpg'))
  const answer = await fetch(url + path, { method: 'POST', headers: { cookie }, body: form, redirect: 'manual' })
  return { status: answer.status, to: answer.headers.get('location'), body: await answer.text() }
}

async function read({ url }: TestServer, { cookie }: Pick<Visitor, 'cookie'>, path: string) {
  const answer = await fetch(url + path, { headers: { cookie } })
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}

async function userOf({ url }: TestServer, { cookie }: Pick<Visitor, 'cookie'>): Promise<User> {
  const answer = await fetch(`${url}/api/me`, { headers: { cookie } })
  return ((await answer.json()) as { user: User }).user
}

/** The hashes of the bytes that are kept. */
function kept({ dataDir }: TestServer): string[] {
  const folder = join(dataDir, 'files')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /[0-9a-f]{64}$/.test(name))
}

const pathOf = ({ id, picture }: User) => `/pictures/users/${id}/${picture}`

describe('the picture of a user', () => {
  it('is the square in the middle of what they send, without metadata, at an address that changes with it', async (t) => {
    const server = await startServer(t, settings)
    const [anna, bo] = [await visitorNamed(server, 'Anna'), await visitorNamed(server, 'Bo')]
    expect(await send(server, anna, '/account/picture', await striped('#c02020'))).toMatchObject({
      status: 303,
      to: '/account?done=picture',
    })
    const user = await userOf(server, anna)
    expect(user.picture).toMatch(/^[0-9a-f]{8}$/)
    const { status, headers, bytes } = await read(server, bo, pathOf(user))
    expect([status, headers.get('content-type')]).toEqual([200, 'image/webp'])
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(bytes.includes('SecretCamera')).toBe(false)
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([256, 256])
    // Only what was in the middle: at a little distance from the edges.
    for (const column of [20, 128, 236]) {
      const [red = 0, green = 255] = data.subarray((128 * 256 + column) * 3)
      expect([red > 150, green < 90], `column ${column}`).toEqual([true, true])
    }
    expect((await anna.get('/account')).body).toContain(`<img class="picture" src="${pathOf(user)}"`)

    await send(server, anna, '/account/picture', await striped('#2020c0'))
    const next = await userOf(server, anna)
    expect(next.picture).not.toBe(user.picture)
    expect((await read(server, bo, pathOf(next))).status).toBe(200)
    expect((await read(server, bo, pathOf(user))).status).toBe(404)
    expect(kept(server)).toHaveLength(1)
    expect((await anna.post('/account/picture/remove')).status).toBe(303)
    expect(await userOf(server, anna)).not.toHaveProperty('picture')
    expect((await read(server, bo, pathOf(next))).status).toBe(404)
    expect(kept(server)).toEqual([])
    expect(readdirSync(join(server.dataDir, 'uploads'))).toEqual([])
  })

  it('is shown to signed-in users alone, and set by its user in a verified session alone', async (t) => {
    const server = await startServer(t, settings)
    const anna = await visitorNamed(server, 'Anna')
    await send(server, anna, '/account/picture', await striped('#c02020'))
    const user = await userOf(server, anna)
    expect((await read(server, anna, pathOf(user))).status).toBe(200)
    expect((await read(server, { cookie: '' }, pathOf(user))).status).toBe(404)
    const typed = await visitorNamed(server, 'Anna')
    expect((await send(server, typed, '/account/picture', await striped('#2020c0'))).status).toBe(403)
    expect((await typed.post('/account/picture/remove')).status).toBe(403)
    expect(await send(server, { cookie: '' }, '/account/picture', 'x')).toMatchObject({ status: 303, to: '/signin' })
    expect(await userOf(server, anna)).toEqual(user)
  })

  it('cannot be what is no image, and that is said on the page', async (t) => {
    const server = await startServer(t, { ...settings, MAX_FILE_BYTES: '100000' })
    const anna = await visitorNamed(server, 'Anna')
    const faultOf = ({ body }: { body: string }) => /id="picture-fault"[^>]*>([^<]*)</.exec(body)?.[1]
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for (const bytes of ['green tea', svg, '']) {
      const refused = await send(server, anna, '/account/picture', bytes)
      expect([refused.status, faultOf(refused)]).toEqual([400, 'This image can’t be used. Choose another one.'])
    }
    const large = await send(server, anna, '/account/picture', Buffer.alloc(100_001))
    expect([large.status, faultOf(large)]).toEqual([400, 'A file can have up to 100 kB.'])
    expect(await userOf(server, anna)).not.toHaveProperty('picture')
    expect(kept(server)).toEqual([])
  })

  it('is removed by an admin, with its bytes', async (t) => {
    const server = await startServer(t, settings)
    const [owner, anna] = [await ownerNamed(server, 'Owen'), await visitorNamed(server, 'Anna')]
    await send(server, anna, '/account/picture', await striped('#c02020'))
    const user = await userOf(server, anna)
    expect(user).toHaveProperty('picture')
    expect((await anna.post(`/admin/people/${user.id}/picture`)).status).toBe(404)
    expect((await owner.get(`/admin/people/${user.id}`)).body).toContain(`action="/admin/people/${user.id}/picture"`)
    expect((await owner.post(`/admin/people/${user.id}/picture`)).status).toBe(303)
    expect(await userOf(server, anna)).not.toHaveProperty('picture')
    expect(kept(server)).toEqual([])
    expect((await owner.get('/admin/log')).body).toMatch(/removed the picture of/)
  })
})

describe('the picture of a room', () => {
  it('is set by those who may change the room, shown to those who can view it, and told to everybody there', async (t) => {
    const { server, anna, bo, eve, owen } = await startPopulatedServer(t, { MIN_FREE_BYTES: '0' })
    const of = ({ visitor }: ConnectedUser) => visitor
    const form = `/rooms/${den}/files/picture`
    const bytes = await striped('#c02020')
    expect((await send(server, of(bo), form, bytes)).status).toBe(403)
    expect((await send(server, of(eve), form, bytes)).status).toBe(404)
    expect((await of(bo).get(form)).status).toBe(403)
    expect((await of(anna).get(form)).body).toContain(`action="${form}" enctype="multipart/form-data"`)
    const chat = await of(bo).connect()
    await chat.open(den)
    expect((await send(server, of(anna), form, bytes)).status).toBe(303)
    const entry = await chat.nextWhere(({ type, id }) => type === 'room' && id !== undefined)
    const { picture } = (entry as unknown as { data: { picture: string } }).data
    const path = `/pictures/rooms/${den}/${picture}`
    expect((await read(server, of(bo), path)).status).toBe(200)
    for (const outsider of [of(eve), of(owen), { cookie: '' }])
      expect((await read(server, outsider, path)).status).toBe(404)
    expect((await read(server, of(bo), `/pictures/rooms/${tea}/${picture}`)).status).toBe(404)
    expect((await of(bo).get(`/rooms/${den}`)).body).toContain(
      `src="/pictures/rooms/${encodeURIComponent(den)}/${picture}"`,
    )
    expect((await send(server, of(anna), form, await striped('#2020c0'))).status).toBe(303)
    const replaced = await chat.nextWhere(({ type, id }) => type === 'room' && id !== undefined)
    const { picture: another } = (replaced as unknown as { data: { picture: string } }).data
    expect((await read(server, of(bo), path)).status, 'it was replaced').toBe(404)
    expect((await read(server, of(bo), `/pictures/rooms/${den}/${another}`)).status).toBe(200)
    await expect.poll(() => kept(server)).toHaveLength(1)
    await anna.does({ type: 'kick', room: den, user: bo.user.id })
    expect((await read(server, of(bo), `/pictures/rooms/${den}/${another}`)).status).toBe(404)
    expect((await of(anna).post(`${form}/remove`)).status).toBe(303)
    expect((await read(server, of(anna), `/pictures/rooms/${den}/${another}`)).status).toBe(404)
  })
})

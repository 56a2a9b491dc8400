/** Links that work for anyone who has them: to become the owner, to set a password, to join a room. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { hashOf, newToken } from '../../src/server/auth/tokens.ts'
import {
  memberNamed,
  ownerNamed,
  password,
  pathOf,
  textOf,
  toldBy,
  Visitor,
  visitorNamed,
} from '../support/clients/visitor.ts'
import { type Cleanup, startServer, type TestServer } from '../support/server/server.ts'

const dayMs = 24 * 60 * 60 * 1000
const other = 'another pot of oolong'

/** A look at the database, beside the server. */
function stored(server: TestServer, sql: string, ...values: (string | number)[]): unknown[] {
  const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
  const rows = database.prepare(sql).all(...values)
  database.close()
  return rows.map((row) => ({ ...row }))
}

const everything = `
  select (select count(*) from users) users, (select count(*) from sessions) sessions,
    (select group_concat(uses_left) from links) uses, (select count(*) from memberships) memberships`

/** A room that Li created, and Li's way to make invitations to it. */
async function roomOf(t: Cleanup, kind: 'public' | 'private', settings: Record<string, string> = {}) {
  const server = await startServer(t, settings)
  const li = await ownerNamed(server, 'Li')
  const chat = await li.connect()
  const { room } = await chat.ask({ type: 'create', key: 'made', kind, name: 'Tea & <Cake>' }, 'room')
  let keys = 0
  return {
    server,
    li,
    chat,
    room,
    roomPath: `/rooms/${encodeURIComponent(room)}`,
    async invite(uses = 1) {
      const key = `invite ${++keys}`
      const { token, invite } = await chat.ask({ type: 'invite', room, key, uses, forMs: dayMs }, 'invite')
      return { path: `/link/${token}`, id: invite.id }
    },
  }
}

/** A link of whatever kind and age, put where the server keeps them. */
function plant(server: TestServer, link: { type: string; user?: number; room?: string; expiresAt: number }): string {
  const token = newToken(32)
  const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
  database
    .prepare(
      `insert into links (token_hash, type, user_id, room_id, uses_left, expires_at, created_by, created_at)
      values (?, ?, ?, (select id from rooms where address = ?), 1, ?, null, 1)`,
    )
    .run(hashOf(token), link.type, link.user ?? null, link.room ?? null, link.expiresAt)
  database.close()
  return `/link/${token}`
}

/** The answer to a link that cannot be used; the same for all causes. */
async function refusalOf(visitor: Visitor, path: string) {
  const [page, sent] = [await visitor.get(path), await visitor.post(path, { name: 'Eve', password })]
  expect(sent.body).toBe(page.body)
  return { status: page.status, body: page.body }
}

describe('links', () => {
  it('that never existed, are used up, expired or revoked get the same 404', async (t) => {
    const { server, chat, room, invite } = await roomOf(t, 'private')
    const used = await invite()
    expect((await new Visitor(server).post(used.path, { name: 'Bo' })).status).toBe(303)
    const revoked = await invite()
    await chat.ask({ type: 'revoke', key: 'r', room, id: revoked.id }, 'done')
    const before = stored(server, everything)
    const expired = { room, user: 1, expiresAt: Date.now() - 1 }
    const paths = [
      `/link/${newToken(32)}`,
      `/link/${newToken(16)}`,
      '/link/x',
      '/link/%00',
      `/link/${'x'.repeat(5_000)}`,
      used.path,
      revoked.path,
      plant(server, { ...expired, type: 'invite' }),
      plant(server, { ...expired, type: 'password' }),
      plant(server, { ...expired, type: 'owner' }),
    ]
    const planted = stored(server, everything)
    const eve = new Visitor(server)
    const refusals = []
    for (const path of paths) refusals.push(await refusalOf(eve, path))
    expect(refusals[0]).toEqual({ status: 404, body: expect.stringContaining('This link is invalid') })
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0])
    expect(eve.cookie).toBe('')
    expect(stored(server, everything)).toEqual(planted)
    expect(planted, 'but for what was planted').toMatchObject([{ ...(before[0] as object), uses: expect.any(String) }])
  })
  it('can be viewed any number of times without being used', async (t) => {
    const { server, li, invite } = await roomOf(t, 'private')
    const { path } = await invite()
    const before = stored(server, everything)
    for (const visitor of [new Visitor(server), li, new Visitor(server)]) {
      for (let i = 0; i < 3; i++) expect((await visitor.get(path)).status).toBe(200)
    }
    expect(stored(server, everything)).toEqual(before)
  })
  it('keep their token out of titles, of requests by the page and of the store', async (t) => {
    const { server, invite } = await roomOf(t, 'public')
    const { path } = await invite()
    const token = path.slice('/link/'.length)
    const page = await new Visitor(server).get(path)
    expect(page.body).not.toContain(token)
    expect(page.body).toContain('<meta name="referrer" content="strict-origin">')
    const kept = stored(server, `select hex(token_hash) hash from links where type = 'invite'`)
    expect(kept).toEqual([{ hash: hashOf(token).toString('hex').toUpperCase() }])
  })
})

describe('owner link', () => {
  it('makes its user the owner, once, and signs them in', async (t) => {
    const server = await startServer(t)
    const path = pathOf(server.ownerLink ?? '')
    const li = new Visitor(server)
    expect(textOf((await li.get(path)).body)).toContain('Become the owner')
    const answer = await li.post(path, { name: 'Li', password })
    expect([answer.status, answer.headers.location]).toEqual([303, '/admin/server?guide=1'])
    expect(await (await li.connect()).next('welcome')).toMatchObject({ user: { name: 'Li' }, role: 'owner' })
    const late = new Visitor(server)
    expect((await late.post(path, { name: 'Eve', password })).status).toBe(404)
    expect(late.cookie).toBe('')
    await server.restart()
    expect(server.ownerLink, 'there is one now').toBeUndefined()
    expect((await visitorNamed(server, 'Li', { password })).cookie).not.toBe('')
  })
  it('makes one user the owner when several use it at the same time', async (t) => {
    const server = await startServer(t)
    const path = pathOf(server.ownerLink ?? '')
    const visitors = ['Li', 'Bo', 'Mo', 'Anna'].map((name) => ({ name, visitor: new Visitor(server) }))
    const answers = await Promise.all(visitors.map(({ name, visitor }) => visitor.post(path, { name, password })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 404, 404, 404])
    expect(visitors.filter(({ visitor }) => visitor.cookie)).toHaveLength(1)
    expect(stored(server, `select count(*) n from users where role = 'owner'`)).toEqual([{ n: 1 }])
  })
  it('is not used up by a refused form', async (t) => {
    const server = await startServer(t)
    const path = pathOf(server.ownerLink ?? '')
    await memberNamed(server, 'Anna')
    const li = new Visitor(server)
    const refused: [fields: { name: string; password: string }, status: number, fault: RegExp][] = [
      [{ name: 'Li', password: 'short' }, 400, /at least 8 characters/],
      [{ name: '', password }, 400, /at least one character/],
      [{ name: 'Аnna', password }, 403, /is taken/],
    ]
    for (const [fields, status, fault] of refused) {
      const answer = await li.post(path, fields)
      expect([answer.status, toldBy(answer)]).toEqual([status, [expect.stringMatching(fault)]])
      expect(answer.body).toContain(`value="${fields.name}"`)
    }
    expect((await li.post(path, { name: 'Li', password })).status).toBe(303)
  })
  it('closes the sockets of sessions that only typed the name', async (t) => {
    const server = await startServer(t)
    const guest = await visitorNamed(server, 'Li')
    const chat = await guest.connect()
    await ownerNamed(server, 'Li')
    expect((await chat.closed).code).toBe(4002)
    expect(await guest.isIn()).toBe(false)
  })
  it('works only as the latest one that was printed', async (t) => {
    const server = await startServer(t)
    const first = pathOf(server.ownerLink ?? '')
    await server.restart()
    expect(pathOf(server.ownerLink ?? '')).not.toBe(first)
    expect((await new Visitor(server).get(first)).status).toBe(404)
    expect((await new Visitor(server).get(pathOf(server.ownerLink ?? ''))).status).toBe(200)
  })
})

describe('password link', () => {
  async function withLink(t: Cleanup, settings: Record<string, string> = {}) {
    const server = await startServer(t, settings)
    const [li, anna] = [await ownerNamed(server, 'Li'), await memberNamed(server, 'Anna')]
    const { body } = await li.post('/admin/people/2/link')
    const [, link = ''] = /id="link"[^>]* value="([^"]+)"/.exec(body) ?? []
    return { server, li, anna, link, path: pathOf(link) }
  }

  it('sets a new password once, signs in, and ends all other sessions and their sockets', async (t) => {
    const { server, anna, path } = await withLink(t)
    const chat = await anna.connect()
    const forgetful = new Visitor(server)
    expect(textOf((await forgetful.get(path)).body)).toContain('Choose a new password for Anna.')
    const bad = await forgetful.post(path, { password: 'ANNA' })
    expect([bad.status, toldBy(bad)]).toEqual([400, [expect.stringContaining('at least 8 characters')]])
    expect(await forgetful.post(path, { password: other })).toMatchObject({ status: 303, headers: { location: '/' } })
    expect(await chat.closed).toEqual({ code: 4002, reason: 'Signed out' })
    expect([await forgetful.isIn(), await anna.isIn()]).toEqual([true, false])
    expect((await new Visitor(server).post('/signin', { name: 'Anna', password })).status).toBe(403)
    expect((await new Visitor(server).post('/signin', { name: 'Anna', password: other })).status).toBe(303)
    expect((await new Visitor(server).post(path, { password })).status, 'a second time').toBe(404)
  })
  it('starts with the origin that its creator used', async (t) => {
    const { server, link } = await withLink(t)
    expect(link).toMatch(new RegExp(`^${RegExp.escape(server.url)}/link/[\\w-]{43}$`))
  })
  it('starts with the public origin when that is set', async (t) => {
    const { link } = await withLink(t, { PUBLIC_ORIGIN: 'http://tea.example' })
    expect(link).toMatch(/^http:\/\/tea\.example\/link\//)
  })
  it('replaces the previous one', async (t) => {
    const { server, li, path } = await withLink(t)
    await li.post('/admin/people/2/link')
    expect((await new Visitor(server).get(path)).status).toBe(404)
  })
  it('is refused to a banned user, and is not used up by trying', async (t) => {
    const { server, li, path } = await withLink(t)
    await li.post('/admin/people/2/ban', { days: '1' })
    const answer = await new Visitor(server).post(path, { password: other })
    expect([answer.status, toldBy(answer)]).toEqual([403, ['You’re banned.']])
    await li.post('/admin/people/2/unban')
    expect((await new Visitor(server).post(path, { password: other })).status).toBe(303)
  })
  it('makes a guest of that name a member', async (t) => {
    const { server, li } = await withLink(t)
    await visitorNamed(server, 'Bo')
    const { body } = await li.post('/admin/people/3/link')
    const bo = new Visitor(server)
    expect((await bo.post(pathOf(/http[^"]+\/link\/[\w-]+/.exec(body)?.[0] ?? ''), { password })).status).toBe(303)
    expect((await (await bo.connect()).next('welcome')).role).toBe('member')
  })
})

describe('invitation', () => {
  it('names the inviter and the room, and lets a signed-in user join as themselves', async (t) => {
    const { server, invite } = await roomOf(t, 'private')
    const { path } = await invite()
    expect(textOf((await new Visitor(server).get(path)).body)).toContain('Li invited you to “Tea & <Cake>”. Your name')
    const bo = await visitorNamed(server, 'Bo')
    expect(textOf((await bo.get(path)).body)).toContain('Continue as Bo')
  })
  it('names the lobby in the language of the reader, and isolates names from the sentence', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const chat = await li.connect()
    const { token } = await chat.ask({ type: 'invite', room: 'lobby', key: 'k', uses: 1, forMs: dayMs }, 'invite')
    const { body } = await new Visitor(server, { 'Accept-Language': 'zh' }).get(`/link/${token}`)
    expect(body).toContain('\u2068Li\u2069')
    expect(body).toContain('\u2068大厅\u2069')
  })
  it.for(['on', 'off'])('lets a guest join a private room with GUESTS=%s', async (guests, t) => {
    const { server, invite, room, roomPath } = await roomOf(t, 'private', { GUESTS: guests })
    const { path } = await invite()
    const bo = new Visitor(server)
    expect(await bo.post(path, { name: 'Bo' })).toMatchObject({ status: 303, headers: { location: roomPath } })
    const page = await bo.get(roomPath)
    expect([page.status, page.body.includes('rooms-new')], 'a new room is offered').toEqual([200, guests === 'on'])
    const chat = await bo.connect()
    const { rooms, role } = await chat.next('welcome')
    expect(role).toBe('guest')
    expect(rooms.map((one) => one.room)).toEqual(guests === 'on' ? ['lobby', room] : [room])
    await chat.open(room)
    expect(await chat.say(room, 'Thank you.')).toBeGreaterThan(0)
    expect((await bo.get('/rooms/lobby')).status, 'the lobby').toBe(guests === 'on' ? 200 : 404)
    const newGuest = await new Visitor(server).post('/signin', { name: 'Eve' })
    expect(newGuest.status, 'a name alone').toBe(guests === 'on' ? 303 : 403)
  })
  it('lets a guest join a public room where GUESTS=off, and no other room', async (t) => {
    const { server, invite, room } = await roomOf(t, 'public', { GUESTS: 'off' })
    const { path } = await invite()
    const bo = new Visitor(server)
    expect((await bo.post(path, { name: 'Bo' })).status).toBe(303)
    const chat = await bo.connect()
    expect((await chat.next('welcome')).rooms.map((one) => one.room)).toEqual([room])
    expect((await chat.ask({ type: 'open', room: 'lobby' }, 'error')).code).toBe('no-such-room')
  })
  it('lets a user with an account join by their password, and refuses a wrong one', async (t) => {
    const { server, invite, roomPath } = await roomOf(t, 'private')
    await memberNamed(server, 'Anna')
    const { path } = await invite()
    const anna = new Visitor(server)
    const byName = await anna.post(path, { name: 'Anna' })
    expect([byName.status, toldBy(byName)]).toEqual([403, [expect.stringContaining('is taken')]])
    const wrong = await anna.post(path, { name: 'Anna', password: other })
    expect([wrong.status, toldBy(wrong)]).toEqual([403, [expect.stringContaining('Wrong name or password')]])
    expect(anna.cookie).toBe('')
    expect((await anna.post(path, { name: 'Anna', password })).status).toBe(303)
    expect((await anna.get(roomPath)).status).toBe(200)
  })
  it('lets a signed-in user join, and shows the room on their open pages', async (t) => {
    const { server, invite, room, roomPath } = await roomOf(t, 'private')
    const { path } = await invite()
    const bo = await visitorNamed(server, 'Bo')
    const chat = await bo.connect()
    await chat.settle()
    const before = bo.cookie
    expect(await bo.post(path)).toMatchObject({ status: 303, headers: { location: roomPath } })
    expect(bo.cookie, 'the same session').toBe(before)
    expect(await chat.next('room')).toMatchObject({ room, name: 'Tea & <Cake>', kind: 'private' })
  })
  it('is not used up by a user who is already in the room', async (t) => {
    const { server, li, invite, roomPath } = await roomOf(t, 'private')
    const { path } = await invite(2)
    const bo = await visitorNamed(server, 'Bo')
    for (const visitor of [li, bo, bo])
      expect(await visitor.post(path)).toMatchObject({ status: 303, headers: { location: roomPath } })
    expect((await new Visitor(server).post(path, { name: 'Mo' })).status).toBe(303)
    expect((await new Visitor(server).post(path, { name: 'Kim' })).status).toBe(404)
  })
  it('can be used as often as it says, however many users try at once', async (t) => {
    const { server, invite } = await roomOf(t, 'private')
    const { path } = await invite(2)
    const visitors = ['Bo', 'Mo', 'Anna', 'Kim'].map((name) => ({ name, visitor: new Visitor(server) }))
    const answers = await Promise.all(visitors.map(({ name, visitor }) => visitor.post(path, { name })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 303, 404, 404])
    expect(visitors.filter(({ visitor }) => visitor.cookie)).toHaveLength(2)
    expect(stored(server, 'select count(*) n from sessions')).toEqual([{ n: 3 }])
  })
  it('is refused to a session that only typed the name of a guest, which could not view the room', async (t) => {
    const { server, invite, roomPath } = await roomOf(t, 'private')
    const { path } = await invite()
    await visitorNamed(server, 'Bo')
    const typed = await visitorNamed(server, 'Bo')
    expect(textOf((await typed.get(path)).body)).toContain('Your name')
    const answer = await typed.post(path, { name: 'Bo' })
    expect([answer.status, toldBy(answer)]).toEqual([403, [expect.stringContaining('already uses that name')]])
    expect((await typed.post(path, { name: 'Bob' })).status).toBe(303)
    expect((await typed.get(roomPath)).status).toBe(200)
  })
  it('is refused to banned users and addresses, and is not used up by that', async (t) => {
    const { server, li, invite } = await roomOf(t, 'private', { TRUST_PROXY: '127.0.0.1' })
    const { path } = await invite()
    const far = new Visitor(server, { 'X-Forwarded-For': '203.0.113.9' })
    await memberNamed(server, 'Anna')
    await li.post('/admin/people/2/ban', { days: 'ever' })
    await li.post('/admin/addresses', { range: '203.0.113.0/24', days: '7' })
    for (const [visitor, fields] of [
      [new Visitor(server), { name: 'Anna', password }],
      [far, { name: 'Bo' }],
    ] as const) {
      const answer = await visitor.post(path, fields)
      expect([answer.status, toldBy(answer), visitor.cookie]).toEqual([403, ['You’re banned.'], ''])
    }
    const near = new Visitor(server, { 'X-Forwarded-For': '198.51.100.9' })
    expect((await near.post(path, { name: 'Bo' })).status).toBe(303)
  })
  it('does not let a user banned from the room come back', async (t) => {
    const { server, chat, room, roomPath, invite } = await roomOf(t, 'private')
    const { path } = await invite(3)
    const bo = new Visitor(server)
    await bo.post(path, { name: 'Bo' })
    const { data } = await chat.ask({ type: 'members', room }, 'members')
    const user = data.find((member) => member.user.name === 'Bo')?.user.id ?? 0
    await chat.ask({ type: 'ban', key: 'b', room, user }, 'done')
    expect((await bo.get(roomPath)).status).toBe(404)
    expect((await bo.post(path)).status).toBe(404)
    expect((await bo.get(roomPath)).status).toBe(404)
  })
})

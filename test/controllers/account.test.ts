/** The account page: claimed names, passwords and sessions. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, vi } from 'vitest'
import { Sessions } from '../../src/server/auth/sessions.ts'
import { noDrawing } from '../../src/shared/avatars.ts'
import { memberNamed, password, textOf, toldBy, Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { countHashes } from '../support/run/hashes.ts'
import { stopClock } from '../support/run/stopped-clock.ts'
import { startServer } from '../support/server/server.ts'

const firefox = 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'
const safari =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'
const other = 'another pot of oolong'

/** The sessions listed on the user's page, newest first: their descriptions and the forms that end them. */
async function sessionsOf(visitor: Visitor): Promise<{ text: string; end: string | undefined }[]> {
  const { body } = await visitor.get('/account')
  const items = [...body.matchAll(/<li class="panel-item">([\s\S]*?)<\/li>/g)].map(([, html = '']) => html)
  return items.map((html) => ({ text: textOf(html), end: /action="([^"]+)"/.exec(html)?.[1] }))
}

describe('account page', () => {
  it('is for signed-in users; others return to it after sign-in', async (t) => {
    const server = await startServer(t)
    const visitor = new Visitor(server)
    expect(await visitor.get('/account')).toMatchObject({ status: 302, headers: { location: '/signin?to=/account' } })
    const signingIn = await visitor.post('/signin', { name: 'Anna', to: '/account' })
    expect(signingIn).toMatchObject({ status: 303, headers: { location: '/account' } })
    const page = await visitor.get('/account')
    expect([page.status, textOf(page.body)]).toEqual([200, expect.stringMatching(/Anna Guest Claim your name/)])
  })
  it('changes the avatar of everything that the user wrote, and of their open connections', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    const open = await anna.connect()
    expect(await open.next('welcome')).toMatchObject({ user: { name: 'Anna', image: noDrawing } })
    expect(await anna.post('/account/avatar', { image: '4' })).toMatchObject({
      status: 303,
      headers: { location: '/account?done=avatar' },
    })
    await open.closed
    const again = await anna.connect()
    expect(await again.next('welcome')).toMatchObject({ user: { name: 'Anna', image: 4 } })
  })
  it.for(['', '10', '-2', 'x', '1.5'])('accepts no avatar %j', async (image, t) => {
    const anna = await visitorNamed(await startServer(t), 'Anna')
    expect((await anna.post('/account/avatar', { image })).status).toBe(400)
    expect((await anna.post('/account/avatar', { image: '-1' })).status).toBe(303)
  })
  it('lets no unverified session change the avatar of a guest', async (t) => {
    const server = await startServer(t)
    await visitorNamed(server, 'Anna')
    const other = await visitorNamed(server, 'Anna')
    expect((await other.get('/account')).body).not.toContain('/account/avatar')
    expect((await other.post('/account/avatar', { image: '4' })).status).toBe(403)
  })
  it('hides when the user was last seen, and shows it again', async (t) => {
    const server = await startServer(t)
    const [anna, bo] = [await visitorNamed(server, 'Anna'), await visitorNamed(server, 'Bo')]
    const [chat, away] = [await anna.connect(), await bo.connect()]
    for (const one of [chat, away]) await one.open('lobby')
    await away.close()
    const seen = async () => {
      const { data } = await chat.ask({ type: 'members', room: 'lobby' }, 'members')
      return data.find(({ user }) => user.name === 'Bo')?.seenAt
    }
    expect(await seen()).toEqual(expect.any(Number))
    const chosen = async () => / value="(\w+)" required checked/.exec((await bo.get('/account')).body)?.[1]
    expect(await chosen()).toBe('yes')
    expect(await bo.post('/account/last-seen', { shown: 'no' })).toMatchObject({
      status: 303,
      headers: { location: '/account?done=seen' },
    })
    expect([await seen(), await chosen()]).toEqual([undefined, 'no'])
    expect((await bo.post('/account/last-seen', { shown: 'x' })).status).toBe(400)
    await bo.post('/account/last-seen', { shown: 'yes' })
    expect(await seen()).toEqual(expect.any(Number))
  })
  it('lets no unverified session hide when a guest was last seen', async (t) => {
    const server = await startServer(t)
    await visitorNamed(server, 'Anna')
    const other = await visitorNamed(server, 'Anna')
    expect((await other.get('/account')).body).not.toContain('/account/last-seen')
    expect((await other.post('/account/last-seen', { shown: 'no' })).status).toBe(403)
  })
  it.for([
    '/account/avatar',
    '/account/last-seen',
    '/account/status',
    '/account/password',
    '/account/sessions/end',
    '/account/sessions/1/end',
  ])('accepts no form of a signed-out user at %s', async (path, t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    const visitor = new Visitor(server)
    expect(await visitor.post(path, { password, all: '1' })).toMatchObject({
      status: 303,
      headers: { location: '/signin' },
    })
    expect(await anna.isIn()).toBe(true)
  })
  it('links to the admin pages for admins only', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    expect((await anna.get('/account')).body).not.toContain('href="/admin')
  })
})

describe('claiming a name', () => {
  it('makes a guest a member, who keeps their messages, rooms and session', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    const chat = await anna.connect()
    const { user } = await chat.next('welcome')
    const { room } = await chat.ask({ type: 'create', key: 'k', kind: 'private', name: 'Ours' }, 'room')
    await chat.open(room)
    await chat.say(room, 'mine')
    const before = anna.cookie
    expect(await anna.post('/account/password', { password })).toMatchObject({
      status: 303,
      headers: { location: '/account?done=claimed' },
    })
    expect(toldBy(await anna.get('/account?done=claimed'))).toEqual(['This name is now yours.'])
    expect(anna.cookie).not.toBe(before)
    const old = new Visitor(server)
    old.cookie = before
    expect(await old.isIn(), 'with the token of before').toBe(false)
    expect((await chat.closed).code, 'as it came with that token').toBe(1012)
    expect((await (await old.connect()).closed).code).toBe(4001)
    expect(await (await anna.connect()).next('welcome')).toMatchObject({ user, role: 'member' })

    const elsewhere = await visitorNamed(server, 'Anna', { password })
    const again = await elsewhere.connect()
    expect((await again.next('welcome')).user).toEqual(user)
    expect((await again.open(room)).messages?.map(({ data }) => data)).toEqual(['mine'])
  })
  it('ends the sessions of others that typed the name or a confusable one, and closes their sockets', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    const [typed, alike, another] = await Promise.all(['Anna', 'ANNA', 'Bo'].map((name) => visitorNamed(server, name)))
    const [own, ...others] = await Promise.all([anna, typed, alike, another].map((one) => one?.connect()))
    await anna.post('/account/password', { password })
    expect(await others[0]?.closed).toEqual({ code: 4002, reason: 'Signed out' })
    expect(await others[1]?.closed).toEqual({ code: 4002, reason: 'Signed out' })
    expect((await own?.closed)?.code).toBe(1012)
    await others[2]?.settle()
    expect(await Promise.all([anna, typed, alike, another].map((one) => one?.isIn()))).toEqual([
      true,
      false,
      false,
      true,
    ])
  })
  it.for(['Anna', 'ANNA', 'anna', 'Аnna', 'ａｎｎａ', ' Anna '])(
    'refuses %j to others without the password',
    async (name, t) => {
      const server = await startServer(t)
      await memberNamed(server, 'Anna')
      const visitor = new Visitor(server)
      const answer = await visitor.post('/signin', { name })
      expect([answer.status, visitor.cookie]).toEqual([403, ''])
      expect(toldBy(answer)).toEqual([expect.stringMatching(/is taken/)])
      expect((await visitorNamed(server, name, { password })).cookie, 'with the password').not.toBe('')
    },
  )
  it('accepts an old name of its owner that would now be refused (SECURITY-REVIEW 6)', async (t) => {
    const server = await startServer(t)
    const olga = await memberNamed(server, 'Xenia')
    await memberNamed(server, 'Olga')
    await server.stop()
    const old = 'Ol\ufffcga  X'
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    database.prepare(`update users set name = ?, skeleton = 'what it was' where name = 'Xenia'`).run(old)
    database.close()
    await server.restart()
    expect(await olga.isIn()).toBe(true)
    const again = await visitorNamed(server, old, { password })
    const change = await again.post('/account/password', { current: password, password: other })
    expect([change.status, await again.isIn()]).toEqual([303, true])
    expect((await new Visitor(server).post('/signin', { name: old })).status, 'by the name alone').toBe(403)
    expect((await new Visitor(server).post('/signin', { name: 'Ol\ufffcga' })).status, 'a new one').toBe(400)
  })
  it('leaves names that look different alone', async (t) => {
    const server = await startServer(t)
    await memberNamed(server, 'Anna')
    for (const name of ['Ana', 'Hanna', 'Anna 2', '安娜'])
      expect(await (await visitorNamed(server, name)).isIn()).toBe(true)
  })
  it('is refused when a confusable name is already claimed', async (t) => {
    const server = await startServer(t)
    const [anna, alike] = [await visitorNamed(server, 'Anna'), await visitorNamed(server, 'ANNA')]
    expect((await alike.post('/account/password', { password })).status).toBe(303)
    expect(await anna.isIn(), 'Anna lost her name').toBe(false)
    expect((await new Visitor(server).post('/signin', { name: 'Anna' })).status).toBe(403)
  })
  it('is refused to a session that only typed the name of someone else', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    const typed = await visitorNamed(server, 'Anna')
    expect(textOf((await typed.get('/account')).body)).toContain('This browser cannot prove that the name is yours')
    const answer = await typed.post('/account/password', { password })
    expect([answer.status, textOf(answer.body)]).toEqual([
      403,
      expect.stringContaining('cannot prove that the name is yours'),
    ])
    expect((await anna.post('/account/password', { password: other })).status).toBe(303)
  })
  it('needs an invitation where GUESTS=off', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    await server.restart({ GUESTS: 'off' })
    expect(textOf((await anna.get('/account')).body)).toContain('Ask an admin for one.')
    expect((await anna.post('/account/password', { password })).status).toBe(403)
  })

  const bad: [password: string, fault: RegExp][] = [
    ['', /at least 8 characters/],
    ['seven77', /at least 8 characters/],
    ['password', /too common/],
    ['PASSWORD', /too common/],
    ['anna the great', /your name as your password/],
    ['x'.repeat(1_025), /at most 1,024 characters/],
  ]
  it.for(bad)('refuses the password %j with the reason at its field', async ([password, fault], t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna the Great')
    const answer = await anna.post('/account/password', { password })
    expect([answer.status, toldBy(answer)]).toEqual([400, [expect.stringMatching(fault)]])
    expect(answer.body).toMatch(/aria-invalid="true" aria-describedby="password-fault"/)
    expect(answer.body, 'what was typed').not.toContain(`value="${password || 'nothing'}"`)
    const again = await anna.get('/account/password')
    expect(again, 'loaded anew').toMatchObject({ status: 302, headers: { location: '/account' } })
    expect((await new Visitor(server).post('/signin', { name: 'Anna the Great' })).status, 'still a guest').toBe(303)
  })
})

describe('sign-in with a password', () => {
  it('reveals neither in words nor in work whether the name exists', async (t) => {
    const server = await startServer(t)
    await memberNamed(server, 'Anna')
    await visitorNamed(server, 'Guest')
    const hashes = countHashes(t)
    const answers = []
    for (const name of ['Anna', 'Guest', 'Nobody']) {
      const answer = await new Visitor(server).post('/signin', { name, password: 'wrong password' })
      answers.push({ status: answer.status, body: answer.body.replaceAll(name, '') })
    }
    expect(answers[0]?.status).toBe(403)
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(hashes()).toHaveLength(3)
    expect(new Set(hashes()).size, 'each at the same cost').toBe(1)
    expect(hashes()[0]).toBe('19456 2 1 32')
  })
  it('slows guesses, in the same words for a name that does not exist, and does not slow the owner', async (t) => {
    stopClock(t)
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const guess = async (name: string) => {
      const answers = []
      for (let i = 0; i < 6; i++)
        answers.push(await new Visitor(server).post('/signin', { name, password: `guess ${i} x` }))
      return answers
    }
    for (const name of ['Anna', 'Nobody']) {
      const answers = await guess(name)
      expect(
        answers.map(({ status }) => status),
        name,
      ).toEqual([403, 403, 403, 403, 403, 429])
      expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect((await anna.post('/signin', { name: 'Anna', password })).status, 'from the owner’s browser').toBe(303)
  })
})

describe('change of password', () => {
  it('ends all other sessions, closes their sockets, and reconnects its own with the new cookie', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const phone = await visitorNamed(server, 'Anna', { password })
    const [own, theirs] = [await anna.connect(), await phone.connect()]
    const answer = await anna.post('/account/password', { current: password, password: other })
    expect(answer).toMatchObject({ status: 303, headers: { location: '/account?done=changed' } })
    expect(await theirs.closed).toEqual({ code: 4002, reason: 'Signed out' })
    expect((await own.closed).code).toBe(1012)
    await (await anna.connect()).settle()
    expect([await anna.isIn(), await phone.isIn()]).toEqual([true, false])
    expect((await phone.post('/signin', { name: 'Anna', password })).status, 'the old one').toBe(403)
    expect((await phone.post('/signin', { name: 'Anna', password: other })).status, 'the new one').toBe(303)
  })
  it('counts sign-ins under way with the old password as guesses (SECURITY-REVIEW 5)', async (t) => {
    stopClock(t)
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const anna = await memberNamed(server, 'Anna')
    const changed = Promise.withResolvers<void>()
    let held = 0
    const { start } = Sessions.prototype
    const spy = vi.spyOn(Sessions.prototype, 'start').mockImplementation(async function (this: Sessions, ...values) {
      held++
      await changed.promise
      return await start.apply(this, values)
    })
    t.onTestFinished(() => spy.mockRestore())
    const signIn = (password: string) =>
      new Visitor(server, { 'X-Forwarded-For': '203.0.113.9' }).post('/signin', { name: 'Anna', password })
    const answers: ReturnType<typeof signIn>[] = []
    while (held < 5) {
      answers.push(signIn(password))
      await expect.poll(() => held).toBe(answers.length)
    }
    const change = await anna.post('/account/password', { current: password, password: other })
    expect(change.status).toBe(303)
    changed.resolve()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect((await signIn(other)).status, 'of the same browser, which has guessed five times').toBe(429)
  })
  it('needs the current password, and reports a wrong one at its field', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const phone = await visitorNamed(server, 'Anna', { password })
    for (const current of ['', 'wrong password', other]) {
      const answer = await anna.post('/account/password', { current, password: other })
      expect([answer.status, toldBy(answer)], current).toEqual([403, ['Wrong password.']])
      expect(answer.body).toMatch(/id="current"[^>]*aria-invalid="true"/)
    }
    expect([await phone.isIn(), await anna.isIn()]).toEqual([true, true])
  })
  it('counts as a sign-in attempt', async (t) => {
    stopClock(t)
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const statuses = []
    for (let i = 0; i < 6; i++) {
      const answer = await anna.post('/account/password', { current: `guess ${i} xx`, password: other })
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429])
    const late = await anna.post('/account/password', { current: password, password: other })
    expect(late.status, 'even with the right one').toBe(429)
    expect((await visitorNamed(server, 'Anna', { password })).cookie, 'which is as it was').not.toBe('')
  })
})

describe('list of sessions', () => {
  it('shows where the user is signed in, and which session is the current one', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    await visitorNamed(server, 'Anna', { password, 'User-Agent': firefox })
    await visitorNamed(server, 'Anna', { password, 'User-Agent': safari })
    const sessions = await sessionsOf(anna)
    expect(sessions.map(({ text }) => text)).toEqual([
      'Safari on macOS 127.0.0.1 · active now Sign out device',
      'Firefox on Android 127.0.0.1 · active now Sign out device',
      'Unknown device this device 127.0.0.1 · active now',
    ])
  })
  it('shows the current session as active, whenever it was noted last, and others as they were', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    await visitorNamed(server, 'Anna', { password, 'User-Agent': firefox })
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    // A session that is in use is noted every ten minutes.
    const noted = database.prepare('update sessions set seen_at = ?').run(Date.now() - 8 * 60_000)
    database.close()
    expect(noted.changes).toBe(2)
    expect((await sessionsOf(anna)).map(({ text }) => text)).toEqual([
      'Firefox on Android 127.0.0.1 · last seen 8 minutes ago Sign out device',
      'Unknown device this device 127.0.0.1 · active now',
    ])
  })
  it('escapes the user agent', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna', { 'User-Agent': '<script>alert(1)</script> Firefox/1 Linux' })
    const { body } = await anna.get('/account')
    expect(body).not.toContain('<script>alert')
    expect((await sessionsOf(anna))[0]?.text).toMatch(/^Firefox on Linux/)
  })
  it('ends one session and its sockets, and no other', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const [phone, laptop] = [
      await visitorNamed(server, 'Anna', { password, 'User-Agent': firefox }),
      await visitorNamed(server, 'Anna', { password, 'User-Agent': safari }),
    ]
    const [theirs, left] = [await phone.connect(), await laptop.connect()]
    const session = (await sessionsOf(anna)).find(({ text }) => text.startsWith('Firefox'))
    expect(await anna.post(session?.end ?? '')).toMatchObject({
      status: 303,
      headers: { location: '/account?done=ended' },
    })
    expect(await theirs.closed).toEqual({ code: 4002, reason: 'Signed out' })
    await left.settle()
    expect([await phone.isIn(), await laptop.isIn(), await anna.isIn()]).toEqual([false, true, true])
    expect((await anna.post(session?.end ?? '')).status, 'once more').toBe(404)
  })
  it('ends all other sessions, or all of them', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const [phone, laptop] = [
      await visitorNamed(server, 'Anna', { password }),
      await visitorNamed(server, 'Anna', { password }),
    ]
    const theirs = await phone.connect()
    expect(await anna.post('/account/sessions/end')).toMatchObject({
      status: 303,
      headers: { location: '/account?done=others' },
    })
    expect((await theirs.closed).code).toBe(4002)
    expect([await phone.isIn(), await laptop.isIn(), await anna.isIn()]).toEqual([false, false, true])
    const own = await anna.connect()
    const back = await visitorNamed(server, 'Anna', { password })
    expect(await anna.post('/account/sessions/end', { all: '1' })).toMatchObject({
      status: 303,
      headers: { location: '/signin' },
    })
    expect((await own.closed).code).toBe(4002)
    expect([anna.cookie, await back.isIn()]).toEqual(['', false])
  })
  it('cannot end the sessions of others, which get the same answer as missing ones', async (t) => {
    const server = await startServer(t)
    const anna = await memberNamed(server, 'Anna')
    const bo = await memberNamed(server, 'Bo')
    await visitorNamed(server, 'Anna', { password })
    const end = (await sessionsOf(anna)).find((session) => session.end)?.end ?? ''
    const [theirs, nobodys] = [await bo.post(end), await bo.post('/account/sessions/999/end')]
    expect(theirs.status).toBe(404)
    expect(theirs.body).toBe(nobodys.body)
    for (const id of ['0', '01', '-1', '1.0', 'x', '%00', '9'.repeat(30)])
      expect((await bo.post(`/account/sessions/${id}/end`)).status, id).toBe(404)
    expect(await sessionsOf(anna), 'the session that was to be ended').toHaveLength(2)
    expect((await anna.post(end)).status, 'whose it is can').toBe(303)
  })
  it('shows a session that only typed the name only itself, and cannot end others', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna', { 'User-Agent': safari })
    const typed = await visitorNamed(server, 'Anna', { 'User-Agent': firefox })
    expect(await sessionsOf(anna)).toHaveLength(2)
    expect((await sessionsOf(typed)).map(({ text }) => text)).toEqual([expect.stringMatching(/^Firefox/)])
    const ids = [1, 2, 3]
    for (const id of ids.filter((id) => id !== 2)) await typed.post(`/account/sessions/${id}/end`)
    await typed.post('/account/sessions/end')
    expect([await anna.isIn(), await typed.isIn()]).toEqual([true, true])
    await typed.post('/account/sessions/end', { all: '1' })
    expect([await anna.isIn(), await typed.isIn()]).toEqual([true, false])
  })
})

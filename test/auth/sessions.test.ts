import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Sessions } from '../../src/server/auth/sessions.ts'
import { readConfig } from '../../src/server/config.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { userNamed } from '../support/clients/users.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'

/** As a request without a `Host` has it. */
const name = 'session-80'
const dayMs = 24 * 60 * 60 * 1000

function requestWith(cookie?: string): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  if (cookie !== undefined) request.headers.cookie = cookie
  return request
}

/** Sessions over a real store, whose queries are counted, and one session of Anna's. */
async function newSessions(t: Cleanup) {
  const store = openSqliteStore(temporaryFolder(t))
  t.onTestFinished(() => store.close())
  const queries = vi.spyOn(store.sessions, 'find')
  const sessions = new Sessions(store, readConfig({}))
  const user = await userNamed(store, 'Anna')
  async function start() {
    const response = new ServerResponse(requestWith())
    await sessions.start({ user, credential: { type: 'store' } }, requestWith(), response)
    const [line = ''] = [response.getHeader('set-cookie') ?? []].flat().map(String)
    return line
  }
  const token = /^session-80=([^;]+)/.exec(await start())?.[1] ?? ''
  return { store, sessions, queries, user, start, token, find: (cookie?: string) => sessions.find(requestWith(cookie)) }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('session', () => {
  it('is found by its cookie among others, with at most one query', async (t) => {
    const { find, token, user, queries } = await newSessions(t)
    for (const cookie of [
      `${name}=${token}`,
      `a=b; ${name}=${token}; c=d`,
      `${name}=${token};`,
      ` ${name}=${token}`,
      `${name}="${token}"`,
      `x${name}=1; ${name}=${token}; ${name}x=2`,
    ]) {
      expect((await find(cookie))?.user, cookie).toEqual(user)
    }
    expect(queries).toHaveBeenCalledOnce()
  })
  it('has a unique token of 256 bits', async (t) => {
    const { token, start } = await newSessions(t)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const lines = await Promise.all(Array.from({ length: 50 }, start))
    expect(new Set([...lines.map((line) => line.split(';')[0]), `${name}=${token}`]).size).toBe(51)
  })
  it('is stored by the hash of its token only', async (t) => {
    const { token, queries, find } = await newSessions(t)
    await find(`${name}=${token}`)
    const [hash] = queries.mock.calls[0] ?? []
    expect(hash).toHaveLength(32)
    expect(Buffer.from(hash ?? []).includes(Buffer.from(token, 'base64url'))).toBe(false)
  })
  it('is one of several sessions of a user', async (t) => {
    const { find, start, token } = await newSessions(t)
    const other = (await start()).split(';')[0]
    const [one, two] = [await find(`${name}=${token}`), await find(other)]
    expect(one?.user).toEqual(two?.user)
    expect(one?.id).not.toBe(two?.id)
  })
})

describe('invalid session cookie', () => {
  it('with any bit of its token flipped is refused', async (t) => {
    const { find, token, user } = await newSessions(t)
    for (let i = 0; i < token.length; i++) {
      for (let bit = 1; bit < 128; bit *= 2) {
        const flipped = token.slice(0, i) + String.fromCharCode(token.charCodeAt(i) ^ bit) + token.slice(i + 1)
        expect(await find(`${name}=${flipped}`), flipped).toBeUndefined()
      }
    }
    expect((await find(`${name}=${token}`))?.user).toEqual(user)
  })
  it('with a well-formed token that was never issued costs one query and is refused', async (t) => {
    const { find, token, queries } = await newSessions(t)
    for (const other of ['A'.repeat(43), '-'.repeat(43), '_'.repeat(43), [...token].reverse().join('')]) {
      queries.mockClear()
      expect(await find(`${name}=${other}`), other).toBeUndefined()
      expect(queries).toHaveBeenCalledOnce()
    }
  })
  it('cut short, lengthened, doubled, renamed, empty or malformed is refused without a query', async (t) => {
    const { find, token, queries } = await newSessions(t)
    const malformed = [
      undefined,
      '',
      name,
      `${name}=`,
      `${name}=;`,
      `${name}=""`,
      `${name}=${token.slice(0, -1)}`,
      `${name}=${token.slice(1)}`,
      `${name}=${token.slice(0, 21)}`,
      `${name}=${token}A`,
      `${name}=${token}=`,
      `${name}=${token} x`,
      `${name}=A${token}`,
      `${name}=${token}${token}`,
      `${name}=${token}, ${name}=${token}`,
      `Session-80=${token}`,
      `SESSION-80=${token}`,
      `${name}2=${token}`,
      `x${name}=${token}`,
      `session=${token}`,
      `session-81=${token}`,
      `session-8=${token}`,
      `session-=${token}`,
      `${name}%3D${token}`,
      `=${token}`,
      token,
      `${name}=${token.slice(0, -1)}+`,
      `${name}=${token.slice(0, -1)}.`,
      `${name}=${token.slice(0, -1)}é`,
      `${name}=${token.slice(0, -1)}\0`,
      `${name}=%41${token.slice(1)}`,
      `${name}='${token}'`,
      `${name}=${'A'.repeat(8_000)}`,
      `${name}=__proto__`,
      `${name}=' or 1=1 --`,
      ';'.repeat(1000),
    ]
    for (const cookie of malformed) expect(await find(cookie), String(cookie).slice(0, 200)).toBeUndefined()
    expect(queries).not.toHaveBeenCalled()
  })
})

describe('several session cookies of one name', () => {
  const planted = 'A'.repeat(43)
  it('find the session of any one of them, whatever its position (FAULTS 10)', async (t) => {
    const { find, token, user } = await newSessions(t)
    for (const other of [planted, token, '', 'x', 'Å']) {
      expect((await find(`${name}=${other}; ${name}=${token}`))?.user, other).toEqual(user)
      expect((await find(`${name}=${token}; ${name}=${other}`))?.user, other).toEqual(user)
    }
  })
  it('cost at most four queries', async (t) => {
    const { find, queries } = await newSessions(t)
    const cookies = Array.from({ length: 50 }, (_, i) => `${name}=${String(i).padStart(43, 'A')}`)
    expect(await find(cookies.join('; '))).toBeUndefined()
    expect(queries).toHaveBeenCalledTimes(4)
  })
  it('over https cannot replace the user’s session with a planted one (SECURITY-REVIEW 17)', async (t) => {
    const { store, token } = await newSessions(t)
    const sessions = new Sessions(store, readConfig({ PUBLIC_ORIGIN: 'https://tea.example' }))
    expect(await sessions.find(requestWith(`${name}=${token}`)), 'the other name').toBeUndefined()
    const li = await userNamed(store, 'Li')
    const response = new ServerResponse(requestWith())
    await sessions.start({ user: li, credential: { type: 'store' } }, requestWith(), response)
    const [line = ''] = [response.getHeader('set-cookie') ?? []].flat().map(String)
    expect(line).toMatch(/^__Host-session=[\w-]{43}; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/)
    const own = line.split(';')[0]
    for (const cookie of [own, `${name}=${token}; ${own}`, `${own}; ${name}=${token}`]) {
      expect((await sessions.find(requestWith(cookie)))?.user).toEqual(li)
    }
  })
})

describe('session cookies over http', () => {
  const hosts: [host: string | undefined, settings: Record<string, string>, name: string][] = [
    ['tea.example:3000', {}, 'session-3000'],
    ['tea.example:3001', {}, 'session-3001'],
    ['[::1]:8080', {}, 'session-8080'],
    ['tea.example', {}, 'session-80'],
    [undefined, {}, 'session-80'],
    // A proxy that asks by another host than people do is told by the setting what they type.
    ['127.0.0.1:3000', { PUBLIC_ORIGIN: 'http://tea.example:8443' }, 'session-8443'],
    ['tea.example', { PUBLIC_ORIGIN: 'http://tea.example' }, 'session-80'],
    ['tea.example:x', {}, 'session-80'],
    ['tea.example:99999', {}, 'session-80'],
  ]
  it.for(hosts)(
    'the cookie has the port that the browser sees: %s %j (FAULTS 11)',
    async ([host, settings, name], t) => {
      const { store, user } = await newSessions(t)
      const sessions = new Sessions(store, readConfig(settings))
      const request = (cookie?: string) => {
        const request = requestWith(cookie)
        if (host !== undefined) request.headersDistinct.host = [host]
        return request
      }
      const response = new ServerResponse(request())
      await sessions.start({ user, credential: { type: 'store' } }, request(), response)
      const [line = ''] = [response.getHeader('set-cookie') ?? []].flat().map(String)
      expect(line.split('=')[0]).toBe(name)
      expect((await sessions.find(request(line.split(';')[0])))?.user).toEqual(user)
      const value = line.split(';')[0]?.split('=')[1]
      expect(await sessions.find(request(`session-1=${value}`)), 'under the name of another port').toBeUndefined()
    },
  )
  it('accept a session from before the update, and prefer the cookie of the port (FAULTS 11)', async (t) => {
    const { store, find, token, user, sessions } = await newSessions(t)
    expect((await find(`identity=${token}`))?.user).toEqual(user)
    const li = await userNamed(store, 'Li')
    const response = new ServerResponse(requestWith())
    await sessions.start({ user: li, credential: { type: 'store' } }, requestWith(), response)
    const own = String(response.getHeader('set-cookie')).split(';')[0]
    for (const cookie of [`identity=${token}; ${own}`, `${own}; identity=${token}`]) {
      expect((await find(cookie))?.user).toEqual(li)
    }
    expect((await find(`identity=${token}; ${name}=${'A'.repeat(43)}`))?.user, 'beside one that is over').toEqual(user)
  })
})

describe('end of a session', () => {
  it('comes 90 days after its start, and not before', async (t) => {
    const { find, token, user } = await newSessions(t)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const end = Date.now() + 90 * dayMs
    // A session that is used now and then lasts that long.
    for (let i = 0; i < 3; i++) {
      vi.setSystemTime(Date.now() + 29 * dayMs)
      expect(await find(`${name}=${token}`)).toBeDefined()
    }
    vi.setSystemTime(end - 60_000)
    expect((await find(`${name}=${token}`))?.user).toEqual(user)
    vi.setSystemTime(Date.now() + 60_000)
    expect(await find(`${name}=${token}`)).toBeUndefined()
  })
  it('comes after 30 days without use, and not while it has a connection', async (t) => {
    const { sessions, find, start, token, user } = await newSessions(t)
    const idle = (await start()).split(';')[0]
    const open = await find(`${name}=${token}`)
    if (!open) throw new Error('There must be a session for this test to mean anything')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29 * dayMs })
    await sessions.keepAlive([open])
    expect(await sessions.dropExpired()).toEqual([])
    vi.setSystemTime(Date.now() + 2 * dayMs)
    expect(await sessions.dropExpired()).toEqual([{ user, session: expect.any(Number) }])
    expect(await find(idle)).toBeUndefined()
    expect(await find(`${name}=${token}`)).toBeDefined()
    vi.setSystemTime(Date.now() + 60 * dayMs)
    await sessions.keepAlive([open])
    expect(await sessions.dropExpired(), 'after 90 days, in use or not').toEqual([{ user, session: open.id }])
  })
  it('comes when its user signs out, and removes the cookie', async (t) => {
    const { sessions, find, start, token } = await newSessions(t)
    const other = (await start()).split(';')[0]
    const session = await find(`${name}=${token}`)
    if (!session) throw new Error('There must be a session for this test to mean anything')
    const response = new ServerResponse(requestWith())
    await sessions.end(session, requestWith(), response)
    expect(await find(`${name}=${token}`)).toBeUndefined()
    expect(String(response.getHeader('set-cookie'))).toMatch(
      /^session-80=; path=\/; expires=Thu, 01 Jan 1970 00:00:00 GMT;/,
    )
    expect(await find(other), 'the other session').toBeDefined()
  })
  it('is seen by a request that records the last use at that moment', async (t) => {
    const { store, sessions, find, token } = await newSessions(t)
    const session = await find(`${name}=${token}`)
    if (!session) throw new Error('There must be a session for this test to mean anything')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + dayMs })
    vi.spyOn(store.sessions, 'touch').mockImplementationOnce(() =>
      sessions.end(session, requestWith(), new ServerResponse(requestWith())),
    )
    expect(await find(`${name}=${token}`)).toBeUndefined()
  })
  it('comes to the least recently seen session when there are too many', async (t) => {
    const { find, start, token, queries } = await newSessions(t)
    expect(await find(`${name}=${token}`)).toBeDefined()
    for (let i = 0; i < 19; i++) await start()
    expect(await find(`${name}=${token}`)).toBeDefined()
    const last = (await start()).split(';')[0]
    queries.mockClear()
    expect(await find(`${name}=${token}`)).toBeUndefined()
    expect(await find(last)).toBeDefined()
  })
  it('is not undone by a lookup that was under way', async (t) => {
    const { sessions, find, token } = await newSessions(t)
    const session = await find(`${name}=${token}`)
    if (!session) throw new Error('There must be a session for this test to mean anything')
    const ending = sessions.end(session, requestWith(), new ServerResponse(requestWith()))
    await find(`${name}=${token}`)
    await ending
    expect(await find(`${name}=${token}`)).toBeUndefined()
  })
  it('is not undone by a lookup that has read the session before', async (t) => {
    const { store, sessions, find, token, queries } = await newSessions(t)
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    const stored = store.sessions.find.bind(store.sessions)
    queries.mockImplementationOnce(async (tokenHash) => {
      const session = await stored(tokenHash)
      await ended
      return session
    })
    const during = find(`${name}=${token}`)
    const [, session] = [
      await vi.waitUntil(() => queries.mock.calls.length > 0, { timeout: 60_000 }),
      await find(`${name}=${token}`),
    ]
    if (!session) throw new Error('There must be a session for this test to mean anything')
    await sessions.end(session, requestWith(), new ServerResponse(requestWith()))
    resolve()
    await during
    expect(await find(`${name}=${token}`)).toBeUndefined()
  })
})

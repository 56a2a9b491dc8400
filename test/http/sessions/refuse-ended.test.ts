/** A session that ends while its answer is being read. */
import { describe, expect, it } from 'vitest'
import { read, uploaded } from '../../support/clients/uploads.ts'
import { holdNext } from '../../support/server/hold-answer.ts'
import { startServer } from '../../support/server/server.ts'

describe('an answer that is still being read when the session ends', () => {
  it.for([
    [
      'a page',
      (url: string, cookie: string) => fetch(`${url}/rooms/lobby`, { headers: { cookie }, redirect: 'manual' }),
    ],
    [
      'a command of the API',
      (url: string, cookie: string) =>
        fetch(`${url}/api/history`, {
          method: 'POST',
          headers: { cookie, 'content-type': 'application/json' },
          body: JSON.stringify({ room: 'lobby' }),
        }),
    ],
  ] as const)('is not given, by %s', async ([, ask], t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const client = await anna.connect()
    await client.open('lobby')
    await client.say('lobby', 'a secret')
    expect(await (await ask(server.url, anna.cookie)).text()).toContain('a secret')
    const held = await holdNext(t, 'messages')
    const asking = ask(server.url, anna.cookie)
    await held.asked
    await anna.signOut()
    held.release()
    const answer = await asking
    expect(answer.status).toBe(401)
    expect(await answer.text()).not.toContain('a secret')
  })
  it.for([
    ['from the server', {}],
    ['by nginx', { X_ACCEL_REDIRECT: '/internal-files/' }],
  ] as const)('is not given, nor anything of it, when it is a file %s', async ([, settings], t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...settings })
    const anna = await server.signIn('Anna')
    const by = { cookie: anna.cookie }
    const id = await uploaded(server, by, { bytes: 'a secret', name: 'secret.txt' })
    const ofFile = ['x-accel-redirect', 'content-disposition', 'etag', 'content-range', 'accept-ranges']
    const given = (answer: Response) => ofFile.filter((name) => answer.headers.has(name))
    const allowed = await read(server, by, id)
    expect(given(allowed), 'there is something to hide').toContain('content-disposition')
    const held = await holdNext(t, 'view')
    const asking = read(server, by, id)
    await held.asked
    await anna.signOut()
    held.release()
    const answer = await asking
    expect(answer.status).toBe(401)
    expect(given(answer)).toEqual([])
    expect(answer.headers.get('content-security-policy')).not.toContain('sandbox')
    expect(await answer.text()).not.toContain('secret')
  })
  it('is given to a session that goes on, and the sign-in page to nobody in particular', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    expect((await fetch(`${server.url}/rooms/lobby`, { headers: { cookie: anna.cookie } })).status).toBe(200)
    expect((await fetch(`${server.url}/signin`)).status).toBe(200)
  })
})

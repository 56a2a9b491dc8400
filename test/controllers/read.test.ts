import { describe, expect, it } from 'vitest'
import { ask } from '../http/raw-request.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../support/server/server.ts'

function post(server: TestServer, { cookie }: Pick<Person, 'cookie'>, fields: Record<string, string> = {}) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie }
  return ask(server.port, '/read', { method: 'POST', headers, body: String(new URLSearchParams(fields)) })
}

/** Anna has read nothing of what Bo has said in two rooms. */
async function serverWithUnread(t: Cleanup) {
  const server = await startServer(t)
  const anna = await server.signIn('Anna')
  const annas = await anna.connect()
  const bos = await (await server.signIn('Bo')).connect()
  for (const room of ['lobby', 'tea']) {
    await annas.open(room)
    await bos.open(room)
    await bos.say(room, 'hello')
  }
  return { server, anna, annas }
}

describe('POST /read', () => {
  it('marks all rooms as read, tells the open pages, and returns to the room', async (t) => {
    const { server, anna, annas } = await serverWithUnread(t)
    const page = () => ask(server.port, '/rooms/tea', { headers: { Cookie: anna.cookie } })
    expect((await page()).body).toContain('<input type="hidden" name="to" value="/rooms/tea">')
    const answer = await post(server, anna, { to: '/rooms/tea' })
    expect([answer.status, answer.headers.location]).toEqual([303, '/rooms/tea'])
    expect([await annas.next('read'), await annas.next('read')]).toEqual([
      { type: 'read', room: 'lobby', id: 1 },
      { type: 'read', room: 'tea', id: 1 },
    ])
    expect((await page()).body).not.toContain('action="/read"')
    expect((await post(server, anna)).headers.location).toBe('/')
    await annas.settle()
    expect(annas.received.filter(({ type }) => type === 'read')).toHaveLength(2)
  })

  it('leads to no other site, and to the sign-in page without a session', async (t) => {
    const { server, anna } = await serverWithUnread(t)
    expect((await post(server, anna, { to: 'https://evil.example/' })).headers.location).toBe('/')
    const answer = await post(server, { cookie: '' })
    expect([answer.status, answer.headers.location]).toEqual([303, '/signin'])
    const reloaded = await ask(server.port, '/read', { headers: { Cookie: anna.cookie } })
    expect(reloaded.headers.location).toBe('/')
  })
})

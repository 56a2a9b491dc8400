/** The page on which admins make bots, and what revoking a token ends. */
import { describe, expect, it } from 'vitest'
import { closeCodes } from '../../../src/shared/protocol/close-codes.ts'
import { memberNamed, ownerNamed, textOf, toldBy, type Visitor } from '../../support/clients/visitor.ts'
import { type Cleanup, startServer, type TestServer } from '../../support/server/server.ts'

async function serverWithOwner(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  return { server, li: await ownerNamed(server, 'Li') }
}

async function makeBot(li: Visitor, fields: Record<string, string>): Promise<string> {
  const { status, body } = await li.post('/admin/bots', fields)
  expect(status, textOf(body)).toBe(200)
  const [, token = ''] = /<input [^>]*id="token"[^>]*value="([\w-]{43})"/.exec(body) ?? []
  expect(token).not.toBe('')
  return token
}

function me({ url }: TestServer, token: string) {
  return fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } })
}

function idOf({ body }: { body: string }, name: string): string {
  return new RegExp(`/admin/people/(\\d+)"><bdi>${name}<`).exec(body)?.[1] ?? ''
}

describe('bots page', () => {
  it('does not exist for anybody but admins', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const bo = await memberNamed(server, 'Bo')
    expect((await bo.get('/admin/bots')).status).toBe(404)
    expect((await bo.post('/admin/bots', { name: 'Relay' })).status).toBe(404)
    await makeBot(li, { name: 'Relay' })
    const id = idOf(await li.get('/admin/bots'), 'Relay')
    for (const action of ['token', 'revoke']) expect((await bo.post(`/admin/bots/${id}/${action}`)).status).toBe(404)
    expect((await li.get('/admin')).body).toContain('href="/admin/bots"')
  })

  it('shows the token of a new bot once, lists the bot, and the audit log says who made it', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const token = await makeBot(li, { name: 'Relay', access: 'write', rooms: 'all' })
    expect(await (await me(server, token)).json()).toMatchObject({ user: { name: 'Relay' } })
    const page = await li.get('/admin/bots')
    expect(textOf(page.body)).toContain('Relay Read and write · All public rooms')
    expect(page.body).not.toContain(token)
    expect(textOf((await li.get('/admin/log')).body)).toContain('Li created the bot Relay')
    expect((await li.get('/admin')).body).toMatch(/Relay<\/bdi><\/a> <span class="bot-mark">bot</)
  })

  it('limits a bot to the rooms that were chosen, and to reading', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const token = await makeBot(li, { name: 'Reader', access: 'read', rooms: 'some', room: 'lobby' })
    const response = await fetch(`${server.url}/api/chat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ room: 'lobby', key: 'k', data: 'x' }),
    })
    expect(response.status).toBe(403)
    expect(textOf((await li.get('/admin/bots')).body)).toContain('Reader Read · The rooms it was added to')
  })

  it('says what is wrong, and keeps what was typed', async (t) => {
    const { server, li } = await serverWithOwner(t)
    await memberNamed(server, 'Bo')
    const taken = await li.post('/admin/bots', { name: 'Bo', access: 'read', rooms: 'some', room: 'lobby' })
    expect(taken.status).toBeGreaterThanOrEqual(400)
    expect(toldBy(taken).join()).toMatch(/taken|password/i)
    expect(taken.body).toMatch(/value="Bo"/)
    expect(taken.body).toMatch(/value="lobby" checked/)
    expect((await li.post('/admin/bots', { name: '' })).status).toBe(400)
    expect((await li.post('/admin/bots', { name: 'Lost', rooms: 'some', room: 'none' })).status).toBe(403)
    expect((await li.post('/admin/bots/9999/token')).status).toBe(404)
    expect(textOf((await li.get('/admin/bots')).body)).toContain('There are no bots.')
  })

  it('revokes a token: its connections end at once, and it opens no more', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const token = await makeBot(li, { name: 'Relay' })
    const headers = { authorization: `Bearer ${token}` }
    const chat = await server.connect('/ws/chat', { protocol: 'chat.v1', headers })
    await chat.open('lobby')
    const id = idOf(await li.get('/admin/bots'), 'Relay')
    const answer = await li.post(`/admin/bots/${id}/revoke`)
    expect([answer.status, answer.headers.location]).toEqual([303, expect.stringMatching(/^\/admin\/bots\?done=\d+$/)])
    expect(toldBy(await li.get(answer.headers.location ?? '')).join()).toBe('Li revoked the token of the bot Relay')
    expect((await chat.closed).code).toBe(closeCodes.signedOut)
    expect((await me(server, token)).status).toBe(401)
    await expect(server.connect('/ws/chat', { headers })).rejects.toMatchObject({ status: 401 })
    expect(textOf((await li.get('/admin/bots')).body)).toContain('no token')
  })

  it('gives a new token, with which the one before is worth nothing', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const token = await makeBot(li, { name: 'Relay' })
    const id = idOf(await li.get('/admin/bots'), 'Relay')
    const { body } = await li.post(`/admin/bots/${id}/token`)
    const [, next = ''] = /value="([\w-]{43})"/.exec(body) ?? []
    expect([(await me(server, token)).status, (await me(server, next)).status]).toEqual([401, 200])
    const reloaded = await li.get(`/admin/bots/${id}/token`)
    expect([reloaded.status, reloaded.headers.location]).toEqual([302, '/admin/bots'])
  })

  it('puts a mark beside the name of a bot on the page', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const token = await makeBot(li, { name: 'Relay' })
    const chat = await server.connect('/ws/chat', {
      protocol: 'chat.v1',
      headers: { authorization: `Bearer ${token}` },
    })
    await chat.open('lobby')
    await chat.say('lobby', 'hello')
    const { body } = await li.get('/rooms/lobby')
    expect(body.match(/<bdi[^>]*>Relay<\/bdi>(<\/(button|span)>)?\s*<span class="bot-mark">bot<\/span>/g)).toHaveLength(
      2,
    )
    expect(body).not.toMatch(/>Li<\/bdi>(<\/(button|span)>)?\s*<span class="bot-mark">/)
    expect(body).not.toContain('/static/images/avatars/-2.svg')
  })

  it('bans a bot like anybody else: its token is worth nothing until the ban is lifted', async (t) => {
    const { server, li } = await serverWithOwner(t)
    const token = await makeBot(li, { name: 'Relay' })
    const chat = await server.connect('/ws/chat', { headers: { authorization: `Bearer ${token}` } })
    const id = idOf(await li.get('/admin/bots'), 'Relay')
    await li.post(`/admin/people/${id}/ban`, { days: '1' })
    expect((await chat.closed).code).toBe(closeCodes.banned)
    expect((await me(server, token)).status).toBe(401)
    await li.post(`/admin/people/${id}/unban`)
    expect((await me(server, token)).status).toBe(200)
  })

  it('offers neither a password link nor a role for a bot', async (t) => {
    const { li } = await serverWithOwner(t)
    await makeBot(li, { name: 'Relay' })
    const id = idOf(await li.get('/admin/bots'), 'Relay')
    const { body } = await li.get(`/admin/people/${id}`)
    expect(body).not.toMatch(/\/(link|role)"/)
    expect((await li.post(`/admin/people/${id}/link`)).status).toBe(403)
    expect((await li.post(`/admin/people/${id}/role`, { role: 'admin' })).status).toBe(403)
  })
})

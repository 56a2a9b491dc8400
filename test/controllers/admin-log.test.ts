/** The audit log by filters, and what the data weigh, as admins see them without a script. */
import { describe, expect, it } from 'vitest'
import { moderationActionTypes } from '../../src/shared/protocol/types.ts'
import { memberNamed, ownerNamed, textOf, type Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

/** Li owns the server, Ada is an admin, Mo a member and Bo a guest; their ids are in this order. */
async function startAdminServer(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off', ...settings })
  const li = await ownerNamed(server, 'Li')
  const ada = await memberNamed(server, 'Ada')
  await li.post('/admin/people/2/role', { role: 'admin' })
  const mo = await memberNamed(server, 'Mo')
  const bo = await visitorNamed(server, 'Bo')
  return { server, li, ada, mo, bo }
}

const path = (query: Record<string, string>) => `/admin/log?${new URLSearchParams(query)}`

/** The sentences of the log, newest first. */
async function log(visitor: Visitor, query: Record<string, string>): Promise<string[]> {
  const { status, body } = await visitor.get(path(query))
  expect(status).toBe(200)
  return [...body.matchAll(/<p dir="auto">([\s\S]*?)<\/p>/g)].map(([, html = '']) => textOf(html))
}

describe('audit log by filters', () => {
  async function withActions(t: Cleanup) {
    const place = await startAdminServer(t)
    await place.ada.post('/admin/people/4/ban', { days: '1' })
    await place.li.post('/admin/people/4/unban')
    await place.ada.post('/admin/addresses', { range: '203.0.113.0/24', days: '1' })
    return place
  }

  it('shows what somebody has done, what was done to somebody, and what was done of one type', async (t) => {
    const { li } = await withActions(t)
    const all = await log(li, {})
    expect(all).toHaveLength(5)
    expect(await log(li, { by: 'Ada' })).toEqual([
      expect.stringContaining('Ada banned the IP addresses'),
      expect.stringContaining('Ada banned Bo'),
    ])
    expect(await log(li, { by: ' ada ' }), 'in any case').toEqual(await log(li, { by: 'Ada' }))
    expect(await log(li, { user: 'Bo' })).toEqual(['Li unbanned Bo', expect.stringContaining('Ada banned Bo')])
    expect(await log(li, { user: 'Bo', by: 'Li' })).toEqual(['Li unbanned Bo'])
    expect(await log(li, { type: 'role' })).toEqual(['Li made Ada an admin', 'Li became the owner'])
    expect(await log(li, { type: 'ban', by: 'Ada' })).toEqual([expect.stringContaining('Ada banned Bo')])
    expect(await log(li, { by: '', user: '', type: '', room: '' }), 'an empty form').toEqual(all)
  })
  it('shows nothing for a name that nobody has, for the beginning of one, and for a room that is not there', async (t) => {
    const { li } = await withActions(t)
    expect(await log(li, { by: 'Ada' })).not.toEqual([])
    for (const query of [{ by: 'Ad' }, { by: 'Nobody' }, { user: 'Bob' }, { room: 'nowhere' }] as Record<
      string,
      string
    >[]) {
      expect(await log(li, query), JSON.stringify(query)).toEqual([])
      expect(textOf((await li.get(path(query))).body)).toContain('No matches')
    }
  })
  it('shows all for what cannot be a filter', async (t) => {
    const { li } = await withActions(t)
    const all = await log(li, {})
    for (const query of ['?type=everything', '?by=Ada&by=Li', '?room[]=x', '?type=__proto__', '?by=%00%ud800']) {
      const { status } = await li.get(`/admin/log${query}`)
      expect(status, query).toBe(200)
    }
    expect(await log(li, { type: 'everything' })).toEqual(all)
    expect((await li.get(`/admin/log?by=${'x'.repeat(4_000)}`)).status).toBe(200)
  })
  it('keeps the filter in the form and in the links to other pages', async (t) => {
    const { li } = await startAdminServer(t)
    for (let i = 0; i < 60; i++) await li.post('/admin/addresses', { range: `203.0.113.${i}`, days: '1' })
    const query = { by: 'Li', type: 'ban-range' }
    expect(await log(li, query)).toHaveLength(50)
    const first = await li.get(path(query))
    expect(first.body).toContain('value="Li"')
    expect(first.body).toContain('<option value="ban-range" selected>IP bans</option>')
    const [, older = ''] = /href="\/admin\/log(\?[^"]*before=\d+)"/.exec(first.body) ?? []
    const { body } = await li.get(`/admin/log${older.replaceAll('&amp;', '&')}`)
    const rest = [...body.matchAll(/<p dir="auto">([\s\S]*?)<\/p>/g)].map(([, html = '']) => textOf(html))
    expect(rest, 'and nothing of another type').toHaveLength(10)
    for (const one of rest) expect(one).toContain('Li banned the IP addresses')
    expect(body).toContain('href="/admin/log?by=Li&amp;type=ban-range"')
  })
  it('escapes what was typed', async (t) => {
    const { li } = await startAdminServer(t)
    for (const name of ['by', 'user', 'room']) {
      const { body } = await li.get(path({ [name]: '"><script>alert(1)</script>' }))
      expect(body, name).not.toContain('<script>alert')
      expect(body, name).toContain('&lt;script&gt;alert')
    }
  })
  it('offers the rooms that the admin can view, and finds nothing by others', async (t) => {
    const { li, ada } = await startAdminServer(t)
    const chat = await ada.connect()
    await chat.next('welcome')
    chat.send({ type: 'create', kind: 'private', name: 'secret plans', key: 'k1' })
    const { room } = await chat.next('room')
    chat.send({ type: 'change', room, topic: 'plans', key: 'k2' })
    await chat.next('done')
    await chat.close()

    expect((await ada.get('/admin/log')).body).toContain(`<option value="${room}">secret plans</option>`)
    expect(await log(ada, { room })).toEqual([expect.stringContaining('Ada changed secret plans')])
    expect(await log(ada, { type: 'change' })).toHaveLength(1)

    expect((await li.get('/admin/log')).body).not.toContain('secret plans')
    expect(await log(li, { room })).toEqual([])
    expect(await log(li, { type: 'change' })).toEqual([])
    expect(await log(li, { by: 'Ada' })).toEqual(['Ada moderated a private room'])
  })
  it('offers each type of action by a name of its own', async (t) => {
    const { li } = await startAdminServer(t)
    const [, select = ''] =
      /<select[^>]* name="type">([\s\S]*?)<\/select>/.exec((await li.get('/admin/log')).body) ?? []
    const options = [...select.matchAll(/<option value="([a-z-]+)">([^<]+)<\/option>/g)]
    expect(options.map(([, type]) => type)).toEqual([...moderationActionTypes])
    expect(new Set(options.map(([, , name]) => name)).size).toBe(moderationActionTypes.length)
  })
})

describe('storage', () => {
  const figuresOf = (body: string) =>
    Object.fromEntries(
      [...body.matchAll(/<dt>([^<]+)<\/dt>\s*<dd[^>]*>([^<]+)<\/dd>/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    )

  it('is shown to admins: the database, the disk, and how much there is', async (t) => {
    const { li, ada, bo } = await startAdminServer(t, { MIN_FREE_BYTES: '1048576' })
    for (const admin of [li, ada]) {
      expect(figuresOf((await admin.get('/admin')).body)).toEqual({
        Database: expect.stringMatching(/^[\d.]+ [KM]iB$/),
        'Write-ahead log': expect.stringMatching(/^[\d.]+ [KM]?i?B$/),
        'Free on the disk': expect.stringMatching(/^[\d.]+ [MGTP]iB$/),
        'Minimum free': '1 MiB',
        People: '4',
        Rooms: '1',
        'Messages and changes': '0',
      })
    }
    expect((await bo.get('/admin')).status).toBe(404)
  })
  it('counts what was written', async (t) => {
    const { li, bo } = await startAdminServer(t)
    const before = figuresOf((await li.get('/admin')).body)
    for (let i = 0; i < 3; i++) await bo.post('/rooms/lobby/messages', { data: 'hello', key: `key ${i}` })
    const after = figuresOf((await li.get('/admin')).body)
    expect(Number(after['Messages and changes']) - Number(before['Messages and changes'])).toBe(3)
  })
  it('says that there is no limit where none is set', async (t) => {
    const { li } = await startAdminServer(t, { MIN_FREE_BYTES: '0' })
    expect(figuresOf((await li.get('/admin')).body)).toMatchObject({ 'Minimum free': 'no limit' })
  })
})

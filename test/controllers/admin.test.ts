/** The admin pages, which need a server role. */
import { describe, expect, it } from 'vitest'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import type { ServerFrame } from '../../src/shared/protocol/frames.ts'
import type { Answer } from '../http/raw-request.ts'
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
import { type Cleanup, startServer } from '../support/server/server.ts'

/** Li owns the server, Ada is an admin, Mo a member and Bo a guest; their ids are in this order. */
async function startAdminServer(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, settings)
  const li = await ownerNamed(server, 'Li')
  const ada = await memberNamed(server, 'Ada')
  await li.post('/admin/people/2/role', { role: 'admin' })
  const mo = await memberNamed(server, 'Mo')
  const bo = await visitorNamed(server, 'Bo')
  return { server, li, ada, mo, bo }
}
const id = { li: 1, ada: 2, mo: 3, bo: 4 }

/** The sentences of the log, newest first. */
async function log(visitor: Visitor, query = ''): Promise<string[]> {
  const { body } = await visitor.get(`/admin/log${query}`)
  return [...body.matchAll(/<p dir="auto">([\s\S]*?)<\/p>/g)].map(([, html = '']) => textOf(html))
}

async function roleOf(visitor: Visitor): Promise<string> {
  const chat = await visitor.connect()
  const { role } = await chat.next('welcome')
  await chat.close()
  return role
}

const pages = ['/admin', '/admin/people/4', '/admin/addresses', '/admin/log']
const forms: [path: string, fields: Record<string, string>][] = [
  ['/admin/people', { name: 'Eve' }],
  [`/admin/people/${id.bo}/link`, {}],
  [`/admin/people/${id.mo}/role`, { role: 'admin' }],
  [`/admin/people/${id.bo}/ban`, { days: '1' }],
  [`/admin/people/${id.bo}/unban`, {}],
  [`/admin/people/${id.bo}/purge`, { sure: '1' }],
  ['/admin/addresses', { range: '203.0.113.0/24', days: '1' }],
  ['/admin/addresses/lift', { range: '203.0.113.0/24' }],
  ['/admin/audit/2/undo', {}],
]

describe('admin pages', () => {
  it('are for the owner and the admins; others get the same 404 as for a missing page', async (t) => {
    const { server, li, ada, mo, bo } = await startAdminServer(t)
    for (const path of pages) {
      for (const runner of [li, ada]) expect((await runner.get(path)).status, path).toBe(200)
      for (const other of [mo, bo, new Visitor(server)]) {
        const [answer, nowhere] = [await other.get(path), await other.get('/nowhere')]
        expect([answer.status, answer.body], path).toEqual([404, nowhere.body])
      }
    }
  })
  it('refuse all of their forms to others', async (t) => {
    const { server, li, mo, bo } = await startAdminServer(t)
    const before = await log(li)
    for (const [path, fields] of forms) {
      for (const other of [mo, bo, new Visitor(server)]) {
        const [answer, nowhere] = [await other.post(path, fields), await other.get('/nowhere')]
        expect([answer.status, answer.body], path).toEqual([404, nowhere.body])
      }
    }
    expect(await log(li)).toEqual(before)
    expect(await bo.isIn()).toBe(true)
    for (const [path, fields] of forms) {
      const { status } = await li.post(path, fields)
      expect([200, 303], `${path}, for the owner: ${status}`).toContain(status)
    }
  })
  it('are lost at once by a former admin', async (t) => {
    const { li, ada } = await startAdminServer(t)
    expect((await ada.get('/admin')).status).toBe(200)
    await li.post(`/admin/people/${id.ada}/role`, { role: 'member' })
    expect((await ada.get('/admin')).status).toBe(404)
  })
  it('answer 404 for users who do not exist', async (t) => {
    const { li } = await startAdminServer(t)
    for (const path of ['/admin/people/99', '/admin/people/0', '/admin/people/x', '/admin/people/01'])
      expect((await li.get(path)).status, path).toBe(404)
    expect((await li.post('/admin/people/99/ban', { days: '1' })).status).toBe(404)
    expect((await li.post('/admin/audit/x/undo')).status).toBe(404)
  })
  it('redirect from the address of a form to its page', async (t) => {
    const { li } = await startAdminServer(t)
    for (const [path, location] of [
      ['/admin/people', '/admin'],
      ['/admin/people/4/ban', '/admin/people/4'],
      ['/admin/people/4/link', '/admin/people/4'],
      ['/admin/addresses/lift', '/admin/addresses'],
      ['/admin/audit/1/undo', '/admin/log'],
    ])
      expect(await li.get(path ?? '')).toMatchObject({ status: 302, headers: { location } })
  })
})

describe('admin › people', () => {
  it('lists users with role and last visit, and finds them by the beginning of their names', async (t) => {
    const { server, li } = await startAdminServer(t)
    await visitorNamed(server, 'bobby & <b>')
    const found = async (find: string) => {
      const { body } = await li.get(`/admin?find=${find}`)
      return [...body.matchAll(/<li class="panel-item">([\s\S]*?)<\/li>/g)].map(([, html = '']) => textOf(html))
    }
    expect(await found('')).toEqual([
      'Ada Admin · active now',
      'Bo Guest · active now',
      'bobby & <b> Guest · active now',
      'Li Owner · active now',
      'Mo Member · active now',
    ])
    expect(await found('bo')).toEqual(['Bo Guest · active now', 'bobby & <b> Guest · active now'])
    expect(await found('%25')).toEqual([])
    expect(await found('%ED%A0%80')).toEqual([])
  })
  it('adds a user by a link with which they choose their password, also where GUESTS=off', async (t) => {
    const { server, li } = await startAdminServer(t, { GUESTS: 'on' })
    await server.restart({ GUESTS: 'off' })
    const page = await li.post('/admin/people', { name: 'Neu' })
    const [, link = ''] = /id="link"[^>]* value="([^"]+)" readonly/.exec(page.body) ?? []
    expect(textOf(page.body)).toContain('Link for Neu')
    const neu = new Visitor(server)
    expect((await neu.post('/signin', { name: 'Neu' })).status, 'by the name alone').toBe(403)
    expect((await neu.post(pathOf(link), { password })).status).toBe(303)
    expect(await roleOf(neu)).toBe('member')
    expect((await visitorNamed(server, 'Neu', { password })).cookie).not.toBe('')
  })
  it('refuses to add a taken name or one confusable with a claimed name', async (t) => {
    const { li } = await startAdminServer(t)
    for (const name of ['Mo', 'МО', 'Bo', ' Bo ']) {
      const answer = await li.post('/admin/people', { name })
      expect([answer.status, toldBy(answer)], name).toEqual([409, [expect.stringContaining('is taken')]])
    }
    const answer = await li.post('/admin/people', { name: 'a\u202eb' })
    expect([answer.status, toldBy(answer)]).toEqual([400, [expect.stringContaining('text direction')]])
    expect((await li.get('/admin?find=a')).body).not.toContain('\u202e')
  })
})

describe('admin › roles', () => {
  it('are given by the owner, and apply at once on open pages', async (t) => {
    const { li, mo } = await startAdminServer(t)
    const chat = await mo.connect()
    await chat.next('welcome')
    const answer = await li.post(`/admin/people/${id.mo}/role`, { role: 'admin' })
    expect(toldBy(await li.get(answer.headers.location ?? ''))).toEqual(['Li made Mo an admin'])
    expect(await chat.next('role')).toEqual({ type: 'role', role: 'admin' })
    expect((await mo.get('/admin')).status).toBe(200)
    await li.post(`/admin/people/${id.mo}/role`, { role: 'member' })
    expect(await chat.next('role')).toEqual({ type: 'role', role: 'member' })
    expect((await mo.get('/admin')).status).toBe(404)
  })
  it.for([
    ['ada', 'mo', 'admin'],
    ['ada', 'ada', 'member'],
    ['ada', 'li', 'member'],
    ['li', 'li', 'member'],
    ['li', 'bo', 'admin'],
  ] as const)('cannot be given by %s to %s: %s', async ([by, to, role], t) => {
    const people = await startAdminServer(t)
    const roles = async () => await Promise.all([people.li, people.ada, people.mo, people.bo].map(roleOf))
    const before = await roles()
    const answer = await people[by].post(`/admin/people/${id[to]}/role`, { role })
    expect([answer.status, toldBy(answer)]).toEqual([403, ['You don’t have permission to do that.']])
    expect(await roles()).toEqual(before)
  })
})

describe('admin › ban', () => {
  it('signs the user out at once on all devices, until it is lifted', async (t) => {
    const { server, li, mo } = await startAdminServer(t)
    const chat = await mo.connect()
    const answer = await li.post(`/admin/people/${id.mo}/ban`, { days: '7' })
    const page = await li.get(answer.headers.location ?? '')
    expect(toldBy(page)).toEqual(['Li banned Mo: 7 days'])
    expect(page.body).toMatch(/action="\/admin\/audit\/\d+\/undo"/)
    expect(textOf(page.body)).toContain('banned · expires in 7 days')
    expect((await chat.closed).code).toBe(closeCodes.banned)
    expect(await mo.isIn()).toBe(false)
    const back = await new Visitor(server).post('/signin', { name: 'Mo', password })
    expect([back.status, toldBy(back)]).toEqual([403, ['You’re banned.']])
    await li.post(`/admin/people/${id.mo}/unban`)
    expect((await visitorNamed(server, 'Mo', { password })).cookie).not.toBe('')
  })
  it.for([
    ['1', '1 day'],
    ['7', '7 days'],
    ['ever', 'Forever'],
  ] as const)('of %s is shown as %s', async ([days, words], t) => {
    const { li } = await startAdminServer(t)
    await li.post(`/admin/people/${id.bo}/ban`, { days })
    expect((await log(li))[0]).toBe(`Li banned Bo: ${words}`)
  })
  it('of a guest includes the addresses unless they are deselected, of others only when chosen', async (t) => {
    const { server, li } = await startAdminServer(t)
    await visitorNamed(server, 'Guest')
    const box = async (person: number) =>
      (await li.get(`/admin/people/${person}`)).body.match(/name="addresses"[^>]*>/)?.[0]
    expect([await box(5), await box(id.mo)]).toEqual([
      expect.stringContaining('checked'),
      expect.not.stringContaining('checked'),
    ])
  })
  it('deletes the messages that are chosen, and the undo restores them', async (t) => {
    const { li, bo } = await startAdminServer(t)
    await bo.post('/rooms/lobby/messages', { key: 'k', data: 'buy this' })
    const lobby = async () => (await li.get('/')).body
    expect(await lobby()).toContain('buy this')
    expect((await li.post(`/admin/people/${id.bo}/ban`, { days: '1', remove: 'two' })).status).toBe(400)
    await li.post(`/admin/people/${id.bo}/ban`, { days: '1', remove: 'all' })
    expect((await log(li))[0]).toBe('Li banned Bo: 1 day, and deleted all their messages')
    expect(await lobby()).not.toContain('buy this')
    const [action] = /\/admin\/audit\/\d+\/undo/.exec((await li.get('/admin/log')).body) ?? ['']
    await li.post(action, {})
    expect(await lobby()).toContain('buy this')
  })
  it('has a duration that the form offers, or none', async (t) => {
    const { li, bo } = await startAdminServer(t)
    for (const days of ['', '0', '-1', '2', 'NaN', 'toString'])
      expect((await li.post(`/admin/people/${id.bo}/ban`, { days })).status, days).toBe(400)
    expect(await bo.isIn()).toBe(true)
  })
  it.for([
    ['ada', 'li'],
    ['ada', 'ada'],
    ['li', 'li'],
  ] as const)('by %s on %s is refused', async ([by, whom], t) => {
    const people = await startAdminServer(t)
    const answer = await people[by].post(`/admin/people/${id[whom]}/ban`, { days: 'ever' })
    expect([answer.status, toldBy(answer)]).toEqual([403, ['You don’t have permission to do that.']])
    expect(await people[whom].isIn()).toBe(true)
    expect((await people[by].get(`/admin/people/${id[whom]}`)).body, 'nor is it offered').not.toContain('/ban"')
  })
  it('can include the addresses: only users with a server role can sign in from there', async (t) => {
    const { server, li } = await startAdminServer(t, { TRUST_PROXY: '127.0.0.1' })
    const from = (address: string) => ({ 'X-Forwarded-For': address })
    await visitorNamed(server, 'Troll', from('203.0.113.9'))
    await li.post('/admin/people/5/ban', { days: '1', addresses: '1' })
    expect(await log(li)).toContain('Li banned Troll and the IP addresses of their devices: 1 day')
    const answer = await new Visitor(server, from('203.0.113.9')).post('/signin', { name: 'Troll 2' })
    expect([answer.status, toldBy(answer)]).toEqual([403, ['You’re banned.']])
    expect((await visitorNamed(server, 'Eve', from('203.0.113.10'))).cookie, 'from another address').not.toBe('')
    expect((await visitorNamed(server, 'Ada', { password, ...from('203.0.113.9') })).cookie, 'an admin').not.toBe('')
    expect((await li.get('/admin/addresses')).body).toContain('203.0.113.9')
  })
  it('of addresses lets nobody who is signed in there set a status', async (t) => {
    const { server, li } = await startAdminServer(t, { TRUST_PROXY: '127.0.0.1' })
    const eve = await visitorNamed(server, 'Eve', { 'X-Forwarded-For': '203.0.113.9' })
    expect((await eve.post('/account/status', { text: 'here' })).status).toBe(303)
    await li.post('/admin/addresses', { range: '203.0.113.0/24', days: '1' })
    expect((await eve.post('/account/status', { text: 'still here' })).status).toBe(403)
    expect((await eve.post('/account/last-seen', { shown: 'no' })).status).toBe(403)
  })
})

describe('admin › remove a user’s messages', () => {
  it('needs confirmation, removes them from open pages, and can be undone', async (t) => {
    const { li, bo } = await startAdminServer(t, { RATE_LIMITS: 'off' })
    const [writer, reader] = [await bo.connect(), await li.connect()]
    for (const chat of [writer, reader]) await chat.open('lobby')
    const ids = [await writer.say('lobby', 'one'), await writer.say('lobby', 'two')]
    await reader.say('lobby', 'mine')
    const unsure = await li.post(`/admin/people/${id.bo}/purge`)
    expect([unsure.status, toldBy(unsure)]).toEqual([400, [expect.stringContaining('Tick the box')]])
    await reader.settle()
    expect(reader.received.filter(({ type }) => type === 'delete')).toEqual([])

    const answer = await li.post(`/admin/people/${id.bo}/purge`, { sure: '1' })
    const gone = [await reader.next('delete'), await reader.next('delete')].map(({ ref }) => ref)
    expect(gone.toSorted()).toEqual(ids)
    const texts = async () => {
      const { messages = [] } = await reader.ask({ type: 'history', room: 'lobby' }, 'history')
      return messages.map(({ data }) => data)
    }
    expect(await texts()).toEqual(['', '', 'mine'])
    const page = await li.get(answer.headers.location ?? '')
    const [, undo = ''] = /action="(\/admin\/audit\/\d+\/undo)"/.exec(page.body) ?? []
    expect(await li.post(undo, { to: `/admin/people/${id.bo}` })).toMatchObject({
      status: 303,
      headers: { location: expect.stringMatching(/^\/admin\/people\/4\?done=\d+$/) },
    })
    expect(await texts()).toEqual(['one', 'two', 'mine'])
  })
})

describe('admin › banned addresses', () => {
  it('can be added and lifted, and are refused in between', async (t) => {
    const { server, li } = await startAdminServer(t, { TRUST_PROXY: '127.0.0.1' })
    const far = { 'X-Forwarded-For': '2001:db8::7' }
    const comes = async () => (await new Visitor(server, far).post('/signin', { name: 'Eve' })).status
    expect(await comes()).toBe(303)
    const answer = await li.post('/admin/addresses', { range: ' 2001:db8::/32 ', days: 'ever' })
    const page = await li.get(answer.headers.location ?? '')
    expect(toldBy(page)).toEqual(['Li banned the IP addresses 2001:db8::/32: Forever'])
    expect(textOf(page.body)).toContain('2001:db8::/32 Forever Unban')
    expect(await comes()).toBe(403)
    await li.post('/admin/addresses/lift', { range: '2001:db8::/32' })
    expect(await comes()).toBe(303)
    expect(textOf((await li.get('/admin/addresses')).body)).toContain('No addresses are banned.')
  })
  it.for(['', 'x', '203.0.113', '203.0.113.0/33', '0.0.0.0/0', '::/0', '1.2.3.4/24/24', '1.2.3.4/x', 'example.org'])(
    'do not accept %j',
    async (range, t) => {
      const { li } = await startAdminServer(t)
      const answer = await li.post('/admin/addresses', { range, days: '1' })
      expect([answer.status, toldBy(answer)]).toEqual([400, [expect.stringContaining('Enter an IP address')]])
      expect(await log(li), 'what was done before').toEqual(['Li made Ada an admin', 'Li became the owner'])
    },
  )
  it('keep the chosen duration after a mistyped address', async (t) => {
    const { li } = await startAdminServer(t)
    const chosen = ({ body }: Answer) =>
      [...body.matchAll(/name="days" value="(\w+)" required checked/g)].map(([, v]) => v)
    expect(chosen(await li.get('/admin/addresses'))).toEqual(['1'])
    expect(chosen(await li.post('/admin/addresses', { range: '203.0.113', days: 'ever' }))).toEqual(['ever'])
  })
})

describe('admin › audit log', () => {
  it('lists the actions in the reader’s language, newest first', async (t) => {
    const { server, li, ada } = await startAdminServer(t)
    await ada.post(`/admin/people/${id.bo}/link`)
    expect(await log(li)).toEqual(['Ada created a password link for Bo', 'Li made Ada an admin', 'Li became the owner'])
    const chinese = new Visitor(server, { 'Accept-Language': 'zh' })
    await chinese.post('/signin', { name: 'Li', password })
    expect(await log(chinese)).toEqual(['Ada 为 Bo 创建了密码链接', 'Li 将 Ada 设为管理员', 'Li 成为所有者'])
  })
  it('lists every kind of action in a room, without details of a room that the reader cannot view', async (t) => {
    const { server, li, ada, mo, bo } = await startAdminServer(t, { RATE_LIMITS: 'off' })
    const [chat, guest] = [await mo.connect(), await bo.connect()]
    await guest.open('lobby')
    for (const kind of ['public', 'private'] as const) {
      const { room } = await chat.ask({ type: 'create', key: kind, kind, name: `${kind} tea` }, 'room')
      await chat.open(room)
      let keys = 0
      const action = (content: Record<string, unknown>, answer: ServerFrame['type'] = 'done') => {
        return chat.ask({ ...content, room, key: `${kind} ${++keys}` } as never, answer)
      }
      if (kind === 'public') await guest.open(room)
      else await action({ type: 'add', users: [id.bo] })
      await guest.open(room)
      const written = await guest.say(room, 'no')
      await action({ type: 'delete', ref: written }, 'sent')
      await action({ type: 'change', topic: 'Oolong', slowMs: 5_000 })
      await action({ type: 'invite', uses: 3, forMs: 60_000 }, 'invite')
      await action({ type: 'mute', user: id.bo, forMs: 600_000 })
      await action({ type: 'mute', user: id.bo, forMs: 0 })
      await action({ type: 'role', user: id.bo, role: 'moderator' })
      await action({ type: 'kick', user: id.bo })
      await action({ type: 'ban', user: id.bo })
      await action({ type: 'ban', user: id.bo, forMs: 0 })
    }
    const told = (await log(li)).reverse().slice(2)
    expect(told.filter((sentence) => sentence.includes('public tea'))).toEqual([
      expect.stringMatching(/^Mo deleted a message by Bo in public tea$/),
      'Mo changed public tea: topic and slow mode',
      'Mo created an invitation to public tea for 3 people',
      'Mo muted Bo in public tea: 10 minutes',
      'Mo unmuted Bo in public tea',
      'Mo made Bo a moderator of public tea',
      'Mo removed Bo from public tea',
      'Mo banned Bo from public tea: Forever',
      'Mo unbanned Bo from public tea',
    ])
    const hidden = told.filter((sentence) => sentence.includes('a private room'))
    expect(new Set(hidden)).toEqual(new Set(['Mo moderated a private room', 'Mo moderated Bo in a private room']))
    expect(hidden).toHaveLength(10)
    expect((await ada.get('/admin/log')).body).not.toContain('private tea')
    await server.stop()
  })
  it('undoes an action once, and marks it', async (t) => {
    const { li, bo } = await startAdminServer(t)
    await li.post(`/admin/people/${id.bo}/ban`, { days: 'ever' })
    const page = await li.get('/admin/log')
    const undos = [...page.body.matchAll(/action="(\/admin\/audit\/(\d+)\/undo)"/g)].map(([, path = '']) => path)
    expect(undos, 'of the ban and of the role').toHaveLength(2)
    const answer = await li.post(undos[0] ?? '')
    expect(answer).toMatchObject({
      status: 303,
      headers: { location: expect.stringMatching(/^\/admin\/log\?done=\d+$/) },
    })
    const after = await li.get('/admin/log')
    expect(textOf(after.body)).toContain('Undone')
    expect(after.body).not.toContain(`"${undos[0]}"`)
    expect((await bo.post('/signin', { name: 'Bo' })).status, 'Bo may sign in again').toBe(303)
    const again = await li.post(undos[0] ?? '')
    expect([again.status, toldBy(again)]).toEqual([403, ['You don’t have permission to do that.']])
  })
  it('does not let an admin undo actions by or on users above them', async (t) => {
    const { li, ada } = await startAdminServer(t)
    await li.post(`/admin/people/${id.mo}/ban`, { days: '1' })
    for (const action of [1, 2, 3, 99])
      expect((await ada.post(`/admin/audit/${action}/undo`)).status, String(action)).toBe(403)
    expect(await roleOf(ada)).toBe('admin')
  })
  it('redirects only to admin pages', async (t) => {
    const { li } = await startAdminServer(t)
    for (const to of ['//evil.example', 'https://evil.example', '/admin/../signout', '/adminx', '/admin\\evil', '']) {
      await li.post('/admin/addresses', { range: '203.0.113.0/24', days: '1' })
      const [, undo = ''] = /action="(\/admin\/audit\/\d+\/undo)"/.exec((await li.get('/admin/log')).body) ?? []
      const { headers } = await li.post(undo, { to })
      expect(headers.location, to).toMatch(/^\/admin\/log\?done=\d+$/)
    }
  })
  it('is shown in pages', async (t) => {
    const { li } = await startAdminServer(t, { RATE_LIMITS: 'off' })
    for (let i = 0; i < 60; i++) await li.post('/admin/addresses', { range: `203.0.113.${i}`, days: '1' })
    const first = await log(li)
    expect(first).toHaveLength(50)
    const { body } = await li.get('/admin/log')
    const [, older = ''] = /href="\/admin\/log(\?before=\d+)"/.exec(body) ?? []
    const rest = await log(li, older)
    expect(rest).toHaveLength(12)
    expect(rest.at(-1)).toBe('Li became the owner')
    expect(new Set([...first, ...rest]).size, 'each once').toBe(62)
    expect((await li.get(`/admin/log${older}`)).body).not.toContain('?before=')
  })
  it('does not report an action as done because the URL says so', async (t) => {
    const { li } = await startAdminServer(t)
    expect(toldBy(await li.get('/admin/log?done=2'))).toEqual(['Li made Ada an admin'])
    for (const done of ['99', 'x', '<b>', '0', '-1'])
      expect(toldBy(await li.get(`/admin/log?done=${done}`))).toEqual([])
  })
})

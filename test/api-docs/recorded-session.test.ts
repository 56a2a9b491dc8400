/** Everything that goes between a real server and its clients is valid by the documents, strictly. */
import { describe, expect, it } from 'vitest'
import { frames } from '../../src/server/api-docs/schemas/frames.ts'
import { commandNotes } from '../../src/server/api-docs/summaries.ts'
import { commands } from '../../src/shared/protocol/commands.ts'
import { botNamed } from '../support/clients/bots.ts'
import { openStream, poll } from '../support/clients/stream-client.ts'
import { sessionOfEverything } from '../support/every-frame.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'
import { pushSettings, startPushService } from '../support/services/push-service.ts'
import { HttpRecorder } from './http-recorder.ts'
import { faultIn } from './strict-schemas.ts'

type Frame = Record<string, unknown> & { type: string }

function faultsIn(received: readonly Frame[]): string[] {
  return [...new Set(received.flatMap((frame) => faultIn(frame, `frame-${frame.type}`) ?? []))]
}

describe('a recorded session over WebSockets', () => {
  it('has every command and every frame, each valid by its schema', async (t) => {
    const { sent, received } = await sessionOfEverything(t)
    const asked: Frame[] = sent.map((text) => JSON.parse(text))
    const missing = (all: string[], met: Frame[]) => all.filter((type) => !met.some((frame) => frame.type === type))
    expect(missing(Object.keys(commands), asked)).toEqual([])
    expect(missing(Object.keys(frames), received)).toEqual([])
    expect([...new Set(asked.flatMap((frame) => faultIn(frame, `command-${frame.type}`) ?? []))]).toEqual([])
    expect(faultsIn(received)).toEqual([])
  })
  it('has an error for each malformed frame, and errors that are valid', async (t) => {
    const { bo } = await startPopulatedServer(t)
    const wrong = ['no', '[]', '{}', { type: 'brew' }, { type: 'chat', room: tea }, { type: 'pins', room: 'none' }]
    for (const frame of [...wrong, { type: 'chat', room: tea, key: 'k', data: 'x'.repeat(4_001) }]) bo.chat.send(frame)
    await bo.chat.settle()
    const errors = bo.heard('error')
    expect(errors.map(({ code }) => code)).toEqual([
      ...['bad-frame', 'bad-frame', 'unknown-type', 'unknown-type', 'bad-field', 'not-in-room', 'too-long'],
    ])
    expect(faultsIn(errors)).toEqual([])
  })
  it('has only valid frames in the classic protocol', async (t) => {
    const { bo, owen } = await startPopulatedServer(t)
    const classic = await bo.visitor.connect({ protocol: undefined })
    await classic.next('list')
    await owen.chat.open('lobby')
    await owen.did({ type: 'chat', room: 'lobby', data: 'hello' })
    classic.send('x'.repeat(4_001))
    await classic.next('error')
    expect(classic.received.length).toBeGreaterThan(3)
    expect(classic.received.flatMap((frame) => faultIn(frame, 'ClassicFrame') ?? [])).toEqual([])
  })
  it('is refused with a field that the documents do not name', () => {
    const user = { id: 3, name: 'Li', image: 4 }
    expect(faultIn({ type: 'typing', room: tea, user }, 'frame-typing')).toBeUndefined()
    expect(faultIn({ type: 'typing', room: tea, user: { ...user, passwordHash: 'x' } }, 'frame-typing')).toMatch(
      /passwordHash/,
    )
    expect(faultIn({ type: 'pong', at: 1 }, 'frame-pong')).toMatch(/additional properties/)
    expect(faultIn({ type: 'closed' }, 'frame-closed')).toMatch(/required property 'room'/)
  })
})

/** A recorder, and a request of a user to the API. */
async function recordedServer(t: Cleanup) {
  const push = await startPushService(t)
  const { server, ...users } = await startPopulatedServer(t, await pushSettings(push))
  const recorder = new HttpRecorder(server.url)
  const by = (who: keyof typeof users) => ({ cookie: users[who].visitor.cookie })
  let keys = 0
  const command = (who: keyof typeof users, type: string, fields: Record<string, unknown> = {}) => {
    const hasKey = Object.hasOwn(commands[type as keyof typeof commands].entries, 'key')
    const body = { ...fields, ...(hasKey && { key: `k${++keys}` }) }
    return recorder.ask(`/api/${type}`, { method: 'POST', headers: by(who), body })
  }
  return { server, users, recorder, push, by, command }
}

describe('a recorded session over HTTP', () => {
  it('has every command as a request, each with its answer', async (t) => {
    const { users, recorder, push, command } = await recordedServer(t)
    const { bo, cai, eve, ada } = users
    const sent = (await command('bo', 'chat', { room: tea, data: '@Anna hello' })).body as { id: number }
    const ref = sent.id
    await command('bo', 'edit', { room: tea, ref, data: '@Anna hi' })
    await command('bo', 'react', { room: tea, ref, data: '🍵', on: true })
    await command('anna', 'unreact', { room: tea, ref, user: bo.id, data: '🍵' })
    await command('cai', 'pin', { room: tea, ref, on: true })
    for (const type of ['pins', 'files', 'commands', 'history', 'summary', 'members', 'typing'])
      await command('bo', type, { room: tea })
    await command('anna', 'next-mention', { room: tea, after: 0 })
    await command('anna', 'mentions')
    await command('anna', 'save', { room: tea, ref, on: true })
    await command('anna', 'saved')
    await command('anna', 'search', { query: 'hi', room: tea, limit: 1 })
    await command('anna', 'read', { room: tea, id: ref })
    await command('anna', 'unread', { room: tea, id: ref })
    await command('anna', 'read-all', { rooms: [tea] })
    await command('anna', 'notify', { room: tea, level: 'mentions' })
    await command('anna', 'notifications')
    await command('anna', 'set-notifications', { level: 'all', quiet: null })
    await command('anna', 'push-subscribe', push.newBrowser().subscription)
    await command('anna', 'push-test', { id: 1 })
    await command('anna', 'push-unsubscribe', { id: 1 })
    await command('eve', 'create', { kind: 'public', name: 'Eve’s' })
    const talk = (await command('eve', 'create', { kind: 'direct', users: [bo.id] })).body as { room: string }
    await command('bo', 'accept', { room: talk.room })
    await command('anna', 'change', { room: den, topic: 'Quiet' })
    await command('anna', 'users', { data: 'B' })
    await command('anna', 'add', { room: den, users: [eve.id] })
    const made = (await command('anna', 'invite', { room: den })).body as { invite: { id: number } }
    await command('anna', 'invites', { room: den })
    await command('anna', 'revoke', { room: den, id: made.invite.id })
    await command('bo', 'status', { text: 'Brewing', emoji: '🍵' })
    await command('bo', 'block', { user: eve.id, on: true })
    await command('bo', 'blocks')
    const muted = (await command('anna', 'mute', { room: den, user: bo.id, forMs: 60_000 })).body as { action: number }
    await command('anna', 'undo', { action: muted.action })
    await command('anna', 'ban', { room: den, user: bo.id, forMs: 60_000 })
    await command('anna', 'kick', { room: den, user: cai.id })
    await command('owen', 'role', { user: ada.id, role: 'admin' })
    await command('ada', 'delete-room', { room: 'Eve’s' })
    await command('ada', 'purge', { user: eve.id })
    await command('ada', 'audit')
    await command('cai', 'delete', { room: tea, ref })
    await command('bo', 'leave', { room: tea })
    expect(recorder.faults).toEqual([])
    const requests = Object.entries(commandNotes).filter(([type]) => !['open', 'close', 'ping'].includes(type))
    const expected = requests.map(([type, note]) => `POST /api/${type} ${'isSilent' in note ? 204 : 200}`)
    expect(expected.filter((name) => !recorder.met.has(name))).toEqual([])
  })
  it('has only statuses and errors that the document names', async (t) => {
    const { server, users, recorder, by, command } = await recordedServer(t)
    const post = (path: string, body: unknown, headers: Record<string, string> = by('bo')) =>
      recorder.ask(path, { method: 'POST', headers, body }, 'invalid')
    const reader = await botNamed(server, 'Reader', { canWrite: false })
    const room = { room: tea, key: 'same', data: 'hello' }
    expect((await post('/api/chat', room)).status).toBe(200)
    const seen = [
      await post('/api/chat', { room: tea }),
      await post('/api/chat', '[]', { ...by('bo'), 'content-type': 'application/json' }),
      await post('/api/chat', room, {}),
      await post('/api/chat', room, { authorization: 'Bearer wrong' }),
      await post('/api/chat', { ...room, key: 'new' }, reader.bearer),
      await post('/api/chat', room, { ...by('bo'), origin: 'https://elsewhere.example' }),
      await post('/api/chat', { ...room, room: 'none of us', key: 'n', reply: 4 }),
      await post('/api/pin', { room: tea, key: 'none', ref: 404, on: true }, by('anna')),
      await post('/api/edit', { room: tea, key: 'same', ref: 1, data: 'other' }),
      await post('/api/chat', { ...room, key: 'long', data: 'x'.repeat(4_001) }),
      await post('/api/chat', { ...room, key: 'large', data: 'x'.repeat(70_000) }),
      await post('/api/chat', 'text', { ...by('bo'), 'content-type': 'text/plain' }),
      await post('/api/create', { key: 'c', name: 'Tea' }, by('bo')),
    ].map(({ status }) => status)
    expect(new Set(seen)).toEqual(new Set([400, 401, 403, 404, 409, 413, 415]))
    await command('anna', 'change', { room: tea, readOnly: true })
    expect((await post('/api/chat', { ...room, key: 'closed' })).body).toMatchObject({ code: 'read-only' })
    for (const path of ['/api/me', '/api/rooms', '/api/stream']) {
      expect((await recorder.ask(path)).status).toBe(401)
      if (path !== '/api/stream') expect((await recorder.ask(path, { headers: by('bo') })).status).toBe(200)
    }
    expect((await recorder.ask('/api/stream', { headers: by('bo') })).status).toBe(400)
    expect((await recorder.ask(`/api/stream?room=${den}:`, { headers: by('eve') })).status).toBe(404)
    expect((await recorder.ask('/api/stream?room=tea:&wait=0', { headers: by('bo') })).status).toBe(200)
    expect(users.bo.id).toBeGreaterThan(0)
    expect(recorder.faults).toEqual([])
  })
  it('has refusals of users who are too fast, with the time to wait', async (t) => {
    const server = await startServer(t)
    const recorder = new HttpRecorder(server.url)
    const { cookie } = await server.signIn('Anna')
    const say = (key: number) =>
      recorder.ask('/api/chat', {
        method: 'POST',
        headers: { cookie },
        body: { room: 'lobby', key: `k${key}`, data: 'x' },
      })
    const answers = await Promise.all(Array.from({ length: 40 }, (_, key) => say(key)))
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(recorder.faults).toEqual([])
  })
  it('has sign-ins, webhooks, documents and pages as the document says', async (t) => {
    const { server, users, recorder, by } = await recordedServer(t)
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const signIn = (body: string) => recorder.ask('/signin', { method: 'POST', headers: form, body })
    expect((await signIn('name=Fresh')).status).toBe(200)
    expect((await signIn('name=')).status).toBe(400)
    expect((await signIn('name=Relay&password=wrong+one+here')).status).toBe(403)
    expect((await recorder.ask('/signin', { method: 'POST', body: { name: 'Fresh 2' } })).status).toBe(303)

    const page = await users.owen.visitor.post('/admin/hooks', { hook: 'Alerts', room: 'lobby' })
    const [, path = ''] = /(\/hooks\/[\w-]{43})/.exec(page.body) ?? []
    const hook = (body: unknown, headers = {}) => recorder.ask(path, { method: 'POST', headers, body })
    expect((await hook({ text: 'fire' }, { 'Idempotency-Key': 'one' })).status).toBe(200)
    expect((await hook({ text: 'water' }, { 'Idempotency-Key': 'one' })).status).toBe(409)
    expect((await hook('payload={"text":"form"}', { 'content-type': form['content-type'] })).status).toBe(200)
    expect((await hook({})).status).toBe(400)
    expect((await recorder.ask('/hooks/wrong', { method: 'POST', body: { text: 'x' } })).status).toBe(404)
    expect(
      (await recorder.ask(path, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }, 'invalid'))
        .status,
    ).toBe(415)

    for (const name of ['asyncapi', 'openapi']) expect((await recorder.ask(`/docs/${name}.json`)).status).toBe(200)
    expect((await recorder.ask('/healthz')).status).toBe(200)
    for (const place of ['/docs', '/signin', '/offline', '/shell']) expect((await recorder.ask(place)).status).toBe(200)
    for (const place of [
      '/',
      '/rooms/tea',
      '/rooms/tea/pins',
      '/mentions',
      '/saved',
      '/search?q=hi',
      '/account',
      '/admin',
      '/admin/log',
    ])
      expect((await recorder.ask(place, { headers: by('owen') })).status, place).toBe(200)
    expect((await recorder.ask('/admin', { headers: { ...by('bo'), accept: 'application/json' } })).status).toBe(404)
    expect((await recorder.ask('/')).status).toBe(302)
    await server.stop()
    expect(recorder.faults).toEqual([])
  })
  it('has an event stream and long polls whose frames are valid', async (t) => {
    const { server, users, by, recorder, command } = await recordedServer(t)
    const stream = await openStream(t, server, by('anna'), `welcome&room=${tea}:`)
    await stream.next('welcome')
    await stream.next('list')
    const { next } = await poll(server, by('bo'), `welcome&wait=0&room=${tea}:0`)
    await command('bo', 'chat', { room: tea, data: 'hello' })
    await command('bo', 'typing', { room: tea })
    await stream.next('chat')
    const polled = await poll(server, by('bo'), next)
    expect(faultIn(polled.body, 'Poll')).toBeUndefined()
    const opened = await poll(server, by('bo'), `wait=0&open=${encodeURIComponent(JSON.stringify({ room: tea }))}`)
    expect([...polled.frames, ...opened.frames].map(({ type }) => type)).toEqual(
      expect.arrayContaining(['chat', 'opened']),
    )
    await users.anna.visitor.post('/signout')
    const { frame } = await stream.nextWhere(({ event }) => event === 'closed')
    expect(faultIn(frame, 'Closed')).toBeUndefined()
    const received = stream.received.filter(({ event }) => event !== 'closed').map((one) => one.frame)
    expect(faultsIn([...received, ...polled.frames, ...opened.frames])).toEqual([])
    expect(recorder.faults).toEqual([])
  })
  it('is found wrong when a response is not as the document says', async (t) => {
    const { server, by } = await recordedServer(t)
    const recorder = new HttpRecorder(server.url)
    const headers = by('bo')
    await recorder.ask('/api/chat', {
      method: 'POST',
      headers,
      body: { room: tea, key: 'k', data: 'x', colour: 'red' },
    })
    await recorder.ask('/nowhere', { headers })
    expect(recorder.faults).toEqual([expect.stringContaining('colour'), 'GET /nowhere 404 is not in the document'])
  })
})

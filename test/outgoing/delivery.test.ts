/** Outgoing webhooks of a real server, to a real receiver. */
import { describe, expect, it } from 'vitest'
import { botNamed } from '../support/clients/bots.ts'
import { connect } from '../support/clients/client.ts'
import { ownerNamed, textOf, type Visitor } from '../support/clients/visitor.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { run } from '../support/server/program.ts'
import { type Cleanup, startServer, type TestServer, temporaryFolder } from '../support/server/server.ts'
import { isSigned, type Receiver, startReceiver, status } from '../support/services/webhook-receiver.ts'

async function serverWith(t: Cleanup, receiver: Receiver) {
  const record = recordedLog()
  const server = await startServer(t, { RATE_LIMITS: 'off', WEBHOOK_HOSTS: receiver.host }, record.log)
  const li = await ownerNamed(server, 'Li')
  return { server, li, record }
}

/** Makes a webhook on the page. @returns its secret */
async function webhook(li: Visitor, receiver: Receiver, more: Record<string, string> = {}): Promise<string> {
  const fields = { name: 'Relay', url: receiver.url, kind: 'messages', room: 'lobby', ...more }
  const { status, body } = await li.post('/admin/webhooks', fields)
  const [, secret] = /value="(whsec_[\w+/=]+)"/.exec(body) ?? []
  if (status !== 200 || secret === undefined) throw new Error(`No webhook was made: ${status} ${textOf(body)}`)
  return secret
}

async function inLobby(server: TestServer, name: string) {
  const chat = await (await server.signIn(name)).connect()
  await chat.open('lobby')
  return chat
}

describe('outgoing webhook', () => {
  it('sends each message of its room, signed, in order, and without those of its bot', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    const secret = await webhook(li, receiver)
    const anna = await inLobby(server, 'Anna')
    const ids: number[] = []
    for (let i = 0; i < 20; i++) ids.push(await anna.say('lobby', `message ${i} 茶`))
    const received = []
    for (let i = 0; i < 20; i++) received.push(await receiver.next())
    expect(received.map(({ body }) => body.data.message.data)).toEqual(ids.map((_, i) => `message ${i} 茶`))
    expect(received.map(({ body }) => body.data.message.id)).toEqual(ids)
    const [first] = received
    expect(first?.body).toEqual({
      type: 'message.created',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        room: { room: 'lobby', name: 'lobby' },
        bot: { id: expect.any(Number), name: 'Relay', image: -1, bot: true },
        message: {
          id: ids[0],
          type: 'chat',
          user: { id: expect.any(Number), name: 'Anna', image: expect.any(Number) },
          at: expect.any(Number),
          data: 'message 0 茶',
        },
      },
    })
    expect(first?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Teahouse' })
    expect(received.every((one) => isSigned(one, secret))).toBe(true)
    expect(received.some((one) => isSigned(one, 'whsec_d3Jvbmc='))).toBe(false)
    expect(Math.abs(Number(first?.headers['webhook-timestamp']) * 1000 - Date.now())).toBeLessThan(600_000)
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(20)
  })
  it('sends what mentions its bot, and not the rest', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver, { kind: 'mentions' })
    const anna = await inLobby(server, 'Anna')
    await anna.say('lobby', 'nothing')
    await anna.say('lobby', 'hello @Relay')
    expect((await receiver.next()).body).toMatchObject({
      type: 'bot.mentioned',
      data: { message: { data: 'hello @Relay', mentions: [{ name: 'Relay' }] } },
    })
    expect(receiver.received).toHaveLength(1)
  })
  it('is sent under the same id again until it is taken, and redirects are not followed', async (t) => {
    const receiver = await startReceiver(t)
    const target = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver)
    receiver.respond = (response) => response.writeHead(307, { location: target.url }).end()
    await (await inLobby(server, 'Anna')).say('lobby', 'one')
    const first = await receiver.next()
    receiver.respond = status(200)
    const second = await receiver.next()
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
    expect(second.text).toBe(first.text)
    expect(target.received).toEqual([])
    const page = await li.get('/admin/webhooks/1')
    expect(textOf(page.body)).toContain('redirects are not followed')
  })
  it('is paused by 410, and its maker is told by the bot, the page, the log and the audit log', async (t) => {
    const receiver = await startReceiver(t)
    const { li, record } = await serverWith(t, receiver)
    receiver.respond = status(410, 'go away')
    await webhook(li, receiver)
    const owner = await li.connect()
    await owner.open('lobby')
    await owner.say('lobby', 'one')
    const direct = await owner.nextWhere((frame) => frame.type === 'room' && String(frame.room).startsWith('~'))
    const { messages } = await owner.open(String(direct.room))
    const notice = messages?.length ? messages[0] : await owner.next('chat')
    expect(notice).toMatchObject({ user: { name: 'Relay' }, data: expect.stringContaining('/admin/webhooks/1') })
    expect(record.of('webhook-paused')).toMatchObject([{ reason: 'gone' }])
    expect(textOf((await li.get('/admin/bots')).body)).toContain('1 webhook was paused by the server.')
    expect(textOf((await li.get('/admin/webhooks/1')).body)).toMatch(/paused: the address answered 410 .* go away/)
    expect(textOf((await li.get('/admin/log')).body)).toContain('An outgoing webhook of Relay was paused')
    receiver.respond = status(200)
    await li.post('/admin/webhooks/1/resume')
    expect((await receiver.next()).body.data.message.data).toBe('one')
    expect((await receiver.next()).body.data.message.data).toBe('one')
  })
  it('sends nothing more of a room from which its bot was removed', async (t) => {
    const receiver = await startReceiver(t)
    const { li } = await serverWith(t, receiver)
    await webhook(li, receiver)
    const owner = await li.connect()
    await owner.open('lobby')
    await owner.say('lobby', 'one')
    const { bot } = (await receiver.next()).body.data
    await owner.ask({ type: 'kick', room: 'lobby', key: 'kick', user: bot.id }, 'done')
    await owner.say('lobby', 'two')
    await owner.ask({ type: 'create', kind: 'public', name: 'other', key: 'other' }, 'room')
    await webhook(li, receiver, { room: 'other' })
    await owner.open('other')
    await owner.say('other', 'three')
    expect((await receiver.next()).body.data.message.data).toBe('three')
    expect(receiver.received).toHaveLength(2)
  })
  it('sends a delivery again when an admin asks for it, and shows what became of it', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver)
    await (await inLobby(server, 'Anna')).say('lobby', 'one')
    const first = await receiver.next()
    const delivery = await shown(li, /name="delivery" value="(\d+)"/)
    receiver.respond = status(500, 'I am <b>broken</b>')
    expect((await li.post('/admin/webhooks/1/resend', { delivery })).status).toBe(303)
    expect((await receiver.next()).headers['webhook-id']).toBe(first.headers['webhook-id'])
    await shown(li, /(I am &lt;b&gt;broken)/)
    expect((await li.post('/admin/webhooks/1/resend', { delivery: '999' })).status).toBe(403)
    expect((await li.post('/admin/webhooks/2/resend', { delivery })).status).toBe(404)
  })
  it('loses nothing and keeps the order when the server is killed again and again', async (t) => {
    const receiver = await startReceiver(t)
    const DATA_DIR = temporaryFolder(t)
    const environment = { DATA_DIR, LOG_LEVEL: 'fatal', RATE_LIMITS: 'off', WEBHOOK_HOSTS: receiver.host }
    const made = await startServer(t, environment)
    await webhook(await ownerNamed(made, 'Li'), receiver)
    const { bearer } = await botNamed(made, 'Writer')
    await made.stop()
    const written: string[] = []
    for (let round = 0; round < 3; round++) {
      const program = run(t, { ...environment, PORT: '0' })
      const url = await program.url()
      const chat = await connect(`${url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', headers: bearer })
      await chat.open('lobby')
      for (let i = 0; i < 30; i++) {
        await chat.say('lobby', `${round} ${i}`, `${round} ${i}`)
        written.push(`${round} ${i}`)
      }
      // In the middle of the deliveries.
      await receiver.next()
      program.kill('SIGKILL')
      await program.ended
    }
    const last = run(t, { ...environment, PORT: '0' })
    await last.url()
    const texts = () => receiver.received.map(({ body }) => body.data.message.data as string)
    while (texts().at(-1) !== written.at(-1)) await receiver.next()
    const taken = texts()
    // A delivery is repeated at most once for each kill, directly after itself.
    const once = taken.filter((text, i) => text !== taken[i - 1])
    expect(once).toEqual(written)
    expect(taken.length - once.length).toBeLessThanOrEqual(3)
  })
})

describe('slash command of a bot', () => {
  const command = { kind: 'command', command: '/weather', description: 'How it is' }

  it('is sent to its webhook, and the answer is posted as a reply of the bot', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver, command)
    receiver.respond = status(200, '{"text":"*Sunny* in Berlin"}', 'application/json; charset=utf-8')
    const anna = await inLobby(server, 'Anna')
    const id = await anna.say('lobby', '/weather Berlin')
    expect((await receiver.next()).body).toMatchObject({
      type: 'command.called',
      data: { command: { name: 'weather', text: 'Berlin' }, message: { id, user: { name: 'Anna' } } },
    })
    const reply = await anna.nextWhere(({ type, reply }) => type === 'chat' && reply === id)
    expect(reply).toMatchObject({ user: { name: 'Relay' }, data: '**Sunny** in Berlin' })
    expect(receiver.received, 'the bot does not call itself').toHaveLength(1)
  })
  it('posts a plain text as it is, and nothing for an empty answer', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver, command)
    const anna = await inLobby(server, 'Anna')
    await anna.say('lobby', '/weather')
    await receiver.next()
    receiver.respond = status(200, 'It *rains*.')
    const id = await anna.say('lobby', '/weather x')
    const reply = await anna.nextWhere(
      ({ type, user }) => type === 'chat' && (user as { name: string }).name === 'Relay',
    )
    expect(reply).toMatchObject({ reply: id, data: 'It *rains*.' })
  })
  it('is called so after the message was edited', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver, command)
    const anna = await inLobby(server, 'Anna')
    let edited: Promise<unknown> | undefined
    receiver.respond = (response, received) => {
      edited ??= anna.ask({ type: 'edit', room: 'lobby', key: 'edit', ref: 1, data: 'never mind' }, 'sent')
      void edited.then(() => status(receiver.received.length > 1 ? 204 : 503)(response, received))
    }
    await anna.say('lobby', '/weather Berlin')
    expect((await receiver.next()).body.data.command).toEqual({ name: 'weather', text: 'Berlin' })
    const { data } = (await receiver.next()).body
    expect([data.message.data, data.command]).toEqual(['never mind', { name: 'weather', text: '' }])
  })
  it('brings no bot back that was removed before the answer', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver, command)
    const owner = await li.connect()
    await owner.open('lobby')
    let kicked: Promise<unknown> | undefined
    receiver.respond = (response, received) => {
      const { bot } = received.body.data
      kicked ??= owner.ask({ type: 'kick', room: 'lobby', key: 'kick', user: bot.id }, 'done')
      void kicked.then(() => status(200, 'It *rains*.')(response, received))
    }
    await owner.say('lobby', '/weather Berlin')
    const { bot } = (await receiver.next()).body.data
    await shown(li, /(delivered)/i)
    const { data } = await owner.ask({ type: 'members', room: 'lobby' }, 'members')
    expect(data.map(({ user }: { user: { id: number } }) => user.id)).not.toContain(bot.id)
    const anna = await inLobby(server, 'Anna')
    expect((await anna.ask({ type: 'history', room: 'lobby' }, 'history')).messages).toHaveLength(1)
  })
  it('tells the user why it was refused', async (t) => {
    const receiver = await startReceiver(t)
    const { server, li } = await serverWith(t, receiver)
    await webhook(li, receiver, command)
    receiver.respond = status(404, 'There is no such town.')
    const anna = await inLobby(server, 'Anna')
    const id = await anna.say('lobby', '/weather Atlantis')
    const reply = await anna.nextWhere(({ type, reply }) => type === 'chat' && reply === id)
    expect(reply.data).toBe('⚠️ /weather: There is no such town.')
    receiver.respond = status(204)
    const next = await anna.say('lobby', '/weather Berlin')
    expect((await receiver.next()).body.data.message.id).toBe(id)
    expect((await receiver.next()).body.data.message.id, 'the next one does not wait').toBe(next)
  })
})

/** What the page of the first webhook shows, as soon as it does. */
async function shown(li: Visitor, fits: RegExp): Promise<string> {
  for (;;) {
    const [, found] = fits.exec((await li.get('/admin/webhooks/1')).body) ?? []
    if (found !== undefined) return found
  }
}

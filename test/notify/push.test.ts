/** Notifications of a real server, pushed to a real push service. */
import { describe, expect, it } from 'vitest'
import { type Cleanup, type Person, startServer } from '../support/server/server.ts'
import { type PushService, pushSettings, startPushService } from '../support/services/push-service.ts'

async function pushingServer(t: Cleanup, settings: Record<string, string> = {}) {
  const service = await startPushService(t)
  const server = await startServer(t, { RATE_LIMITS: 'off', ...(await pushSettings(service)), ...settings })
  return { service, server }
}

async function api(url: string, cookie: string, command: string, fields: object = {}) {
  const response = await fetch(`${url}/api/${command}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ key: crypto.randomUUID(), ...fields }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: JSON that a test looks at
  return { status: response.status, body: (await response.json()) as any }
}

async function subscribe(url: string, { cookie }: Pick<Person, 'cookie'>, service: PushService, more: object = {}) {
  const browser = service.newBrowser()
  const { status, body } = await api(url, cookie, 'push-subscribe', { ...browser.subscription, ...more })
  if (status !== 200) throw new Error(`${status} ${body.message}`)
  service.applicationKey = body.push.key
  return { browser, frame: body }
}

describe('a push', () => {
  it('tells of a mention: encrypted, signed, with TTL, urgency and topic, and all that a worker needs', async (t) => {
    const { service, server } = await pushingServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const chat = await bo.connect()
    await chat.open('lobby')
    await (await anna.connect()).open('lobby')
    const { browser } = await subscribe(server.url, anna, service)
    const id = await chat.say('lobby', 'hello **@Anna**, <b>tea</b>?')
    const pushed = await service.next()
    expect(pushed.browser).toBe(browser)
    expect(pushed.data).toEqual({
      type: 'message',
      to: anna.user.id,
      room: 'lobby',
      roomName: 'lobby',
      id,
      epoch: expect.stringMatching(/^[0-9a-f]{32}$/),
      at: expect.any(Number),
      user: { id: bo.user.id, name: 'Bo', image: bo.user.image },
      count: 1,
      text: 'hello @Anna, <b>tea</b>?',
      title: 'Bo · lobby',
      body: 'hello @Anna, <b>tea</b>?',
      url: `/rooms/lobby/${id}`,
      tag: 'room-lobby',
      lang: 'en',
      badge: 1,
    })
    expect([pushed.ttl, pushed.urgency]).toEqual([86_400, 'high'])
    expect(pushed.topic).toMatch(/^[\w-]{32}$/)
    expect(service.faults).toEqual([])
  })
  it('is not sent to who has read the message, and is taken away from the other browsers of who reads it later', async (t) => {
    const { service, server } = await pushingServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const chat = await bo.connect()
    await chat.open('lobby')
    const reader = await anna.connect()
    await reader.open('lobby')
    await subscribe(server.url, anna, service)
    const read = await chat.say('lobby', 'read at once @Anna')
    reader.send({ type: 'read', room: 'lobby', id: read })
    await reader.settle()
    const id = await chat.say('lobby', 'read later @Anna')
    const first = await service.next()
    expect(first.data).toMatchObject({ id, count: 1 })
    reader.send({ type: 'read', room: 'lobby', id })
    const second = await service.next()
    expect(second.data).toEqual({ type: 'clear', to: anna.user.id, room: 'lobby', id, tag: 'room-lobby', badge: 0 })
    expect([second.urgency, second.topic]).toEqual(['low', first.topic])
    expect(service.received).toHaveLength(2)
  })
  it('has no text for who wants none, and is in the language of the browser', async (t) => {
    const { service, server } = await pushingServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const chat = await bo.connect()
    await chat.open('lobby')
    await (await anna.connect()).open('lobby')
    await subscribe(server.url, anna, service, { language: 'zh' })
    expect((await api(server.url, anna.cookie, 'set-notifications', { showsText: false })).status).toBe(200)
    await chat.say('lobby', 'a secret @Anna')
    await chat.say('lobby', 'another secret @Anna')
    const { data } = await service.next()
    expect(data).toMatchObject({ title: 'Bo · 大厅 (2)', body: '2 条新消息', lang: 'zh', count: 2 })
    expect(JSON.stringify(data)).not.toContain('secret')
  })
  it('is sent again when the push service says so, and to nobody whom it knows no more', async (t) => {
    const { service, server } = await pushingServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const chat = await bo.connect()
    await chat.open('lobby')
    await (await anna.connect()).open('lobby')
    const { browser: gone } = await subscribe(server.url, anna, service)
    const { browser: busy } = await subscribe(server.url, anna, service)
    service.respond = ({ browser }) => (browser === gone ? 410 : [429, { 'retry-after': '3600' }])
    await chat.say('lobby', '@Anna')
    for (let i = 0; i < 2; i++) await service.next()
    const isNoted = ({ subscriptions }: { subscriptions: { lastError?: unknown }[] }) =>
      subscriptions.length === 1 && subscriptions[0]?.lastError
    let frame = (await api(server.url, anna.cookie, 'notifications')).body
    while (!isNoted(frame)) frame = (await api(server.url, anna.cookie, 'notifications')).body
    expect(frame.subscriptions[0].lastError).toEqual({ at: expect.any(Number), reason: 'refused', status: 429 })
    service.respond = () => 201
    const { id } = frame.subscriptions[0]
    const tested = await api(server.url, anna.cookie, 'push-test', { id })
    expect(tested.body.tested).toEqual({ id, result: 'sent' })
    expect(tested.body.subscriptions[0].lastError).toBeUndefined()
    const test = await service.next()
    expect(test.browser).toBe(busy)
    expect(test.data).toMatchObject({ type: 'test', to: anna.user.id, title: 'Teahouse', lang: 'en', url: '/' })
    // The push service accepts again, and whatever wakes the notifier sends what waits.
    expect((await api(server.url, anna.cookie, 'set-notifications', { showsText: true })).status).toBe(200)
    const again = await service.next()
    expect(again.browser).toBe(busy)
    expect(again.data).toMatchObject({ type: 'message', to: anna.user.id, text: '@Anna' })
    expect(service.received.filter(({ browser }) => browser === gone)).toHaveLength(1)
  })
  it('goes only to known push services, from a server that knows its own address', async (t) => {
    const { service, server } = await pushingServer(t)
    const anna = await server.signIn('Anna')
    const { keys } = service.newBrowser().subscription
    const refused = async (endpoint: string, more: object = {}) => {
      const { status, body } = await api(server.url, anna.cookie, 'push-subscribe', { endpoint, keys, ...more })
      return `${status} ${body.message}`
    }
    for (const endpoint of [
      'https://push.example/x',
      'http://fcm.googleapis.com/x',
      'https://fcm.googleapis.com.example/x',
      'https://evil-fcm.googleapis.com/x',
      'https://fcm.googleapis.com:8443/x',
      'https://user@fcm.googleapis.com/x',
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'http://169.254.169.254/latest',
      'https://notify.windows.com.example/x',
    ])
      expect(await refused(endpoint), endpoint).toMatch(/^400 "endpoint" must be/)
    expect(await refused(`https://fcm.googleapis.com/${'x'.repeat(1_000)}`)).toMatch(/1000 characters/)
    const other = Buffer.alloc(65, 4).toString('base64url')
    expect(await refused('https://fcm.googleapis.com/x', { keys: { ...keys, p256dh: other } })).toMatch(/P-256/)
    expect(await refused('https://fcm.googleapis.com/x', { keys: { ...keys, auth: 'short' } })).toMatch(/"keys" must/)
    for (const endpoint of [
      'https://fcm.googleapis.com/fcm/send/x',
      'https://updates.push.services.mozilla.com/wpush/v2/x',
      'https://web.push.apple.com/x',
      'https://wns2-par02p.notify.windows.com/w/?token=x',
    ])
      expect(await refused(endpoint), endpoint).toMatch(/^200/)
    const unknown = await startServer(t)
    const bo = await unknown.signIn('Bo')
    const shown = await api(unknown.url, bo.cookie, 'notifications')
    expect(shown.body.push).toEqual({
      key: expect.stringMatching(/^[\w-]{87}$/),
      available: false,
      reason: 'no-origin',
    })
    const { status, body } = await api(unknown.url, bo.cookie, 'push-subscribe', service.newBrowser().subscription)
    expect([status, body.code]).toEqual([403, 'forbidden'])
  })
  it('is nothing for sessions that are not verified, and ends with the session', async (t) => {
    const { service, server } = await pushingServer(t)
    const anna = await server.signIn('Anna')
    const typed = await server.signIn('Anna')
    for (const command of ['notifications', 'set-notifications', 'push-subscribe', 'push-unsubscribe', 'push-test']) {
      const fields = { id: 1, ...service.newBrowser().subscription }
      expect((await api(server.url, typed.cookie, command, fields)).status, command).toBe(403)
    }
    const { frame } = await subscribe(server.url, anna, service)
    expect(frame.subscriptions).toMatchObject([{ current: true }])
    const bo = await server.signIn('Bo')
    const chat = await bo.connect()
    await chat.open('lobby')
    await api(server.url, bo.cookie, 'push-unsubscribe', { id: frame.subscriptions[0].id })
    await (await anna.connect()).open('lobby')
    await chat.say('lobby', '@Anna')
    await service.next()
    await anna.signOut()
    await chat.say('lobby', '@Anna again')
    await subscribe(server.url, bo, service)
    const annaAgain = await server.signIn('Ann')
    const other = await annaAgain.connect()
    await other.open('lobby')
    await other.say('lobby', '@Bo')
    expect((await service.next()).data).toMatchObject({ to: bo.user.id, text: '@Bo' })
    expect(service.received).toHaveLength(2)
  })
})

/** A thousand browsers get each notification, although the server is killed in the middle of sending, again and again. */
import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { hashOf, newToken } from '../../src/server/auth/tokens.ts'
import { newVapidKeys } from '../../src/server/notify/push.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { connect } from '../support/clients/client.ts'
import { userNamed } from '../support/clients/users.ts'
import { run } from '../support/server/program.ts'
import { temporaryFolder } from '../support/server/server.ts'
import { type PushBrowser, pushSettings, startPushService } from '../support/services/push-service.ts'

const subscribers = 1_000
const kills = 3

it(`reaches ${subscribers} subscribers through ${kills} kills: nothing is lost, and each kill repeats what was under way and nothing else`, async (t) => {
  const service = await startPushService(t)
  const DATA_DIR = temporaryFolder(t)
  const store = openSqliteStore(DATA_DIR)
  await store.rooms.open('lobby', 1)
  service.applicationKey = (await store.notifications.vapidKeys(newVapidKeys())).publicKey
  const browsers: PushBrowser[] = []
  const signedIn = async (name: string) => {
    const user = await userNamed(store, name)
    await store.rooms.join(user.id, 'lobby')
    const token = newToken(32)
    const { session } = await store.sessions.start({
      tokenHash: hashOf(token),
      user,
      at: Date.now(),
      credential: { type: 'store' },
    })
    return { user, session, token }
  }
  for (let i = 0; i < subscribers; i++) {
    const { user, session } = await signedIn(`Reader ${i}`)
    const browser = service.newBrowser()
    browsers.push(browser)
    const { endpoint, keys } = browser.subscription
    await store.notifications.subscribe({
      userId: user.id,
      session: session.id,
      endpoint,
      ...keys,
      language: 'en',
      at: Date.now(),
    })
    await store.notifications.set(user.id, { level: 'all' })
  }
  const { token } = await signedIn(`Writer ${randomBytes(2).toString('hex')}`)
  await store.close()
  const settings = await pushSettings(service)
  const environment = { DATA_DIR, LOG_LEVEL: 'fatal', RATE_LIMITS: 'off', ...settings }
  /** How often each browser got each message. */
  const got = (id: number) => {
    const counts = new Map<PushBrowser, number>()
    for (const { browser, data } of service.received) {
      if (data.type === 'message' && data.id === id) counts.set(browser, (counts.get(browser) ?? 0) + 1)
    }
    return counts
  }
  const cookie = `session-${settings.PORT}=${token}`
  let id = 0
  // One message; the server is killed three times before all have it.
  for (let round = 0; round <= kills; round++) {
    const program = run(t, environment)
    const url = await program.url()
    if (round === 0) {
      const chat = await connect(`${url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
      await chat.open('lobby')
      id = await chat.say('lobby', 'to all of you')
      await chat.close()
    }
    const enough = round === kills ? subscribers : ((round + 1) * subscribers) / (kills + 2)
    while (got(id).size < enough) await service.next()
    program.kill('SIGKILL')
    await program.ended
  }
  const counts = got(id)
  expect(
    browsers.filter((browser) => !counts.has(browser)),
    'nobody is left out',
  ).toEqual([])
  const repeats = [...counts.values()].filter((count) => count > 1)
  // What is under way at a kill is sent again first, and may be under way at the next one too.
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(1 + kills)
  // So many are sent at once: the server did not note what had become of these.
  const repeated = repeats.reduce((sum, count) => sum + count - 1, 0)
  expect(repeated).toBeLessThanOrEqual(16 * kills)
  expect(service.faults).toEqual([])
  console.log(`${service.received.length} pushes to ${subscribers} browsers, ${repeated} of them repeats`)
})

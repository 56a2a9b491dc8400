import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sessionCookie } from '../../../../src/server/auth/sessions.ts'
import { closeCodes } from '../../../../src/shared/protocol/close-codes.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Person, startServer, type TestServer } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'
import { faultyHeaders } from '../../http/cookies.ts'
import { requestOf, sendHeads, sendRaw } from '../../http/raw.ts'
import { countSessionQueries } from '../../server/session-queries.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const goodOnes = { smallest: 1, short: 20, long: 200 }
/** As many of them are tried at the upgrade too, which costs a connection each. */
const oneInUpgrades = 10
const inOneGo = 100

export default {
  what: 'Forged, cut, bit-flipped, expired and renamed cookies, on pages and upgrades: none is accepted, none hides the valid cookie beside it, and a malformed one costs no query (SECURITY-REVIEW 17, FAULTS 11).',
  atLeast: { smallest: 500, short: 10_000, long: 100_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const tokens = await Promise.all(
      Array.from({ length: goodOnes[size] }, async (_, i) => tokenOf(await server.signIn(`Anna ${i}`))),
    )
    const [first = ''] = tokens
    const queries = await countSessionQueries(t, first)
    // That of the port, and that of the releases before.
    const names = [sessionCookie(String(server.port)), 'identity']
    for (const name of names) {
      premise(await isAccepted(server.port, `${name}=${first}`), `a good cookie ${name} is refused too`)
      premise(await opensSocket(server.port, `${name}=${first}`), `a good cookie ${name} opens no socket`)
    }
    premise(queries() === 1, `the good one was asked for ${queries()} times`)

    const cookies = [...new Set(tokens.flatMap((token, i) => faultyHeaders(token, names[i % 2] ?? '')))]
    const malformed = cookies.filter((cookie) => !isWellFormed(cookie, names))
    await tryAll(server.port, malformed, tally)
    tally.count(queries() === 1, `${queries() - 1} queries were made for what cannot be a cookie of ours`)
    await tryAll(
      server.port,
      cookies.filter((cookie) => isWellFormed(cookie, names)),
      tally,
    )
    const asked = `${cookies.length - malformed.length} others cost ${queries() - 1} queries, a tenth of them tried twice`
    tally.notes.push(`${malformed.length} that cannot be one cost no query; ${asked}`)
    await tryThoseOfThePast(server, tally)
    await tryOtherPlaces(server.port, first, tally)
    for (const value of ['', 'x', 'A'.repeat(43)]) {
      for (const [name, other] of names.flatMap((name) => names.map((other) => [name, other] as const))) {
        for (const pairs of [
          [`${other}=${value}`, `${name}=${first}`],
          [`${name}=${first}`, `${other}=${value}`],
        ]) {
          tally.count(await isAccepted(server.port, pairs.join('; ')), `${pairs} shuts out the good one`)
        }
      }
    }
    premise(await isAccepted(server.port, `${names[0]}=${first}`), 'the good cookie is no longer accepted')
    return tally
  },
} satisfies Battery

/** Whether it could be the cookie of a session: then it may cost a query. */
function isWellFormed(cookie: string, names: string[]): boolean {
  const pairs = cookie.split(';').map((pair) => pair.trim())
  return pairs.some((pair) => names.some((name) => pair.startsWith(`${name}=`) && /^[^=]+=[\w-]{43}$/.test(pair)))
}

async function tryAll(port: number, cookies: string[], tally: Tally): Promise<void> {
  // These end a connection, and with it whatever else is asked on it.
  const [lone, others] = [cookies.filter(isNoHeader), cookies.filter((cookie) => !isNoHeader(cookie))]
  await mapConcurrently(lone, 8, async (cookie) => {
    const { status } = await sendRaw(port, askingWith(port, cookie, 'close'))
    tally.count(status === 400, `${JSON.stringify(cookie)} on a page: ${status}`)
  })
  await mapConcurrently(inGroups(others, inOneGo), 4, async (group) => {
    const statuses = await sendHeads(
      port,
      group.map((cookie) => askingWith(port, cookie, 'keep-alive')),
    )
    for (const [i, cookie] of group.entries()) {
      tally.count(statuses[i] === 302, `${JSON.stringify(cookie)} on a page: ${statuses[i]}`)
    }
  })
  await mapConcurrently(
    others.filter((_, i) => i % oneInUpgrades === 0),
    8,
    async (cookie) => {
      tally.count(!(await opensSocket(port, cookie)), `${JSON.stringify(cookie)} opened a socket`)
    },
  )
}

function isNoHeader(cookie: string): boolean {
  return [...cookie].some((c) => (c < ' ' && c !== '\t') || c === '\x7f')
}

function askingWith(port: number, cookie: string, connection: 'close' | 'keep-alive'): Buffer {
  return requestOf('HEAD', '/', { Host: `127.0.0.1:${port}`, Cookie: cookie, Connection: connection })
}

async function isAccepted(port: number, cookie: string): Promise<boolean> {
  return (await sendRaw(port, askingWith(port, cookie, 'close'))).status === 200
}

async function opensSocket(port: number, cookie: string): Promise<boolean> {
  const raw = new RawConnection(port)
  raw.write(
    Buffer.from(upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie, host: `127.0.0.1:${port}` }), 'latin1'),
  )
  await raw.until(() => raw.frames.length > 0)
  raw.reset()
  return raw.frames.length > 0 && raw.closeCode !== closeCodes.invalidUser
}

async function tryThoseOfThePast(server: TestServer, tally: Tally): Promise<void> {
  const [expired, idle, ended] = [
    await server.signIn('Expired'),
    await server.signIn('Idle'),
    await server.signIn('Ended'),
  ]
  const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
  const makeOld = (column: string, { id }: User) =>
    database.prepare(`update sessions set ${column} = 1 where user_id = ?`).run(id)
  makeOld('started_at', expired.user)
  makeOld('seen_at', idle.user)
  database.close()
  premise(await isAccepted(server.port, ended.cookie), 'a session that has not ended is over')
  await ended.signOut()
  for (const [name, { cookie }] of Object.entries({ expired, idle, ended })) {
    tally.count(!(await isAccepted(server.port, cookie)), `one that is ${name} is accepted on a page`)
    tally.count(!(await opensSocket(server.port, cookie)), `one that is ${name} opened a socket`)
  }
}

/** A token that stands elsewhere than in the cookie is none. */
async function tryOtherPlaces(port: number, token: string, tally: Tally): Promise<void> {
  const headers = ['Authorization', 'Cookie2', 'X-Cookie', 'Set-Cookie', 'Identity', 'Sec-WebSocket-Protocol']
  for (const name of headers) {
    for (const value of [token, `identity=${token}`, `Bearer ${token}`]) {
      const { status } = await sendRaw(port, requestOf('HEAD', '/', { Host: `127.0.0.1:${port}`, [name]: value }))
      tally.count(status === 302, `${name}: ${value} is accepted`)
    }
  }
  const { status } = await sendRaw(port, requestOf('HEAD', `/?identity=${token}&token=${token}`))
  tally.count(status === 302, 'a token in a query is accepted')
}

function inGroups<Item>(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

function tokenOf({ cookie }: Person): string {
  return cookie.slice(cookie.indexOf('=') + 1)
}

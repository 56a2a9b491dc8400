import { openSqliteStore } from '../../../../src/server/store/sqlite/open.ts'
import type { Store } from '../../../../src/server/store/store.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { ServerProcess } from '../../../proof/server.ts'
import { type ChatClient, connect } from '../../../support/clients/client.ts'
import { userNamed } from '../../../support/clients/users.ts'
import { type Cleanup, identityOf, temporaryFolder } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

const rooms = { smallest: 1, short: 4, long: 20 }
const messages = { smallest: 200, short: 250, long: 1_000 }
const rounds = { smallest: 5, short: 9, long: 25 }
/** What a text costs that is looked at grows with it, a thousandfold here; a busy machine makes no such difference. */
const maxTimes = 5
const slackMs = 25

/** Two users with as much unread: of the one a few letters each, of the other as long as can be, and to be searched for names. */
const texts = { Light: 'hello', Heavy: `@${'👍'.repeat(limits.maxMessageCharacters - 1)}` }
type Name = keyof typeof texts
const names = Object.keys(texts) as Name[]

/** As guests would have filled them, who may write for as long as they like. */
async function fill(dataDir: string, size: Size): Promise<void> {
  const store = openSqliteStore(dataDir)
  const writer = await userNamed(store, 'Writer')
  await store.rooms.open('lobby', 1)
  for (const name of names) {
    const reader = await userNamed(store, name)
    await store.rooms.join(reader.id, 'lobby')
    for (let i = 0; i < rooms[size]; i++)
      await fillRoom(store, { room: `${name} ${i}`, writer, reader }, texts[name], size)
  }
  await store.close()
}

async function fillRoom(
  store: Store,
  { room, writer, reader }: { room: string; writer: User; reader: User },
  data: string,
  size: Size,
): Promise<void> {
  await store.rooms.open(room, 1)
  await store.rooms.join(reader.id, room)
  const all = Array.from({ length: messages[size] }, (_, i) =>
    store.log.append({ type: 'chat', room, user: writer, key: `${room} ${i}`, data, at: 1 }),
  )
  await Promise.all(all)
}

class Visitor {
  readonly #server: ServerProcess
  readonly #cookie: string

  constructor(server: ServerProcess, cookie: string) {
    this.#server = server
    this.#cookie = cookie
  }

  static async of(server: ServerProcess, name: string): Promise<Visitor> {
    const body = new URLSearchParams({ name })
    return new Visitor(
      server,
      identityOf(await fetch(`${server.url}/signin`, { method: 'POST', body, redirect: 'manual' })),
    )
  }

  connect(): Promise<ChatClient> {
    return connect(`ws://127.0.0.1:${this.#server.port}/ws/chat`, { protocol: 'chat.v1', cookie: this.#cookie })
  }

  /** How many unread messages the server counts, and how long it takes to say so. */
  async comesIn(): Promise<{ unread: number; ms: number }> {
    const began = performance.now()
    const chat = await this.connect()
    const { rooms } = await chat.next('welcome')
    const ms = performance.now() - began
    await chat.close()
    return { unread: rooms.reduce((sum, { unread }) => sum + unread, 0), ms }
  }

  async loads(): Promise<{ status: number; ms: number }> {
    const began = performance.now()
    const response = await fetch(this.#server.url, { headers: { cookie: this.#cookie } })
    await response.text()
    return { status: response.status, ms: performance.now() - began }
  }
}

async function pingMs(chat: ChatClient): Promise<number> {
  const began = performance.now()
  await chat.settle()
  return performance.now() - began
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function measure(t: Cleanup, server: ServerProcess, size: Size) {
  const ordinaryUser = await (await Visitor.of(server, 'Ordinary user')).connect()
  t.onTestFinished(() => ordinaryUser.close())
  const took = {
    welcome: { Light: [], Heavy: [] },
    page: { Light: [], Heavy: [] },
    ping: { Light: [], Heavy: [] },
  } as Record<'welcome' | 'page' | 'ping', Record<Name, number[]>>
  const visitors = { Light: await Visitor.of(server, 'Light'), Heavy: await Visitor.of(server, 'Heavy') }
  // One after the other, so that what else the machine does holds up both alike.
  for (let round = 0; round < rounds[size]; round++) {
    for (const name of names) {
      const [entered, page, ping] = await Promise.all([
        visitors[name].comesIn(),
        visitors[name].loads(),
        pingMs(ordinaryUser),
      ])
      premise(entered.unread === rooms[size] * messages[size], `${name} has ${entered.unread} unread messages`)
      premise(page.status === 200, `${name} does not see the page: ${page.status}`)
      took.welcome[name].push(entered.ms)
      took.page[name].push(page.ms)
      took.ping[name].push(ping)
    }
  }
  return took
}

export default {
  what: 'Rooms full of long texts with an @: they cost the users who have them unread, and others, no more than rooms of short texts.',
  atLeast: { smallest: 3, short: 3, long: 3 },

  async run(size, t) {
    const tally = new Tally()
    const dataDir = temporaryFolder(t)
    await fill(dataDir, size)
    const server = await ServerProcess.start({ dataDir, environment: { RATE_LIMITS: 'off' } })
    t.onTestFinished(() => server[Symbol.asyncDispose]())
    for (const [what, { Light, Heavy }] of Object.entries(await measure(t, server, size))) {
      const [light, heavy] = [median(Light), median(Heavy)]
      tally.count(
        heavy <= maxTimes * light + slackMs,
        `${what}: ${heavy.toFixed(1)} ms with long texts, ${light.toFixed(1)} ms with short ones (SECURITY-REVIEW 2)`,
      )
      tally.notes.push(`${what}: ${heavy.toFixed(1)} ms with long texts, ${light.toFixed(1)} ms with short ones`)
    }
    return tally
  },
} satisfies Battery

/** Random batches are stored the same with the rules of plain messages together, one by one, and on SQLite. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { NewEntry } from '../../src/server/store/contracts/log.ts'
import type { Store } from '../../src/server/store/store.ts'
import { forever } from '../../src/shared/durations.ts'
import type { Message, User } from '../../src/shared/protocol/types.ts'
import { parseSearch } from '../../src/shared/search/query.ts'
import { postgresBackend, sqliteBackend } from '../store/backends.ts'
import type { Backend } from '../store/contract/contract.ts'
import { StoreFixture } from '../store/fixture.ts'
import { viewer } from '../support/clients/users.ts'
import type { Cleanup } from '../support/server/server.ts'
import { PostgresServer } from '../support/services/postgres.ts'

/** How many messages were stored together, and whether they are. */
const { together } = vi.hoisted(() => ({
  together: { isOff: false, count: 0, replies: 0, mentions: 0, texts: new Set<string>() },
}))
vi.mock(import('../../src/server/store/postgres/plain/messages.ts'), async (original) => {
  const module = await original()
  return { ...module, plainMessagesIn: (batch) => (together.isOff ? [] : module.plainMessagesIn(batch)) }
})
vi.mock(import('../../src/server/store/postgres/plain/statements.ts'), async (original) => {
  const module = await original()
  return {
    ...module,
    async storePlain(client, stored) {
      together.count += stored.entries.length
      for (const { data } of stored.entries) together.texts.add(data)
      together.replies += stored.addressed.filter(({ ref }) => ref !== null).length
      together.mentions += stored.addressed.filter(({ user_id }) => user_id !== null).length
      await module.storePlain(client, stored)
    },
  }
})

let server: PostgresServer

beforeAll(async () => {
  server = await PostgresServer.start()
}, 120_000)

afterAll(async () => {
  await server?.stop()
})

const batches = 12
const writesPerBatch = 80
const begin = 1_700_000_000_000

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number) => Math.floor(next() * count)
  return { below, oneOf: <Value>(values: readonly Value[]) => values[below(values.length)] as Value }
}

const names = ['open', 'slow', 'silent', 'archived', 'hidden', 'pair', 'request', 'deleted', 'left'] as const
const [open, slow, silent, archived, hidden, pair, request, deleted, left] = names
const rooms = [
  open,
  open,
  open,
  open,
  open,
  open,
  slow,
  silent,
  archived,
  hidden,
  pair,
  request,
  deleted,
  left,
  'nowhere',
]

/** Rooms of every kind, with people of every kind in them. */
async function prepare(t: Cleanup, backend: Backend) {
  const teahouse = await StoreFixture.open(t, backend)
  const { store, owen, ada, anna, cai, bo, eve } = teahouse
  const at = begin - 1_000
  for (const room of [open, slow, silent, archived, deleted, left]) {
    await teahouse.create(anna, { address: room, key: room, at })
    for (const { id } of [ada, cai, bo]) await store.rooms.join(id, room)
  }
  await teahouse.create(anna, { kind: 'private', address: hidden, key: 'hidden', users: [cai.id], at })
  await teahouse.create(anna, { kind: 'direct', address: pair, key: 'pair', users: [cai.id], at })
  await teahouse.create(eve, { kind: 'direct', address: request, key: 'request', users: [cai.id], at })
  const change = (room: string, data: object) =>
    teahouse.moderate(anna, { type: 'change', room, data } as never, { at })
  await change(slow, { slowMs: 60 })
  await change(silent, { readOnly: true })
  await change(archived, { archived: true })
  await teahouse.moderate(anna, { type: 'mute', room: open, user: bo.id, until: begin + 6_000 }, { at: begin })
  await teahouse.moderate(anna, { type: 'ban', room: left, user: bo.id, until: forever, ranges: [] } as never, { at })
  await teahouse.moderate(anna, { type: 'kick', room: left, user: cai.id }, { at })
  await teahouse.moderate(anna, { type: 'block', user: bo.id, isOn: true } as never, { at })
  await teahouse.moderate(owen, { type: 'delete-room', room: deleted } as never, { at })
  return { teahouse, store, users: [owen, ada, anna, cai, bo, eve] }
}

type Written =
  | { type: 'write'; entry: NewEntry }
  | { type: 'read'; user: User; room: string; id: number }
  | { type: 'join'; user: User; room: string }

/** @param counts how many entries the rooms may have by now */
function randomBatches(seed: number, users: readonly User[]): Written[][] {
  const random = randomOf(seed)
  const texts = [
    'green tea',
    'one tea',
    'two teas',
    'three',
    'four',
    'five',
    'black tea',
    'milk',
    '',
    'see https://tea.example',
    '茶 上海',
    'hello @Anna',
    '@Anna, @bo and @Nobody',
    '@Cai `@Bo` @cai @Eve',
    '@all',
    '  ',
    'it\'s \\ "quoted"',
  ]
  /** A key belongs to a room within a batch: between rooms that are written to at once there is no order. */
  const keys: { key: string; entry: NewEntry }[] = []
  return Array.from({ length: batches }, (_, batch) => {
    const before = [...keys]
    return Array.from({ length: writesPerBatch }, (_, i): Written => {
      const [user, room] = [random.oneOf(users), random.oneOf(rooms)]
      const what = random.below(50)
      if (what === 0) return { type: 'read', user, room, id: random.below(60) }
      if (what === 1) return { type: 'join', user, room: random.oneOf([open, slow]) }
      const again = what === 2 ? random.oneOf(keys) : what === 3 ? random.oneOf(before) : undefined
      const key = again ? again.key : `${batch} ${i}`
      const content =
        what === 4
          ? ({ type: 'react', ref: 1 + random.below(5), data: '🍵', on: random.below(3) > 0 } as const)
          : what === 5
            ? ({ type: 'edit', ref: 1 + random.below(5), data: random.oneOf(texts) } as const)
            : what === 6
              ? ({ type: 'delete', ref: 1 + random.below(5) } as const)
              : ({
                  type: 'chat',
                  data: room === hidden && random.below(3) > 0 ? 'said in private' : random.oneOf(texts),
                  // To messages of before, of the same batch and to some that are not there.
                  ...(what >= 7 && what < 17 && { reply: 1 + random.below(what < 12 ? 5 : 80) }),
                } as const)
      const sight = {
        ...(random.below(15) === 0 && { unverified: true }),
        ...(random.below(15) === 0 && { onlyInvited: true }),
      }
      const at = begin + batch * 1_000 + i - random.below(5)
      let entry: NewEntry = { ...content, room, user, key, at, ...sight }
      // Again as it was, with another text, or in another room.
      if (again) entry = { ...again.entry, at }
      if (what === 2 && random.below(2) === 0) entry = { ...entry, data: 'another text' } as NewEntry
      if (what === 3 && random.below(2) === 0) entry = { ...entry, room }
      if (!again) keys.push({ key, entry })
      return { type: 'write', entry }
    })
  })
}

async function answersTo(store: Store, batch: readonly Written[]) {
  const settled = await Promise.allSettled(
    batch.map((one): Promise<unknown> => {
      if (one.type === 'write') return store.log.append(one.entry)
      if (one.type === 'read') return store.rooms.markRead(one.user, one.room, one.id)
      return store.rooms.join(one.user.id, one.room)
    }),
  )
  return settled.map((one) => {
    if (one.status === 'fulfilled') return withoutNumber(one.value)
    const { code, message, retryAfterMs } = one.reason
    return { code, message, retryAfterMs }
  })
}

/** Moderation actions are numbered over all rooms, and between those there is no order. */
function withoutNumber(value: unknown): unknown {
  const isAppended = typeof value === 'object' && value !== null && 'action' in value
  return isAppended ? { ...value, action: typeof value.action } : value
}

/** By room: between rooms that are written to at once there is no order. */
async function addressedTo(store: Store, user: User) {
  const found = new Map<string, Message[]>()
  let next: number | undefined
  do {
    const page = await store.log.addressed(viewer(user), next)
    for (const message of page.messages) found.set(message.room, [...(found.get(message.room) ?? []), message])
    next = page.next
  } while (next !== undefined)
  return found
}

async function storedIn({ store, users }: Awaited<ReturnType<typeof prepare>>) {
  const found = []
  for (const room of new Set(rooms)) {
    const members = []
    for (const { id } of users) members.push(await store.rooms.membership(id, room))
    const searches = []
    for (const text of ['tea', 'milk', '上海', 'quoted']) {
      const { messages } = await store.search.find(viewer(users[2] as User), parseSearch(text), {
        limit: 50,
        room,
      } as never)
      searches.push(messages.filter((one) => one.room === room))
    }
    const { messages } = await store.log.messages(room, {}, 1_000)
    found.push({ room, entries: await store.log.entriesAfter(room, 0, 1_000), messages, members, searches })
  }
  const addressed = []
  for (const user of users) addressed.push(await addressedTo(store, user))
  return { found, addressed }
}

// `PLAIN_SEEDS` names others.
it.for((process.env.PLAIN_SEEDS ?? '1 2 3 4').split(' ').map(Number))(
  'messages that are stored together are stored as one by one: seed %i',
  async (seed, t) => {
    const places = [
      await prepare(
        t,
        postgresBackend(() => server),
      ),
      await prepare(
        t,
        postgresBackend(() => server),
      ),
      await prepare(t, sqliteBackend),
    ] as const
    const users = places.map((place) => place.users)
    expect(users[1]).toEqual(users[0])
    expect(users[2]).toEqual(users[0])
    Object.assign(together, { count: 0, replies: 0, mentions: 0 })
    together.texts.clear()
    const codes = new Set<string>()
    for (const [i, batch] of randomBatches(seed, places[0].users).entries()) {
      const answers = []
      for (const [which, { store }] of places.entries()) {
        together.isOff = which === 1
        answers.push(await answersTo(store, batch))
      }
      for (const answer of answers[0] ?? []) codes.add((answer as { code?: string })?.code ?? 'stored')
      expect(answers[0], `batch ${i}, not together`).toEqual(answers[1])
      expect(answers[0], `batch ${i}, SQLite`).toEqual(answers[2])
    }
    together.isOff = false
    const [here, alone, sqlite] = [await storedIn(places[0]), await storedIn(places[1]), await storedIn(places[2])]
    expect(here).toEqual(alone)
    expect(here).toEqual(sqlite)
    // Else this would say nothing.
    expect(together.count).toBeGreaterThan(30)
    expect(together.replies).toBeGreaterThan(5)
    expect(together.mentions).toBeGreaterThan(5)
    expect([...together.texts]).toContain('said in private')
    for (const code of ['stored', 'muted', 'too-fast', 'read-only', 'no-such-room', 'bad-field', 'not-in-room'])
      expect([...codes]).toContain(code)
  },
)

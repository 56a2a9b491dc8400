/** Entries whose publication comes late: those that followed were there before, or another room has the address now. */

import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { LocalBackplane } from '../../src/server/backplane/local.ts'
import type { ChatConnection } from '../../src/server/chat/connection.ts'
import { Hub } from '../../src/server/chat/hub.ts'
import { encodeFrame } from '../../src/server/chat/output-buffer.ts'
import type { Publication } from '../../src/server/chat/publication.ts'
import type { Log } from '../../src/server/log.ts'
import type { Store } from '../../src/server/store/store.ts'
import type { Entry } from '../../src/shared/protocol/types.ts'
import { takeFrames } from '../attack/socket/frames.ts'

const room = 'tea'
const user = { id: 1, name: 'Anna', image: 1 }

function entry(id: number, data: string): Entry {
  return { type: 'chat', id, room, user, data, at: 1_000 + id }
}

/** A hub over a store of which a test says what it has, and one connection that hears. */
function openHub() {
  const stored: Entry[] = []
  const opening = Promise.withResolvers<number>()
  const store = {
    rooms: { open: () => opening.promise },
    log: {
      timeOf: async (_room: string, id: number) => stored.find((one) => one.id === id)?.at ?? 0,
      entriesAfter: vi.fn(async (_room: string, after: number) => stored.filter(({ id }) => id > after)),
      newestEntries: async () => stored,
    },
  }
  const log = { event: vi.fn() }
  const hub = new Hub({
    store: store as unknown as Store,
    reads: { readWhenAllowed: (_reader: unknown, work: () => Promise<unknown>) => work() } as never,
    backplane: new LocalBackplane<Publication>(),
    log: log as unknown as Log,
    presenceGraceMs: 0,
  })
  const heard: string[] = []
  const output = {
    isBehind: false,
    isFull: false,
    codec: { isShared: true, write: (frame: { data?: unknown }) => encodeFrame(`${frame.data}`) },
    push: (frames: Buffer) => void heard.push(...takeFrames(frames).frames.map(({ payload }) => `${payload}`)),
    flush: () => {},
    drained: async () => {},
  }
  const fail = vi.fn()
  const connection = { user, rooms: new Map(), output, session: { isVerified: true }, reply: () => {}, fail }
  return { hub, stored, opening, store, log, heard, fail, connection: connection as unknown as ChatConnection }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await setImmediate()
}

it('room › ignores the entry of a deleted room of the same name, published in the turn in which it was opened', async () => {
  const { hub, stored, opening, log, heard, connection } = openHub()
  const joined = hub.subscribe(room, connection)
  opening.resolve(0)
  // The commit of this one resolved in the same turn, but more was awaited before it was published.
  for (let i = 0; i < 20; i++) await undefined
  hub.publish({ type: 'entry', entry: entry(1, 'of the deleted room') })
  const member = await joined
  member.room.follow(member, 0)
  await settle()
  expect(heard).toEqual([])
  expect(hub.lastIn(room)).toBe(0)
  stored.push(entry(1, 'of this room'))
  hub.publish({ type: 'entry', entry: entry(1, 'of this room') })
  await settle()
  expect(heard).toEqual(['of this room'])
  expect(log.event).not.toHaveBeenCalled()
})

it('room › drops a published entry that the log does not have, without an error in the server log', async () => {
  const { hub, stored, opening, store, log, heard, connection } = openHub()
  const joined = hub.subscribe(room, connection)
  hub.publish({ type: 'entry', entry: entry(7, 'of the deleted room') })
  opening.resolve(0)
  const member = await joined
  member.room.follow(member, 0)
  await settle()
  expect(store.log.entriesAfter).toHaveBeenCalledTimes(1)
  // Its own are taken in as they come, without another look for those of the deleted room.
  for (const id of [1, 2]) {
    stored.push(entry(id, `${id}`))
    hub.publish({ type: 'entry', entry: entry(id, `${id}`) })
  }
  await settle()
  expect(heard).toEqual(['1', '2'])
  expect(store.log.entriesAfter).toHaveBeenCalledTimes(1)
  expect(log.event).not.toHaveBeenCalled()
})

it('room › reads the log again for entries published during the read', async () => {
  const { hub, stored, opening, store, heard, connection } = openHub()
  const reading = Promise.withResolvers<Entry[]>()
  store.log.entriesAfter.mockReturnValueOnce(reading.promise)
  const joined = hub.subscribe(room, connection)
  hub.publish({ type: 'entry', entry: entry(7, 'of the deleted room') })
  opening.resolve(0)
  const member = await joined
  member.room.follow(member, 0)
  for (const id of [1, 2]) stored.push(entry(id, `${id}`))
  hub.publish({ type: 'entry', entry: entry(2, '2') })
  reading.resolve([])
  await settle()
  expect(heard).toEqual(['1', '2'])
})

it('room › does not close a connection that reads a room whose deletion is not yet published', async () => {
  const { hub, opening, heard, fail, connection } = openHub()
  const joined = hub.subscribe(room, connection)
  opening.resolve(3)
  const member = await joined
  // The store has nothing of the room any more.
  member.room.follow(member, 1)
  await settle()
  expect(fail).not.toHaveBeenCalled()
  expect(heard).toEqual([])
  expect(member.isLive).toBe(false)
})

it('room › closes a connection for which the log lacks an entry', async () => {
  const { hub, stored, opening, fail, connection } = openHub()
  stored.push(entry(3, 'the newest'))
  const joined = hub.subscribe(room, connection)
  opening.resolve(3)
  const member = await joined
  member.room.follow(member, 1)
  await settle()
  expect(fail).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: expect.stringContaining('entry 2') }))
})

/** Follows the room, which has been open for long. */
async function followOld({ hub, opening, connection }: ReturnType<typeof openHub>) {
  const joined = hub.subscribe(room, connection)
  opening.resolve(0)
  const member = await joined
  member.room.follow(member, 0)
  const later = performance.now() + 10_000
  const now = vi.spyOn(performance, 'now').mockReturnValue(later)
  onTestFinished(() => now.mockRestore())
}

it('room › takes entries whose publications overtook each other in their order, without reading them', async () => {
  const opened = openHub()
  const { hub, store, heard } = opened
  await followOld(opened)
  for (const id of [3, 2, 5, 1, 4]) hub.publish({ type: 'entry', entry: entry(id, `${id}`) })
  await settle()
  expect(heard).toEqual(['1', '2', '3', '4', '5'])
  expect(store.log.entriesAfter).not.toHaveBeenCalled()
})

it('room › reads an entry that is not published, and then takes those that came too early', async () => {
  const opened = openHub()
  const { hub, stored, store, heard } = opened
  await followOld(opened)
  for (const id of [1, 2]) stored.push(entry(id, `${id}`))
  for (const id of [2, 3]) hub.publish({ type: 'entry', entry: entry(id, `${id}`) })
  await settle()
  expect(heard).toEqual([])
  await vi.waitUntil(() => heard.length === 3, { timeout: 60_000 })
  expect(heard).toEqual(['1', '2', '3'])
  expect(store.log.entriesAfter).toHaveBeenCalledTimes(1)
})

it('room › delivers an entry that came too early as it was stored when it is read', async () => {
  const opened = openHub()
  const { hub, stored, heard } = opened
  await followOld(opened)
  stored.push(entry(1, '1'), entry(2, 'deleted meanwhile'))
  hub.publish({ type: 'entry', entry: entry(2, 'the text') })
  await vi.waitUntil(() => heard.length === 2, { timeout: 60_000 })
  expect(heard).toEqual(['1', 'deleted meanwhile'])
})

it.for([
  ['the log does not have it', async (): Promise<Entry[]> => []],
  ['the log cannot be read', () => Promise.reject(new Error('away'))],
] as const)('room › forgets an entry that came too early when %s', async ([, read]) => {
  const opened = openHub()
  const { hub, stored, store, heard } = opened
  await followOld(opened)
  store.log.entriesAfter.mockImplementationOnce(read)
  hub.publish({ type: 'entry', entry: entry(2, 'of the deleted room') })
  await vi.waitUntil(() => store.log.entriesAfter.mock.calls.length, { timeout: 60_000 })
  await settle()
  for (const id of [1, 2]) {
    stored.push(entry(id, `${id}`))
    hub.publish({ type: 'entry', entry: entry(id, `${id}`) })
  }
  await settle()
  expect(heard).toEqual(['1', '2'])
})

it('room › keeps nothing that comes too early to a room that was opened just now', async () => {
  const { hub, stored, opening, heard, connection } = openHub()
  const joined = hub.subscribe(room, connection)
  opening.resolve(0)
  const member = await joined
  member.room.follow(member, 0)
  hub.publish({ type: 'entry', entry: entry(2, 'of the deleted room') })
  for (const id of [1, 2]) {
    stored.push(entry(id, `${id}`))
    hub.publish({ type: 'entry', entry: entry(id, `${id}`) })
  }
  await settle()
  expect(heard).toEqual(['1', '2'])
})

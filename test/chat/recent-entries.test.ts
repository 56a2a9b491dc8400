/** What open rooms keep in memory. */
import { describe, expect, it } from 'vitest'
import { RecentEntries, RecentMemory, recentBytes } from '../../src/server/chat/recent-entries.ts'
import { chatV1 } from '../../src/server/chat/subprotocols/chat-v1.ts'
import type { Entry, FileInfo } from '../../src/shared/protocol/types.ts'
import { longest } from '../support/server/long-room.ts'

const user = { id: 1, name: 'Anna', image: 1 }
const chat = (id: number, data = longest): Entry => ({ type: 'chat', id, room: 'tea', user, at: 1, data })
const remove = (id: number, ref: number): Entry => ({ type: 'delete', id, room: 'tea', user, at: 1, ref })
const ids = (held: { entry: Entry }[] | undefined) => held?.map(({ entry }) => entry.id)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

const file = (n: number) => ({ id: `${n}`.padStart(32, '0'), name: `${n}`, type: 'text/plain', bytes: n })
const edit = (id: number, ref: number, files?: FileInfo[]): Entry => ({
  ...{ type: 'edit', id, room: 'tea', user, at: 1, ref, data: 'x' },
  ...(files && { files }),
})

describe('recent entries of a room', () => {
  it('have only those files that no later entry has taken out', () => {
    const recent = new RecentEntries(new RecentMemory())
    recent.add({ ...chat(1, ''), files: [file(1), file(2), file(3)] } as Entry)
    recent.add({ ...chat(2, ''), files: [file(4)] } as Entry)
    recent.add({ ...chat(3, ''), files: [file(5)] } as Entry)
    recent.add(edit(4, 1, [file(1), file(2)]))
    recent.add(edit(5, 1))
    recent.add(edit(6, 1, [file(2)]))
    recent.add(edit(7, 2, []))
    recent.add(remove(8, 3))
    const files = recent.after(0, 10)?.map(({ entry }) => ('files' in entry ? entry.files : undefined))
    const left = [[file(2)], undefined, undefined, [file(2)], undefined, [file(2)], [], undefined]
    expect(files).toEqual(left)
    expect(recent.after(2, 1)).toMatchObject([{ entry: { id: 3, deleted: true } }])
  })

  it('are the newest ones that fit in its bytes (SECURITY-REVIEW 4)', () => {
    const memory = new RecentMemory()
    const recent = new RecentEntries(memory)
    for (const id of range(1, 500)) recent.add(chat(id))
    const all = 500 * Buffer.byteLength(longest)
    expect(all, 'more must be written than is held').toBeGreaterThan(10 * recentBytes.room)
    expect(memory.bytes).toBeLessThanOrEqual(recentBytes.room)
    expect(memory.bytes).toBeGreaterThan(recentBytes.room / 2)
    expect(recent.after(0, 1_000)).toBeUndefined()
    expect(ids(recent.after(490, 1_000))).toEqual(range(491, 500))
  })
  it('count together with the frames encoded for them (SECURITY-REVIEW 4)', () => {
    const memory = new RecentMemory()
    const recent = new RecentEntries(memory)
    for (const id of range(1, 20)) recent.add(chat(id))
    const before = memory.bytes
    const [held] = recent.after(19, 1) ?? []
    if (!held) throw new Error('It must be there for this test to mean anything.')
    const frame = recent.frameOf(held, chatV1, 20)
    expect(memory.bytes).toBeGreaterThanOrEqual(before + Buffer.byteLength(longest))
    expect(recent.frameOf(held, chatV1, 20), 'made once').toBe(frame)
    for (const one of recent.after(10, 100) ?? []) recent.frameOf(one, chatV1, 20)
    expect(memory.bytes).toBeLessThanOrEqual(recentBytes.room)
  })
  it('are released when no one is in the room any more, even during a read', () => {
    const memory = new RecentMemory()
    const recent = new RecentEntries(memory)
    recent.add(chat(5))
    expect(memory.bytes).toBeGreaterThan(0)
    recent.end()
    recent.addOlder([chat(4), chat(5)], 5)
    recent.add(chat(6))
    expect([memory.bytes, recent.after(3, 10)]).toEqual([0, undefined])
  })
  it('share one budget over all rooms: the least recently used room is evicted (SECURITY-REVIEW 4)', () => {
    const memory = new RecentMemory(10 * recentBytes.room)
    const rooms = range(1, 200).map(() => new RecentEntries(memory))
    let maxBytes = 0
    for (const recent of rooms) {
      for (const id of range(1, 24)) recent.add(chat(id))
      // The first one is read all the time.
      expect(rooms[0]?.after(23, 1)).toHaveLength(1)
      maxBytes = Math.max(maxBytes, memory.bytes)
    }
    expect(maxBytes).toBeLessThanOrEqual(10 * recentBytes.room)
    expect(rooms[1]?.after(23, 1)).toBeUndefined()
    expect(rooms.at(-1)?.after(23, 1)).toHaveLength(1)
    for (const recent of rooms) recent.clear()
    expect(memory.bytes).toBe(0)
  })
  it('are read again from the store, without gaps and without erased texts', () => {
    const memory = new RecentMemory()
    const recent = new RecentEntries(memory)
    recent.add(chat(11, 'eleven'))
    recent.add(remove(12, 9))
    recent.addOlder(
      range(5, 11).map((id) => chat(id, `${id}`)),
      12,
    )
    expect(ids(recent.after(4, 100))).toEqual(range(5, 12))
    expect(recent.after(8, 1)?.[0]?.entry).toMatchObject({ id: 9, data: '', deleted: true })
    const other = new RecentEntries(memory)
    other.add(chat(20, 'twenty'))
    other.addOlder([chat(17, 'seventeen')], 20)
    expect(other.after(16, 1), 'there is a gap').toBeUndefined()
    expect(ids(other.after(19, 1))).toEqual([20])
  })
  it('drop the text of deleted messages', () => {
    const memory = new RecentMemory()
    const recent = new RecentEntries(memory)
    recent.add(chat(1))
    const before = memory.bytes
    recent.add(remove(2, 1))
    expect(JSON.stringify(recent.after(0, 10))).not.toContain('😀')
    expect(memory.bytes).toBeLessThan(before)
  })
})

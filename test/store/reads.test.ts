/** A read costs no more than its answer, whatever else is in the room. */
import { Worker } from 'node:worker_threads'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { type Cost, pageCharacters } from '../../src/server/store/store.ts'
import { userNamed } from '../support/clients/users.ts'
import { fill, longest } from '../support/server/long-room.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'
import { useThreads } from '../support/server/threads.ts'

beforeAll(useThreads)

async function open(t: Cleanup) {
  const store = openSqliteStore(temporaryFolder(t))
  t.onTestFinished(() => store.close())
  return { store, anna: await userNamed(store, 'Anna') }
}

/** Does it and says what it cost. */
async function costOf(read: (meter: (cost: Cost) => void) => Promise<unknown>): Promise<Cost> {
  let all: Cost = { rows: 0, bytes: 0, ms: 0 }
  await read((cost) => {
    all = cost
  })
  return all
}

describe('read', () => {
  // Of a character of two units, four bytes; what comes with each row beside the text is small.
  const maxBytes = 2 * pageCharacters + 4 * longest.length + 20_000

  it('stops at the end of its page, however long the room is (SECURITY-REVIEW 3)', async (t) => {
    const { store, anna } = await open(t)
    await fill(store, anna, 'long', 200)
    const whole = 200 * Buffer.byteLength(longest)
    expect(whole, 'more must be there than is read').toBeGreaterThan(4 * maxBytes)
    const reads = [
      (meter: (cost: Cost) => void) => store.log.messages('long', {}, 1_000, meter),
      (meter: (cost: Cost) => void) => store.log.messages('long', { before: 150 }, 1_000, meter),
      (meter: (cost: Cost) => void) => store.log.messages('long', { after: 1 }, 1_000, meter),
      (meter: (cost: Cost) => void) => store.log.messages('long', { around: 100 }, 1_000, meter),
      (meter: (cost: Cost) => void) => store.log.entriesAfter('long', 0, 1_000, meter),
      (meter: (cost: Cost) => void) => store.log.newestEntries('long', 1_000, pageCharacters, meter),
    ]
    for (const read of reads) {
      const { bytes, rows } = await costOf(read)
      expect(bytes).toBeGreaterThan(pageCharacters)
      expect(bytes).toBeLessThan(maxBytes)
      expect(rows).toBeLessThan(2 * Math.ceil(pageCharacters / longest.length) + 10)
    }
  })
  it('around a message includes it and some on both sides, when all are long', async (t) => {
    const { store, anna } = await open(t)
    await fill(store, anna, 'long', 200)
    const { messages, more } = await store.log.messages('long', { around: 100 }, 1_000)
    const ids = messages.map(({ id }) => id)
    expect(ids[0]).toBeLessThan(95)
    expect(ids.at(-1)).toBeGreaterThan(105)
    expect(ids).toEqual(Array.from(ids, (_, i) => (ids[0] ?? 0) + i))
    expect(more).toBe(true)
  })
  it('continues after a cut page without a gap, in both directions', async (t) => {
    const { store, anna } = await open(t)
    await fill(store, anna, 'long', 60)
    const all = Array.from({ length: 60 }, (_, i) => i + 1)
    const older: number[] = []
    for (let before: number | undefined; before !== 1; before = older[0]) {
      older.unshift(...(await store.log.messages('long', { before }, 1_000)).messages.map(({ id }) => id))
    }
    expect(older).toEqual(all)
    const newer: number[] = []
    for (let more = true; more; ) {
      const page = await store.log.messages('long', { after: newer.at(-1) ?? 0 }, 1_000)
      newer.push(...page.messages.map(({ id }) => id))
      more = page.more
    }
    expect(newer).toEqual(all)
  })
  it('returns at least one message, even one larger than a page', async (t) => {
    const { store, anna } = await open(t)
    await fill(store, anna, 'long', 3)
    const newest = await store.log.newestEntries('long', 10, 1)
    expect(newest.map(({ id }) => id)).toEqual([3])
  })
  it('finds the newest of ten thousand edits of a message without reading the others (SECURITY-REVIEW 3)', async (t) => {
    const { store, anna } = await open(t)
    await fill(store, anna, 'long', 3, 'hello')
    const edits = Array.from({ length: 10_000 }, (_, i) => `better ${i}`)
    for (const some of [edits.slice(0, 5_000), edits.slice(5_000)]) {
      await Promise.all(
        some.map((data) =>
          store.log.append({ type: 'edit', room: 'long', user: anna, key: data, ref: 2, data, at: 1 }),
        ),
      )
    }
    const cost = await costOf(async (meter) => {
      const { messages } = await store.log.messages('long', { after: 0 }, 10, meter)
      expect(messages.map(({ data }) => data)).toEqual(['hello', 'better 9999', 'hello'])
    })
    expect(cost.rows).toBeLessThan(10)
    expect(cost.bytes).toBeLessThan(1_000)
  })
  it('includes an entry that was acknowledged just before', async (t) => {
    const { store, anna } = await open(t)
    await store.rooms.open('tea', 1)
    for (let i = 1; i <= 100; i++) {
      await store.log.append({ type: 'chat', room: 'tea', user: anna, key: `${i}`, data: 'hello', at: 1 })
      expect((await store.log.messages('tea', {}, 1)).last).toBe(i)
    }
  })
  it('that fails does not affect other reads', async (t) => {
    const { store, anna } = await open(t)
    await fill(store, anna, 'tea', 1, 'hello')
    // @ts-expect-error: what no caller does, but a fault would.
    await expect(store.log.messages('tea', { after: {} }, 10)).rejects.toThrow()
    expect((await store.log.messages('tea', {}, 10)).messages).toHaveLength(1)
  })
})

describe('store', () => {
  it('reports to every read that its reader thread has ended', async (t) => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage')
    t.onTestFinished(() => posted.mockRestore())
    const { store } = await open(t)
    await store.log.messages('tea', {}, 10)
    const reader = posted.mock.contexts.at(-1) as Worker
    // So many that some of them are still to be read when it ends.
    const reading = Promise.all(Array.from({ length: 2_000 }, () => store.log.messages('tea', {}, 10)))
    void reader.terminate()
    await expect(reading).rejects.toThrow('The reader has ended.')
    expect((await store.failed).message).toBe('The reader has ended.')
    await expect(store.log.messages('tea', {}, 10)).rejects.toThrow('The reader has ended.')
  })
  it('answers reads from before it was closed, and refuses later ones', async (t) => {
    const store = openSqliteStore(temporaryFolder(t))
    await fill(store, await userNamed(store, 'Anna'), 'tea', 3, 'hello')
    const asked = Promise.all(Array.from({ length: 20 }, () => store.log.messages('tea', {}, 10)))
    const closing = store.close()
    await expect(store.log.messages('tea', {}, 10)).rejects.toThrow('closed')
    for (const { messages } of await asked) expect(messages).toHaveLength(3)
    await closing
  })
})

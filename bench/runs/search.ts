import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import type { Store } from '../../src/server/store/store.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import { parseSearch } from '../../src/shared/search/query.ts'
import type { Benchmark, Figures } from '../benchmark.ts'
import { Latencies } from '../load/latencies.ts'
import { targets } from '../targets.ts'

const count = Number(process.env.SEARCH_MESSAGES ?? 100_000)
const roomCount = 200
const viewable = 30
const measured = 400

export const search: Benchmark = {
  name: 'search',
  about: `The store alone: ${count.toLocaleString('en')} messages in ${roomCount} private rooms, half of them in Chinese and half in English, both made of words as frequent as in speech (Zipf). A user who is in ${viewable} of the rooms asks ${measured} times for the first page of each kind of query. SEARCH_MESSAGES sets the number of messages.`,
  targets: [targets.teahouse],
  rounds: 1,
  figures: [
    { key: 'han1', label: 'one Chinese character: p99, ms', decimals: 1 },
    { key: 'han2', label: 'two: p99', decimals: 1 },
    { key: 'word', label: 'frequent words: p99', decimals: 1 },
    { key: 'phrase', label: 'phrases: p99', decimals: 1 },
    { key: 'prefix', label: 'beginnings of three letters: p99', decimals: 1 },
    { key: 'size', label: 'index, bytes for each byte of text', decimals: 2 },
    { key: 'places', label: 'of them for places', decimals: 2 },
    { key: 'writes', label: 'messages stored a second', decimals: 0 },
  ],
  goals: [
    ...['han1', 'han2', 'word', 'phrase', 'prefix'].map((figure) => ({ figure, atMost: 20 })),
    { figure: 'size', atMost: 0.6 },
  ],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'teahouse-search-'))
    const store = openSqliteStore(folder)
    try {
      return await measure(store, folder)
    } finally {
      await store.close()
      rmSync(folder, { recursive: true })
    }
  },
}

async function measure(store: Store, folder: string): Promise<Figures> {
  const [writer, reader] = [await store.accounts.openGuest('Anna', 'anna'), await store.accounts.openGuest('Bo', 'bo')]
  // They know each other: one adds the other to rooms.
  await store.rooms.open('lobby', 1)
  for (const { id } of [writer, reader]) await store.rooms.join(id, 'lobby')
  const texts = new Texts()
  const rooms = await createRooms(store, writer, reader)
  const { ms, bytes } = await writeAll(store, writer, rooms, texts)
  return {
    han1: await ask(store, reader, () => texts.han()),
    han2: await ask(store, reader, () => texts.pair()),
    word: await ask(store, reader, () => texts.word(200)),
    phrase: await ask(store, reader, () => `"${texts.phrase()}"`),
    prefix: await ask(store, reader, () => `${texts.word(30_000).padEnd(3, 'a').slice(0, 3)}*`),
    size: (bytesOf(folder, 'search_index%') + bytesOf(folder, 'search_chunks')) / bytes,
    places: bytesOf(folder, 'search_chunks') / bytes,
    writes: (count / ms) * 1_000,
  }
}

async function createRooms(store: Store, writer: User, reader: User): Promise<string[]> {
  const rooms: string[] = []
  for (let i = 0; i < roomCount; i++) {
    const address = `~room-${i}`
    const users = i % 6 === 0 && i < 6 * viewable ? [reader.id] : []
    const by = { user: writer, isVerified: true, canViewPublic: true }
    const room = { kind: 'private', address, name: address, topic: '', users, key: randomUUID(), at: 1 } as const
    await store.rooms.create({ viewer: by, ...room })
    if (users.length) {
      const viewer = { user: reader, isVerified: true, canViewPublic: true }
      await store.moderation.moderate({ type: 'accept', room: address, viewer, key: randomUUID(), at: 1 })
    }
    rooms.push(address)
  }
  return rooms
}

async function writeAll(store: Store, user: User, rooms: readonly string[], texts: Texts) {
  let bytes = 0
  const began = performance.now()
  for (let i = 0; i < count; i += 400) {
    const entries = Array.from({ length: Math.min(400, count - i) }, (_, n) => {
      const data = texts.message(n % 2 === 0)
      bytes += Buffer.byteLength(data)
      return {
        type: 'chat',
        room: rooms[texts.zipf(roomCount)] ?? '',
        user,
        key: randomUUID(),
        data,
        at: i + n,
      } as const
    })
    await Promise.all(entries.map((entry) => store.log.append(entry)))
  }
  return { ms: performance.now() - began, bytes }
}

/** @returns the 99th percentile */
async function ask(store: Store, user: User, queryOf: () => string): Promise<number> {
  const latencies = new Latencies()
  const viewer = { user, isVerified: true, canViewPublic: true }
  for (let i = 0; i < measured; i++) {
    const query = parseSearch(queryOf())
    const began = performance.now()
    await store.search.find(viewer, query, { limit: 50 })
    latencies.add(performance.now() - began)
  }
  return latencies.percentile(0.99)
}

/** @param tables a pattern of `like` */
function bytesOf(folder: string, tables: string): number {
  const database = new DatabaseSync(join(folder, 'teahouse.db'), { readOnly: true })
  const bytes = database.prepare('select sum(pgsize) as bytes from dbstat where name like ?').get(tables)?.bytes
  database.close()
  return Number(bytes)
}

const syllables = 'ka to re mi sun ter lo an ing ble st pre con o ra ve qu ly de er'.split(' ')

/** The same in every run. */
class Texts {
  #seed = 1

  zipf(max: number): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return Math.floor(Math.exp((this.#seed / 0x7fffffff) * Math.log(max)))
  }

  word(max = 20_000): string {
    const n = this.zipf(max)
    const parts = n < 20 ? 1 : n < 400 ? 2 : 3
    return Array.from({ length: parts }, (_, i) => syllables[Math.floor(n / 20 ** i + 7 * i) % 20]).join('')
  }

  han(): string {
    return String.fromCodePoint(0x4e00 + ((this.zipf(3_500) * 37) % 20_000))
  }

  /** A character is often followed by the same few, as in words. */
  pair(first = this.han()): string {
    return first + String.fromCodePoint(0x4e00 + (((first.codePointAt(0) ?? 0) * 31 + this.zipf(60) * 101) % 20_000))
  }

  phrase(): string {
    return `${this.word(100)} ${this.word(100)}`
  }

  message(isChinese: boolean): string {
    const length = 3 + (this.zipf(15) % 15)
    return Array.from({ length }, () => (isChinese ? this.pair() : this.word())).join(isChinese ? '' : ' ')
  }
}

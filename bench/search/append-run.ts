/** Stores messages, and prints how long that took: `STORE=SQLite node bench/search/append-run.ts`, or with `DATABASE_URL`. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'
import { textsOf } from './corpus.ts'

const count = Number(process.env.APPENDS ?? 20_000)
/** At once, as many users write. */
const atOnce = 400
const rooms = Array.from({ length: 20 }, (_, i) => `room ${i}`)

const { DATABASE_URL: url } = process.env
const folder = mkdtempSync(join(tmpdir(), 'teahouse-appends-'))
const store = url ? await openPostgresStore(url) : openSqliteStore(folder)
for (const room of rooms) await store.rooms.open(room, 1)
const user = await store.accounts.openGuest('Anna', 'anna')
// Three are about as long as a message is.
const texts = textsOf(1_000).map(({ data }) => data)
const data = Array.from({ length: count }, (_, i) => [0, 8, 16].map((n) => texts[(i + n) % texts.length]).join(' '))
let next = 0
async function write(): Promise<void> {
  for (let i = next++; i < count; i = next++) {
    const room = rooms[i % rooms.length] ?? ''
    await send({ type: 'chat', room, user, key: randomUUID(), data: data[i] ?? '', at: 1 })
  }
}
/** As clients do: on a busy machine PostgreSQL may not answer in time, and what is sent again has the same key. */
async function send(entry: Parameters<typeof store.log.append>[0]): Promise<void> {
  for (;;) {
    try {
      await store.log.append(entry)
      return
    } catch (error) {
      if (!(error instanceof ChatError && error.code === 'unavailable')) throw error
      await setTimeout(error.retryAfterMs ?? 1_000)
    }
  }
}
const before = process.cpuUsage()
const began = performance.now()
await Promise.all(Array.from({ length: atOnce }, write))
const seconds = (performance.now() - began) / 1_000
const { user: own, system } = process.cpuUsage(before)
await store.close()
rmSync(folder, { recursive: true })
console.log(JSON.stringify({ rate: count / seconds, cpu: (own + system) / count }))

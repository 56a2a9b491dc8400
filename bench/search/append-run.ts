/** Stores messages, and prints how long that took: `STORE=SQLite node bench/search/append-run.ts`, or with `DATABASE_URL`. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
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
    await store.log.append({ type: 'chat', room, user, key: randomUUID(), data: data[i] ?? '', at: 1 })
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

/** Rooms of very many messages, made through the store as the server would have. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../src/server/store/sqlite/open.ts'

export const million = 1_000_000
const users = 50
const atOnce = 1_000
/** Every so manyth message is edited later. */
const editedEach = 20

const oneKind = (number: number) =>
  `The kettle is on, the good cups are out, and whoever comes by may sit down: ${number}`

/** Runs something on a data folder whose lobby has a million messages, and removes the folder. */
export function withMillion<Result>(run: (dataDir: string) => Promise<Result>): Promise<Result> {
  return withMessages(million, oneKind, run)
}

/** The same with another number of them, in whole thousands, and other texts. */
export async function withMessages<Result>(
  count: number,
  textOf: (number: number) => string,
  run: (dataDir: string) => Promise<Result>,
): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'teahouse-million-'))
  try {
    await fill(dataDir, count, textOf)
    return await run(dataDir)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function fill(dataDir: string, count: number, textOf: (number: number) => string): Promise<void> {
  const store = openSqliteStore(dataDir)
  const room = 'lobby'
  await store.rooms.open(room, Date.now())
  const names = Array.from({ length: users }, (_, i) => `Guest ${i}`)
  const people = await Promise.all(names.map(async (name) => await store.accounts.openGuest(name, name)))
  for (let first = 0; first < count; first += atOnce) {
    const group = Array.from({ length: atOnce }, (_, i) => {
      const number = first + i
      const user = people[number % users] as (typeof people)[number]
      return store.log.append({ type: 'chat', room, user, key: String(number), at: Date.now(), data: textOf(number) })
    })
    const stored = await Promise.all(group)
    const edits = stored.filter((_, i) => i % editedEach === 0)
    await Promise.all(
      edits.map(({ entry: { id: ref, user } }) =>
        store.log.append({
          type: 'edit',
          room,
          user,
          key: `edit ${ref}`,
          at: Date.now(),
          ref,
          data: 'The kettle is off.',
        }),
      ),
    )
  }
  await store.close()
}

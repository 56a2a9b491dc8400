/** Rooms filled so that reading them costs as much as possible. */
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { limits } from '../../../src/shared/protocol/limits.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { userNamed } from '../clients/users.ts'

/** The largest message, in bytes too. */
export const longest = '😀'.repeat(limits.maxMessageCharacters)

export async function fill(store: Store, user: User, room: string, count: number, data = longest): Promise<void> {
  await store.rooms.open(room, 1)
  const keys = Array.from({ length: count }, (_, i) => `${room} ${i}`)
  await Promise.all(keys.map((key) => store.log.append({ type: 'chat', room, user, key, data, at: 1 })))
}

/** Fills rooms of a server that does not run yet. */
export async function fillRooms(dataDir: string, rooms: readonly string[], count: number, data = longest) {
  const store = openSqliteStore(dataDir)
  const user = await userNamed(store, 'Writer')
  for (const room of rooms) await fill(store, user, room, count, data)
  await store.close()
}

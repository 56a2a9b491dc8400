/** Rooms that a hostile guest has filled with the largest allowed messages, each with as many `@` as fit. */
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { ordinaryRooms } from './ordinary-users.ts'

export const fullRooms = Array.from({ length: 8 }, (_, i) => `full ${i + 1}`)
const messagesEach = 400
/** 4,000 characters, 16 KB in UTF-8. */
const largest = `@${'🍵'.repeat(3_999)}`

/** Writes them without limits, as an attacker could within weeks. The data folder must not be in use. */
export async function fillRooms(dataDir: string): Promise<void> {
  const store = openSqliteStore(dataDir)
  try {
    for (const room of ordinaryRooms) await store.rooms.open(room, Date.now())
    const user = await store.accounts.openGuest('Another user', 'another user')
    for (const room of fullRooms) {
      await store.rooms.open(room, Date.now())
      await store.rooms.join(user.id, room)
      const writes = Array.from({ length: messagesEach }, (_, i) =>
        store.log.append({ type: 'chat', room, user, key: `${room} ${i}`, at: Date.now(), data: largest }),
      )
      await Promise.all(writes)
    }
  } finally {
    await store.close()
  }
}

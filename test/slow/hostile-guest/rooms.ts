/** Rooms that a hostile guest has filled with the largest allowed messages, each with as many `@` as fit. */
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { limits } from '../../../src/shared/protocol/limits.ts'
import { ordinaryRooms } from './ordinary-users.ts'

export const fullRooms = Array.from({ length: 8 }, (_, i) => `full ${i + 1}`)
const messagesEach = 400
/** 4,000 characters, 16 KB in UTF-8. */
const largest = `@${'🍵'.repeat(3_999)}`

/** What the messages of another room say: very many words with few beginnings, between two that all of them have. */
export const searchedWords = { room: 'words', first: 'first', last: 'last', beginnings: ['aa', 'ab', 'ac', 'ad'] }
const differentWords = 100_000

/** As many words as fit. */
function manyWords(message: number): string {
  const { first, last, beginnings } = searchedWords
  const words = [first]
  for (let i = 0, length = first.length; ; i++) {
    const number = (message * 7_919 + i * 104_729) % differentWords
    const word = `${beginnings[i % beginnings.length]}${number.toString(36)}`
    length += word.length + 1
    if (length + last.length >= limits.maxMessageCharacters) return [...words, last].join(' ')
    words.push(word)
  }
}

/** Writes them without limits, as an attacker could within weeks. The data folder must not be in use. */
export async function fillRooms(dataDir: string): Promise<void> {
  const store = openSqliteStore(dataDir)
  try {
    for (const room of ordinaryRooms) await store.rooms.open(room, Date.now())
    const user = await store.accounts.openGuest('Another user', 'another user')
    for (const room of [...fullRooms, searchedWords.room]) {
      await store.rooms.open(room, Date.now())
      await store.rooms.join(user.id, room)
      const textOf = (i: number) => (room === searchedWords.room ? manyWords(i) : largest)
      const writes = Array.from({ length: messagesEach }, (_, i) =>
        store.log.append({ type: 'chat', room, user, key: `${room} ${i}`, at: Date.now(), data: textOf(i) }),
      )
      await Promise.all(writes)
    }
  } finally {
    await store.close()
  }
}

/** Many connections repeatedly open rooms full of the largest messages. */
import { RecentMemory, recentBytes } from '../../../../src/server/chat/recent-entries.ts'
import { fillRooms, longest } from '../../../support/server/long-room.ts'
import { startServer, temporaryFolder } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'

const sizes = {
  smallest: { rooms: 12, messages: 30, people: 2 },
  short: { rooms: 12, messages: 30, people: 6 },
  long: { rooms: 120, messages: 60, people: 20 },
}

export default {
  what: 'Full rooms, opened on many connections: their share of memory stays within its budget and is released.',
  atLeast: { smallest: 24, short: 72, long: 2_000 },

  async run(size, t) {
    const tally = new Tally()
    const { rooms, messages, people } = sizes[size]
    const names = Array.from({ length: rooms }, (_, i) => `long ${i}`)
    const dataDir = temporaryFolder(t)
    await fillRooms(dataDir, names, messages)
    const { take } = RecentMemory.prototype
    let maxBytes = 0
    let memory: RecentMemory | undefined
    RecentMemory.prototype.take = function (bytes) {
      take.call(this, bytes)
      memory = this
      maxBytes = Math.max(maxBytes, this.bytes)
    }
    t.onTestFinished(() => {
      RecentMemory.prototype.take = take
    })
    const server = await startServer(t, { DATA_DIR: dataDir, RATE_LIMITS: 'off' })
    const guests = await Promise.all(Array.from({ length: people }, (_, i) => server.signIn(`Guest ${i}`)))
    const chats = await Promise.all(guests.map((guest) => guest.connect()))
    await Promise.all(
      chats.map(async (chat) => {
        for (const room of names) {
          const { last } = await chat.open(room, { after: messages - 12 })
          tally.count(last === messages, `A room was opened at ${last}.`)
        }
      }),
    )
    const budget = Math.min(rooms * recentBytes.room, recentBytes.all)
    const there = rooms * messages * 2 * Buffer.byteLength(longest)
    premise(maxBytes > recentBytes.room, 'nothing was held')
    premise(there > budget, 'there is not more than may be held')
    tally.count(maxBytes <= budget, `${maxBytes} bytes were held, of ${budget}.`)
    for (const chat of chats) await chat.close()
    // The server notices the last close a moment later.
    for (let i = 0; i < 100 && memory?.bytes; i++) await new Promise((resolve) => setTimeout(resolve, 50))
    tally.count(memory?.bytes === 0, `${memory?.bytes} bytes are held of rooms that nobody has open.`)
    return tally
  },
} satisfies Battery

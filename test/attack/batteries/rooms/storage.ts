/** Guests fill the disk with messages, edits, reactions and topics, as fast as the limits allow. */
import type { ChatClient } from '../../../support/clients/client.ts'
import { fillRooms, longest } from '../../../support/server/long-room.ts'
import { startServer, temporaryFolder } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'

const guests = { smallest: 1, short: 3, long: 30 }
const rooms = Array.from({ length: 10 }, (_, i) => `room ${i}`)
const writesAtOnce = 10
/** What a guest may store at once, and the refill during a run on a slow machine. */
const maxBytes = 1.2 * 2 ** 20

export default {
  what: 'Guests write the largest texts in many rooms: each stores no more than its quota, gets the waiting time, and can delete.',
  atLeast: { smallest: 100, short: 300, long: 3_000 },

  async run(size, t) {
    const tally = new Tally()
    const dataDir = temporaryFolder(t)
    await fillRooms(dataDir, rooms, 1, 'hello')
    const server = await startServer(t, { DATA_DIR: dataDir })
    for (let number = 0; number < guests[size]; number++) {
      const chat = await (await server.signIn(`Hostile ${number}`)).connect()
      let stored = 0
      let first: { room: string; id: unknown } | undefined
      for (const room of rooms) {
        await chat.open(room, { limit: 1 })
        for (let i = 0; i < writesAtOnce; i++) {
          // After the first message, every third is an edit of it.
          const isEdit = first?.room === room && i % 3 === 2
          const answer = await ask(chat, `${room} ${i}`, {
            ...(isEdit ? { type: 'edit', ref: first?.id } : { type: 'chat' }),
            room,
            data: longest,
          })
          if (answer.type === 'sent') stored += Buffer.byteLength(longest)
          if (answer.type === 'sent' && !isEdit) first ??= { room, id: answer.id }
          const isRefusal = answer.code === 'too-fast' && Number(answer.retryAfterMs) > 0
          tally.count(answer.type === 'sent' || isRefusal, `A text was answered ${JSON.stringify(answer)}.`)
        }
      }
      premise(stored > 0, 'nothing could be written')
      tally.count(stored <= maxBytes, `A guest has stored ${stored} bytes.`)
      const sorry = await ask(chat, 'sorry', { type: 'delete', room: first?.room, ref: first?.id })
      tally.count(sorry.type === 'sent', `A deletion was answered ${JSON.stringify(sorry)}.`)
    }
    const honest = await (await server.signIn('Honest')).connect()
    await honest.open(rooms[0] as string, { limit: 1 })
    tally.count((await honest.say(rooms[0] as string, 'hello')) > 0, 'Another user cannot write.')
    return tally
  },
} satisfies Battery

/** Waits when only the rate of messages in a room is exceeded. */
async function ask(chat: ChatClient, key: string, command: Record<string, unknown>): Promise<Record<string, unknown>> {
  for (;;) {
    chat.send({ ...command, key })
    const answer = await chat.nextWhere((frame) => frame.key === key)
    if (answer.message !== 'You are writing too fast.') return answer
    await new Promise((resolve) => setTimeout(resolve, Number(answer.retryAfterMs)))
  }
}

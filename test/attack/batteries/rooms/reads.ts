/** One guest with the maximum of connections requests the largest pages of the longest room. */
import { pageCharacters } from '../../../../src/server/store/store.ts'
import type { ChatClient } from '../../../support/clients/client.ts'
import { fillRooms, longest } from '../../../support/server/long-room.ts'
import { startServer, temporaryFolder } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'

const connections = 19
const rounds = { smallest: 2, short: 8, long: 200 }
const messages = 60
/** The limit in `docs/limits.md`. */
const burstBytes = 64 * 2 ** 20
const bytesPerSecond = 4 * 2 ** 20
/** Read and sent, at two bytes for each character at least. */
const pageBytes = 2 * 2 * (pageCharacters - longest.length)

export default {
  what: 'Requests for the largest pages on nineteen connections: reading for one user is bounded, and others are answered.',
  atLeast: { smallest: 30, short: 150, long: 3_000 },

  async run(size, t) {
    const tally = new Tally()
    const dataDir = temporaryFolder(t)
    await fillRooms(dataDir, ['long'], messages)
    const server = await startServer(t, { DATA_DIR: dataDir })
    const [hostile, honest] = [await server.signIn('Hostile'), await server.signIn('Honest')]
    const ordinaryUser = await honest.connect()
    await ordinaryUser.open('long', { limit: 1 })
    const chats = await Promise.all(Array.from({ length: connections }, () => hostile.connect()))
    await Promise.all(chats.map((chat) => chat.open('long', { limit: 1 })))

    const began = performance.now()
    let pages = 0
    const places = [{}, { before: messages }, { after: 0 }, { around: messages / 2 }]
    const read = async (chat: ChatClient, number: number) => {
      for (let round = 0; round < rounds[size]; round++) {
        chat.send({ type: 'history', room: 'long', limit: 1_000, ...places[(number + round) % places.length] })
        const answer = await chat.nextWhere(({ type }) => type === 'history' || type === 'error')
        if (answer.type === 'history') pages++
        const isRefusal = answer.code === 'too-fast' && Number(answer.retryAfterMs) > 0
        tally.count(
          answer.type === 'history' || isRefusal,
          `A page was answered ${JSON.stringify(answer).slice(0, 200)}.`,
        )
        // A client that continues without waiting is disconnected, which other batteries test.
        if (isRefusal) await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, Number(answer.retryAfterMs))))
      }
    }
    const attack = Promise.all(chats.map(read))
    let isOver = false
    void attack.finally(() => {
      isOver = true
    })
    while (!isOver) {
      ordinaryUser.send({ type: 'history', room: 'long', limit: 1 })
      const answer = await ordinaryUser.nextWhere(({ type }) => type === 'history' || type === 'error')
      tally.count(answer.type === 'history', `The ordinary user was answered ${JSON.stringify(answer)}.`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await attack
    const seconds = (performance.now() - began) / 1_000
    premise(pages > connections, 'too few pages came')
    const maxBytes = burstBytes + bytesPerSecond * seconds + connections * pageBytes
    tally.count(pages * pageBytes < maxBytes, `${pages} pages arrived in ${seconds} s.`)
    return tally
  },
} satisfies Battery

/** Guests of one address who make rooms, by opening and by making them, with new names when the old ones have made theirs. */
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'

const guests = { smallest: 3, short: 12, long: 60 }
const roomsEach = 20
const burst = 30

export default {
  what: 'Guests of one address create rooms: few are created, the refusals name the waiting time, and rooms of others stay in the list.',
  atLeast: { smallest: 60, short: 240, long: 1_200 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
    const began = performance.now()
    let made = 0
    for (let number = 0; number < guests[size]; number++) {
      const chat = await (await server.signIn(`Hostile ${number}`)).connect(from('203.0.113.7'))
      const { user } = await chat.next('welcome')
      for (let i = 0; i < roomsEach; i++) {
        const key = `${number} ${i}`
        const ways = [
          { type: 'open', room: key },
          { type: 'create', key, name: key },
          { type: 'create', key, kind: 'private', name: key },
          { type: 'create', key, kind: 'direct', users: [user.id === 1 ? 2 : 1] },
        ]
        chat.send(ways[i % ways.length] as Record<string, unknown>)
        const answer = await chat.nextWhere(
          (frame) => (frame.key === key || frame.room === key) && ['error', 'opened', 'room'].includes(frame.type),
        )
        const isOther = answer.type === 'error' && answer.code !== 'too-fast'
        // A conversation is in nobody's list but its people's, who may decline it.
        if (answer.type !== 'error' && answer.kind !== 'direct') made++
        tally.count(isOther || answer.type !== 'error' || Number(answer.retryAfterMs) > 0, JSON.stringify(answer))
      }
      await chat.close()
    }
    const minutes = (performance.now() - began) / 60_000
    premise(made > 0, 'no room could be made')
    tally.count(made <= burst + minutes + 1, `${made} rooms were made in ${minutes} minutes.`)
    const honest = await (await server.signIn('Honest')).connect(from('203.0.113.8'))
    tally.count((await honest.open('garden')).last === 0, 'A user of another network cannot create a room.')
    const again = await (await server.signIn('Late')).connect(from('203.0.113.9'))
    const { rooms } = await again.next('welcome')
    tally.count(
      rooms.some(({ room }) => room === 'garden'),
      'The room of another user is not in the list.',
    )
    return tally
  },
} satisfies Battery

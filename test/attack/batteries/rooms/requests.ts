/** Guests who insist: on conversations that nobody has accepted, that were declined, and after they were blocked (SECURITY-REVIEW 19). */

import { password, visitorNamed } from '../../../support/clients/visitor.ts'
import { ConnectedUser, type PopulatedServer, startPopulatedServer } from '../../../support/server/populated-server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

const guests = { smallest: 1, short: 4, long: 60 }
const tries = 12

export default {
  what: 'Guests repeat message requests that nobody accepts: they can write five messages, see nothing, and cannot return after a refusal.',
  atLeast: { smallest: 15, short: 60, long: 800 },

  async run(size, t) {
    const tally = new Tally()
    const chats = await startPopulatedServer(t)
    for (let i = 0; i < guests[size]; i++) {
      const guest = await ConnectedUser.of(await visitorNamed(chats.server, `Pushy ${i}`))
      await guest.chat.open('lobby')
      await insist(guest, chats.eve, i % 2 === 0, tally)
    }
    await mentionFromBlocked(chats, size, tally)
    return tally
  },
} satisfies Battery

async function insist(guest: ConnectedUser, eve: ConnectedUser, isBlocked: boolean, tally: Tally): Promise<void> {
  const begin = () => guest.does({ type: 'create', kind: 'direct', users: [eve.id] })
  const made = await begin()
  premise(made.type === 'room', 'no conversation can be begun')
  const room = made.type === 'room' ? made.room : ''
  await guest.chat.open(room)
  await eve.chat.nextWhere((frame) => frame.type === 'room' && frame.room === room && frame.request === true)
  await eve.chat.open(room)
  eve.chat.send({ type: 'typing', room })
  let taken = 0
  for (let i = 0; i < tries; i++) {
    const answer = await guest.does({ type: 'chat', room, data: `answer me ${i}` })
    if (answer.type === 'sent') taken++
    tally.count(
      answer.type === 'sent' ? taken <= 5 : 'code' in answer && answer.code === 'not-accepted',
      `message ${i} is answered with ${JSON.stringify(answer)}`,
    )
  }
  premise(taken === 5, `${taken} messages were taken`)
  const seen = guest.chat.received.filter(
    ({ type, user }) => (type === 'typing' || type === 'join') && (user as { id?: number } | undefined)?.id === eve.id,
  )
  tally.count(
    seen.every((frame) => frame.room !== room),
    'the other side is seen before they accept',
  )
  if (isBlocked) await eve.did({ type: 'block', user: guest.id, on: true })
  else await eve.did({ type: 'leave', room })
  await eve.chat.settle()
  premise(eve.heard('room', room).at(-1)?.gone === true, 'the conversation is not gone')
  const before = eve.heard('room', room).length
  for (let i = 0; i < tries; i++) {
    await begin()
    await guest.does({ type: 'chat', room, data: 'come back' })
    await guest.does({ type: 'add', room, users: [eve.id] })
  }
  await guest.visitor.post('/account/password', { password })
  const claimed = await ConnectedUser.of(guest.visitor)
  premise(claimed.role === 'member', 'the name cannot be claimed')
  await claimed.does({ type: 'create', kind: 'direct', users: [eve.id] })
  await claimed.chat.open(room)
  await claimed.does({ type: 'chat', room, data: 'as a member' })
  await eve.chat.settle()
  tally.count(eve.heard('room', room).length === before, 'a conversation that was declined came back')
  const elsewhere = await eve.another()
  const { rooms } = elsewhere.chat.received[0] as unknown as { rooms: { room: string }[] }
  tally.count(!rooms.some((one) => one.room === room), 'a conversation that was declined is in the list')
  await elsewhere.chat.close()
}

async function mentionFromBlocked({ bo, eve }: PopulatedServer, size: Size, tally: Tally): Promise<void> {
  await eve.chat.open('lobby')
  await bo.chat.open('lobby')
  await eve.did({ type: 'block', user: bo.id, on: true })
  for (let i = 0; i < guests[size]; i++) {
    const id = await bo.chat.say('lobby', `@Eve ${i}`)
    const edited = await bo.does({ type: 'edit', room: 'lobby', ref: id, data: `@Eve, ${i}` })
    premise(edited.type === 'sent', 'nothing can be edited')
    const summary: unknown = await eve.chat.ask({ type: 'summary', room: 'lobby' }, 'room')
    tally.count((summary as { mentions: number }).mentions === 0, 'a mention by a blocked user is counted')
  }
}

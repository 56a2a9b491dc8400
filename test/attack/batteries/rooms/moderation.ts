import { tea } from '../../../support/server/populate.ts'
import { type PopulatedServer, startPopulatedServer } from '../../../support/server/populated-server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

const lies = { smallest: 4, short: 20, long: 500 }

export default {
  what: 'Attempts by members and guests to get around moderation: nothing of them is shown to others or stored.',
  atLeast: { smallest: 20, short: 20, long: 500 },

  async run(size, t) {
    const tally = new Tally()
    const chats = await startPopulatedServer(t)
    await typeWhileMuted(chats, tally)
    await lieAboutCursors(chats, size, tally)
    await callBack(chats, tally)
    await insultByReaction(chats, tally)
    await stayInDeletedRoom(chats, tally)
    return tally
  },
} satisfies Battery

async function typeWhileMuted({ anna, bo, cai }: PopulatedServer, tally: Tally): Promise<void> {
  bo.chat.send({ type: 'typing', room: tea })
  await cai.chat.next('typing')
  await anna.did({ type: 'mute', room: tea, user: bo.id, forMs: 60_000 })
  for (let i = 0; i < 30; i++) bo.chat.send({ type: 'typing', room: tea })
  await bo.chat.settle()
  await cai.chat.settle()
  tally.count(cai.heard('typing').length === 1, 'a muted user is shown as typing')
  await anna.did({ type: 'mute', room: tea, user: bo.id, forMs: 0 })
}

/** Nobody else's cursor may be worth less for it. */
async function lieAboutCursors({ anna, bo }: PopulatedServer, size: Size, tally: Tally): Promise<void> {
  await anna.did({ type: 'chat', room: tea, data: 'hello' })
  const { epoch, last, at } = await anna.chat.open(tea)
  premise(last > 0 && at > 0, 'the room has no entry')
  for (let i = 0; i < lies[size]; i++) {
    const after = i % 2 ? last + 1 + i : Number.MAX_SAFE_INTEGER - i
    const answer = await bo.chat.open(tea, { after, epoch })
    tally.count(answer.reset && answer.epoch === epoch, `a cursor of ${after} changes the epoch`)
  }
  const honest = await anna.chat.open(tea, { after: last, at, epoch })
  tally.count(!honest.reset, 'an honest cursor is refused after lies of others')
}

/** Nobody but its author could take it back. */
async function insultByReaction({ anna, ada, bo, cai }: PopulatedServer, tally: Tally): Promise<void> {
  const ref = (await anna.chat.open(tea)).last
  const react = (data: string) => bo.does({ type: 'react', room: tea, ref, data, on: true })
  for (const data of ['you are scum', 'scum', 'x', '1', '👍👍', '👍 no', '‮', '卐']) {
    tally.count((await react(data)).type === 'error', `${JSON.stringify(data)} is taken for a reaction`)
  }
  for (const data of ['🖕', '💩']) premise((await react(data)).type === 'sent', `${data} is refused`)
  const given = async () => (await cai.chat.ask({ type: 'history', room: tea, around: ref }, 'history')).messages
  const has = async (data: string) => (await given()).some(({ reactions }) => reactions && data in reactions)
  premise(await has('🖕'), 'nobody sees the reaction')
  await cai.did({ type: 'unreact', room: tea, ref, user: bo.id, data: '🖕' })
  tally.count(!(await has('🖕')), 'a moderator cannot take a reaction away')
  await ada.did({ type: 'purge', user: bo.id })
  tally.count(!(await has('💩')), 'a reaction is left after a purge')
}

/** What its members know of it opens nothing of the room that comes after it. */
async function stayInDeletedRoom({ anna, ada, bo, cai, eve }: PopulatedServer, tally: Tally): Promise<void> {
  const { epoch, last: after, at } = await bo.chat.open(tea)
  premise(after > 1, 'there is nothing in the room')
  const refused = await anna.does({ type: 'delete-room', room: tea })
  tally.count(refused.type === 'error', 'a moderator deletes a room')
  await ada.did({ type: 'delete-room', room: tea })
  for (const one of [anna, bo, cai]) {
    await one.chat.nextWhere(({ type, room, gone }) => type === 'room' && room === tea && gone === true)
    const answer = await one.does({ type: 'chat', room: tea, data: 'still here' })
    tally.count(answer.type === 'error', 'a deleted room is written to')
    one.chat.send({ type: 'open', room: tea, after, at, epoch })
    const back = await one.chat.nextWhere(({ type, room }) => (type === 'opened' || type === 'error') && room === tea)
    tally.count(back.code === 'no-such-room', 'a deleted room is created again by a client that reopens it')
  }
  await eve.chat.open(tea)
  for (let i = 0; i < after + 2; i++) await eve.did({ type: 'chat', room: tea, data: 'new' })
  const opened = await bo.chat.open(tea, { after, at, epoch })
  tally.count(opened.reset, 'a cursor of a deleted room is taken for one of the new room')
  tally.count(!(opened.messages ?? []).some(({ data }) => data !== 'new'), 'the new room has messages of the old one')
}

/** A user who left a guest's conversation, or blocked the guest, stays out of it. */
async function callBack({ bo, eve }: PopulatedServer, tally: Tally): Promise<void> {
  const begin = () => bo.does({ type: 'create', kind: 'direct', users: [eve.id] })
  const made = await begin()
  const room = made.type === 'room' ? made.room : ''
  premise(room !== '', 'there is no conversation')
  await bo.chat.open(room)
  await eve.did({ type: 'leave', room })
  await eve.chat.settle()
  const before = eve.heard('room', room).length
  await bo.did({ type: 'chat', room, data: 'come back' })
  await begin()
  await eve.chat.settle()
  tally.count(eve.heard('room', room).length === before, 'a guest brings a user back into a conversation')
  await eve.did({ type: 'block', user: bo.id, on: true })
  for (const answer of [await bo.does({ type: 'chat', room, data: 'hello' }), await begin()]) {
    tally.count(answer.type === 'error', 'a blocked user goes on')
  }
}

import { type ChatHouse, openChatHouse } from '../../support/chat-house.ts'
import { tea } from '../../support/furnish.ts'
import { type Battery, premise, type Size, Tally } from '../battery.ts'

const lies = { short: 20, long: 500 }

export default {
  what: 'What members and guests do to get around moderation: nothing of it is shown to others or stored.',
  atLeast: { short: 20, long: 500 },

  async run(size, t) {
    const tally = new Tally()
    const house = await openChatHouse(t)
    await typeWhileMuted(house, tally)
    await lieAboutCursors(house, size, tally)
    return tally
  },
} satisfies Battery

async function typeWhileMuted({ anna, bo, cai }: ChatHouse, tally: Tally): Promise<void> {
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
async function lieAboutCursors({ anna, bo }: ChatHouse, size: Size, tally: Tally): Promise<void> {
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

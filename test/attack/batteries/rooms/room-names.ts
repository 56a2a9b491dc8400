/** Rooms and conversations that pass themselves off as others (SECURITY-REVIEW 7). */

import { tea } from '../../../support/server/populate.ts'
import { type ConnectedUser, startPopulatedServer } from '../../../support/server/populated-server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

/** Each letter as others draw it. */
const alike: Readonly<Record<string, readonly string[]>> = {
  a: ['A', '\u0430', '\uff41', '\u{1d41a}'],
  b: ['B', '\uff42', '\u{1d41b}'],
  e: ['E', '\u0435', '\uff45'],
  l: ['L', '1', '\u0406', '\uff4c'],
  o: ['O', '\u043e', '\u03bf', '0', '\uff4f'],
  t: ['T', '\uff54', '\u{1d42d}'],
  y: ['Y', '\u0443', '\uff59'],
}
const unseen = ['\u200b', '\u2060', '\ufffc', '\u00ad', '\u200e', '\ufe0f', '\u115f']
const perWay = { smallest: 1, short: 2, long: 60 } as const

export default {
  what: 'Confusable names for new, opened and renamed public rooms: all are refused, and a conversation always shows its members.',
  atLeast: { smallest: 40, short: 60, long: 300 },

  async run(size, t) {
    const tally = new Tally()
    const chats = await startPopulatedServer(t)
    const { anna, eve } = chats
    const own = await eve.does({ type: 'create', name: 'my own' })
    premise(own.type === 'room', 'nobody can make a room')
    const room = own.type === 'room' ? own.room : ''
    for (const name of ['lobby', tea]) for (const one of imitations(name, size)) await tryName(eve, room, one, tally)
    const free = await eve.does({ type: 'create', name: 'Another one' })
    tally.count(free.type === 'room', 'a name that looks like no other is refused')
    await imitatePerson(anna, eve, tally)
    return tally
  },
} satisfies Battery

function imitations(name: string, size: Size): string[] {
  const letters = [...name]
  const swapped = letters.flatMap((letter, i) => (alike[letter] ?? []).map((other) => letters.with(i, other).join('')))
  const padded = unseen.flatMap((mark) =>
    letters.slice(0, perWay[size]).map((_, i) => letters.toSpliced(i + 1, 0, mark).join('')),
  )
  return [...new Set([...swapped, ...padded, name.toUpperCase()])]
}

async function tryName(by: ConnectedUser, own: string, name: string, tally: Tally): Promise<void> {
  const made = await by.does({ type: 'create', name })
  tally.count(made.type === 'error', `${JSON.stringify(name)} is made`)
  const renamed = await by.does({ type: 'change', room: own, name })
  tally.count(renamed.type === 'error', `a room is renamed to ${JSON.stringify(name)}`)
}

/** A conversation may have the name of a user, and still shows its members. */
async function imitatePerson(anna: ConnectedUser, eve: ConnectedUser, tally: Tally): Promise<void> {
  const made = await eve.does({ type: 'create', kind: 'direct', name: 'Olga', users: [anna.id] })
  premise(made.type === 'room', 'no conversation can be begun')
  const room = made.type === 'room' ? made.room : ''
  const told = await anna.chat.nextWhere((frame) => frame.type === 'room' && frame.room === room)
  tally.count(JSON.stringify(told.people) === JSON.stringify([eve.user]), 'a conversation does not say with whom it is')
  const page = await anna.visitor.get(`/rooms/${encodeURIComponent(room)}`)
  tally.count(
    /class="room-header-with"[^>]*>[^<]*Eve/.test(page.body),
    'the page shows only the name that a conversation was given',
  )
  tally.count(
    /class="rooms-with"[^>]*>[^<]*Eve/.test(page.body),
    'the list shows only the name that a conversation was given',
  )
}

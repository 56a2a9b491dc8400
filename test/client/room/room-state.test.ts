import { describe, expect, it } from 'vitest'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomEvent, RoomState } from '../../../src/client/room/room-state.ts'
import type { RoomSettings } from '../../../src/shared/protocol.ts'
import { anna, bo, deletion, edit, entries, entry, li, opened, reaction, summary, topic } from '../support/fakes.ts'

const now = 1_700_000_100_000
const room = (some = {}) => roomFrom(opened(some), li)
const fetch: RoomEvent = { type: 'fetch', fetch: { to: 'older' } }
const given = (state: RoomState, ...events: RoomEvent[]) => events.reduce((s, event) => reduce(s, event, now), state)
const ids = ({ messages }: RoomState) => messages.map(({ id }) => id)

describe('an entry', () => {
  it('that is the next one is shown', () => {
    const state = given(room(), entry(4))
    expect(ids(state)).toEqual([1, 2, 3, 4])
    expect(state.last).toBe(4)
    expect(state.need).toBeUndefined()
  })

  it('that comes twice is shown once', () => {
    expect(ids(given(room(), entry(4), entry(4), entry(2)))).toEqual([1, 2, 3, 4])
  })

  it('that is not the next one is not shown; what is missing is asked for', () => {
    const state = given(room(), entry(5))
    expect(ids(state)).toEqual([1, 2, 3])
    expect(state.need).toEqual({ after: 3 })
  })

  it('that is not the next one is asked for once, however many follow', () => {
    const asking = given(room(), entry(5))
    expect(given(asking, entry(6), entry(7)).need).toBe(asking.need)
  })

  it('of a type that this page has no words for takes its place in the log, and nothing is asked', () => {
    const state = given(room(), { type: 'unknown-entry', room: 'lobby', id: 4 }, entry(5))
    expect(ids(state)).toEqual([1, 2, 3, 5])
    expect(state.need).toBeUndefined()
  })
})

describe('a change', () => {
  const first = ({ messages }: RoomState) => messages[0]

  it('is folded into the message that it is about, wherever that stands', () => {
    const state = given(room(), edit(4, 1, 'better'), reaction(5, 1, '👍', bo), edit(6, 3, 'the last'))
    expect(state.messages.map(({ data }) => data)).toEqual(['better', 'message 2', 'the last'])
    expect(first(state)).toMatchObject({ edited: edit(4, 1).at, reactions: { '👍': [bo.id] } })
    expect(state).toMatchObject({ last: 6, need: undefined })
  })

  it('leaves the other messages as they are, to the very object', () => {
    const before = room()
    expect(
      given(before, edit(4, 1))
        .messages.slice(1)
        .every((message, i) => message === before.messages[i + 1]),
    ).toBe(true)
  })

  it('that deletes a message leaves its place', () => {
    const state = given(room(), deletion(4, 2))
    expect(ids(state)).toEqual([1, 2, 3])
    expect(state.messages[1]).toEqual({ ...entry(2, ''), deleted: true })
  })

  it('of a message that is not here only takes its place in the log', () => {
    const before = room({ last: 9, messages: entries(8, 9), more: true })
    const state = given(before, edit(10, 1), deletion(11, 2), reaction(12, 3))
    expect(state.messages).toBe(before.messages)
    expect(state).toMatchObject({ last: 12, need: undefined, late: [] })
  })

  it('that is not the next one is not made; what is missing is asked for', () => {
    const state = given(room(), edit(5, 1, 'too early'))
    expect(first(state)?.data).toBe('message 1')
    expect(state.need).toEqual({ after: 3 })
  })

  it('that comes a second time is not made again', () => {
    const state = given(room(), reaction(4, 1), reaction(5, 1, '👍', anna, false), reaction(4, 1))
    expect(first(state)).toEqual(entry(1))
  })

  it('does not end the writing of who made it, as a message does', () => {
    const writing = given(room(), { type: 'typing', room: 'lobby', user: anna })
    expect(given(writing, reaction(4, 1)).typing).toHaveLength(1)
    expect(given(writing, entry(4)).typing).toEqual([])
  })
})

describe('a page that is newer than its last id', () => {
  const page = room({
    last: 3,
    messages: [entry(1), entry(2), { ...entry(3), data: 'new', edited: edit(6, 3).at }, entry(5)],
  })

  it('is not told a second time what it shows already', () => {
    const state = given(page, reaction(4, 1), entry(5), edit(6, 3, 'new'))
    expect(state.messages).toEqual([{ ...entry(1), reactions: { '👍': [anna.id] } }, ...page.messages.slice(1)])
    expect(state.last).toBe(6)
  })

  it('shows what comes after it', () => {
    expect(ids(given(page, reaction(4, 1), entry(5), edit(6, 3, 'new'), entry(7)))).toEqual([1, 2, 3, 5, 7])
  })

  it('does not get messages from before it at its end', () => {
    const state = given(room({ last: 3, messages: entries(5, 9), more: true }), entry(4), entry(5))
    expect(ids(state)).toEqual([5, 6, 7, 8, 9])
    expect(state.last).toBe(5)
  })
})

describe('the topic', () => {
  it('is what the line said at its beginning, until an entry says another', () => {
    const state = given(room(), { type: 'summary', summary: summary({ topic: 'tea' }) })
    expect(state.topic).toBe('tea')
    expect(given(state, topic(4, 'coffee'))).toMatchObject({ topic: 'coffee', last: 4 })
    expect(given(state, topic(4, 'coffee')).messages).toBe(state.messages)
  })

  it('is not turned back by entries from before that', () => {
    const state = given(room(), { type: 'summary', summary: summary({ topic: 'newest', last: 5 }) }, topic(4, 'older'))
    expect(state).toMatchObject({ topic: 'newest', last: 4 })
  })

  it('stays when the messages are replaced', () => {
    const state = given(room(), topic(4, 'tea'), opened({ last: 90, messages: entries(80, 90), more: true }))
    expect(state.topic).toBe('tea')
  })
})

describe('what a room is', () => {
  const settings = (id: number, data: RoomSettings): RoomEvent => ({ ...topic(id, ''), data })
  const told = (some = {}): RoomEvent => ({ type: 'summary', summary: summary(some) })

  it('is what the server says of it, and what is not said is as in most rooms', () => {
    const all = {
      kind: 'private',
      role: 'moderator',
      isCreator: true,
      readOnly: true,
      slowMs: 5_000,
      archived: true,
      mutedUntil: 9,
    }
    expect(given(room(), told(all))).toMatchObject(all)
    expect(given(room(), told(all), told())).toMatchObject({ kind: 'public', role: 'member', readOnly: false })
    expect(given(room(), told(all), told())).toMatchObject({ slowMs: 0, archived: false, mutedUntil: 0 })
  })

  it('changes with the entries that say so, and in nothing else', () => {
    const state = given(room(), told({ name: 'Lobby', topic: 'tea', slowMs: 5_000 }), settings(4, { slowMs: 0 }))
    expect(state).toMatchObject({ name: 'Lobby', topic: 'tea', slowMs: 0, readOnly: false })
    expect(given(state, settings(5, { name: 'Hall', readOnly: true }))).toMatchObject({
      name: 'Hall',
      topic: 'tea',
      readOnly: true,
    })
  })

  it('is not turned back by a word that is older than an entry', () => {
    const state = given(room(), settings(4, { name: 'Hall' }), told({ name: 'Lobby', last: 3, mutedUntil: 9 }))
    expect(state).toMatchObject({ name: 'Hall', mutedUntil: 9 })
    expect(given(state, told({ name: 'Roof', last: 4 })).name).toBe('Roof')
  })

  it('is anew what a new line says, whose log may be another', () => {
    const state = given(
      room(),
      settings(4, { name: 'Hall' }),
      { type: 'connection-lost' },
      told({ name: 'Lobby', last: 2 }),
    )
    expect(state.name).toBe('Lobby')
  })

  it('stays when the messages are replaced', () => {
    const all = { kind: 'private' as const, role: 'moderator' as const, readOnly: true as const, mutedUntil: 9 }
    expect(given(room(), told(all), opened({ last: 90, messages: entries(80, 90) }))).toMatchObject(all)
  })

  it('is called by its people when it is a conversation that has no name, or has none any more', () => {
    const state = given(room(), told({ kind: 'direct', name: '', people: [anna, bo] }))
    expect(state.name).toBe('Anna, Bo')
    const named = given(state, settings(4, { name: 'The three' }))
    expect(named.name).toBe('The three')
    expect(given(named, settings(5, { name: '' })).name).toBe('Anna, Bo')
  })

  it('is empty of people, and asks for nothing, once it is left; opened again it is left no more', () => {
    const state = given(room({ list: [li, anna] }), entry(9), told({ left: true }))
    expect(state).toMatchObject({ left: true, people: [], online: 0, need: undefined })
    expect(given(state, opened()).left).toBe(false)
    expect(given(state, opened({ entries: [] })).left).toBe(false)
  })

  it('knows when its user wrote last: by this clock as it happens, and else by the message', () => {
    expect(room({ messages: [entry(1, 'a', li), entry(2)] }).wroteAt).toBe(entry(1).at)
    expect(given(room(), entry(4)).wroteAt).toBe(0)
    expect(given(room(), entry(4, 'mine', li)).wroteAt).toBe(now)
    expect(given(room(), opened({ last: 4, entries: [entry(4, 'mine', li)] })).wroteAt).toBe(entry(4).at)
  })
})

describe('the mark', () => {
  const read = (id: number): RoomEvent => ({ type: 'read', room: 'lobby', id })

  it('is where the server says, and goes forward', () => {
    const state = room({ read: 1 })
    expect(state.read).toBe(1)
    expect(given(state, read(2)).read).toBe(2)
    expect(given(state, opened({ entries: [], read: 3 })).read).toBe(3)
    expect(given(state, opened({ read: 3 })).read).toBe(3)
    expect(given(state, { type: 'summary', summary: summary({ read: 3 }) }).read).toBe(3)
  })

  it('does not go back', () => {
    const state = room({ read: 2 })
    expect(given(state, read(1))).toBe(state)
    expect(given(state, opened({ entries: [], read: 1 })).read).toBe(2)
    expect(given(state, opened({ read: 1 })).read).toBe(2)
    expect(given(state, { type: 'summary', summary: summary({ read: 1 }) }).read).toBe(2)
  })

  it('of a log that was replaced means nothing in the new one', () => {
    expect(given(room({ read: 3 }), opened({ last: 2, reset: true, epoch: 'second', read: 1 })).read).toBe(1)
  })
})

describe('catching up', () => {
  it('asks from the last id as soon as a line is open', () => {
    expect(given(room(), { type: 'connection-opened' }).need).toEqual({ after: 3 })
  })

  it('shows what followed and asks no more', () => {
    const state = given(room(), { type: 'connection-opened' }, opened({ last: 6, entries: entries(4, 6) }))
    expect(ids(state)).toEqual([1, 2, 3, 4, 5, 6])
    expect(state.need).toBeUndefined()
  })

  it('goes on asking while there is more', () => {
    const state = given(room(), { type: 'connection-opened' }, opened({ last: 9, entries: entries(4, 6), more: true }))
    expect(state.last).toBe(6)
    expect(state.need).toEqual({ after: 6 })
  })

  it('asks again for an entry that was seen beyond the answer', () => {
    const state = given(room(), entry(8), opened({ last: 6, entries: entries(4, 6) }))
    expect(state.need).toEqual({ after: 6 })
  })

  it('takes the newest messages instead when too much was missed', () => {
    const far = given(
      room(),
      { type: 'connection-opened' },
      opened({ last: 9000, entries: entries(4, 503), more: true }),
    )
    expect(far.need).toEqual({})
    const state = given(far, opened({ last: 9000, messages: entries(8951, 9000), more: true }))
    expect(ids(state)[0]).toBe(8951)
    expect(state).toMatchObject({ last: 9000, more: true, need: undefined })
  })

  it('does not ask for ever from a server that has nothing to say', () => {
    const state = given(room(), { type: 'connection-opened' }, opened({ last: 6, entries: [] }))
    expect(state.need).toEqual({})
    expect(given(state, opened({ last: 3 })).need).toBeUndefined()
  })

  it('drops everything when the log was replaced', () => {
    const answer = opened({ epoch: 'second', last: 2, reset: true, messages: [entry(1, 'new'), entry(2, 'too')] })
    const state = given(room(), { type: 'connection-opened' }, answer)
    expect(state.messages.map(({ data }) => data)).toEqual(['new', 'too'])
    expect(state).toMatchObject({ epoch: 'second', last: 2, need: undefined })
  })

  it('forgets what it asked on a line that is lost, and asks it on the next one', () => {
    const lost = given(room(), entry(5), { type: 'connection-lost' })
    expect(lost.need).toBeUndefined()
    expect(given(lost, { type: 'connection-opened' }).need).toEqual({ after: 3 })
  })
})

describe('history', () => {
  const late = room({ last: 60, messages: entries(51, 60), more: true })

  it('stands before the rest', () => {
    const state = given(late, fetch, historyPage(41, 50, true))
    expect(ids(state)).toEqual(entries(41, 60).map(({ id }) => id))
    expect(state).toMatchObject({ more: true, fetching: undefined, last: 60 })
  })

  it('ends where the room began', () => {
    expect(given(late, fetch, historyPage(1, 50, false)).more).toBe(false)
    expect(given(late, fetch, { ...historyPage(1, 0, false) }).more).toBe(false)
  })

  it('that overlaps is shown once', () => {
    expect(ids(given(late, fetch, historyPage(45, 55, true)))).toEqual(entries(45, 60).map(({ id }) => id))
  })

  it('that is newer than the last id does no harm', () => {
    const state = given(late, fetch, historyPage(45, 70, true))
    expect(state.last).toBe(60)
    expect(ids(state).at(-1)).toBe(60)
  })

  it('that comes a second time does not bring back the button for older messages', () => {
    const all = given(late, fetch, historyPage(1, 50, false), fetch)
    expect(given(all, historyPage(41, 50, true)).more).toBe(false)
  })

  it('that is older than a change is brought up to date', () => {
    const changes = [edit(61, 45, 'better'), reaction(62, 50), deletion(63, 48), edit(64, 45, 'best')]
    const state = given(late, fetch, ...changes, historyPage(41, 50, true))
    expect(state.messages.slice(0, 10)).toMatchObject([
      ...entries(41, 44),
      { id: 45, data: 'best' },
      ...entries(46, 47),
      { id: 48, deleted: true },
      entry(49),
      { id: 50, reactions: { '👍': [anna.id] } },
    ])
    expect(state.late).toEqual([])
  })

  it('that is asked for after a change has it already', () => {
    const asking = given(late, edit(61, 45, 'better'), fetch)
    expect(asking.late).toEqual([])
    expect(given(asking, edit(62, 45), { type: 'connection-lost' }).late).toEqual([])
  })

  it('that nobody asked for is not shown: it could leave a hole', () => {
    expect(given(late, historyPage(1, 10, false))).toBe(late)
  })
})

function historyPage(from: number, to: number, more: boolean): RoomEvent {
  return { type: 'history', room: 'lobby', messages: entries(from, to), more }
}

describe('presence', () => {
  const join = (user = anna): RoomEvent => ({ type: 'join', room: 'lobby', user, online: 2 })
  const left = (user = anna): RoomEvent => ({ type: 'left', room: 'lobby', user, online: 1 })

  it('is told where it happened, without an id', () => {
    const state = given(room(), join(), entry(4))
    expect(state.people).toEqual([li, anna])
    expect(state.notices).toMatchObject([{ type: 'join', user: anna, after: 3 }])
    expect(state.last).toBe(4)
  })

  it('is told once', () => {
    const state = given(room(), join(), join())
    expect(state.people).toEqual([li, anna])
    expect(state.notices).toHaveLength(1)
  })

  it('says nothing of one who leaves without having been there', () => {
    expect(given(room(), left()).notices).toEqual([])
  })

  it('says nothing of one who is back within 30 s', () => {
    const gone = reduce(room({ list: [li, anna], online: 2 }), left(), now)
    expect(gone.notices).toHaveLength(1)
    expect(reduce(gone, join(), now + 29_000).notices).toEqual([])
  })

  it('tells of one who is back later', () => {
    const gone = reduce(room({ list: [li, anna], online: 2 }), left(), now)
    expect(reduce(gone, join(), now + 31_000).notices.map(({ type }) => type)).toEqual(['left', 'join'])
  })

  it('says nothing of those who come back after the server, as the page did itself', () => {
    const both = room({ list: [li, anna], online: 2 })
    const first = given(
      both,
      { type: 'connection-lost' },
      { type: 'connection-opened' },
      opened({ entries: [], list: [li], online: 1 }),
    )
    expect(first.people).toEqual([li])
    expect(reduce(first, join(), now + 29_000)).toMatchObject({ people: [li, anna], notices: [] })
    expect(reduce(first, join(), now + 31_000).notices).toHaveLength(1)
    expect(reduce(first, join(bo), now).notices).toHaveLength(1)
  })

  it('believes the list', () => {
    const state = given(room(), join(), { type: 'list', room: 'lobby', data: [li, bo], online: 2 })
    expect(state.people).toEqual([li, bo])
    expect(state.online).toBe(2)
  })

  it('takes a number where there are too many to name', () => {
    expect(given(room(), { type: 'online', room: 'lobby', online: 900 }).online).toBe(900)
  })

  it('of somebody who writes lasts 5 s, or until his words come', () => {
    const writing = reduce(room(), { type: 'typing', room: 'lobby', user: anna }, now)
    expect(writing.typing).toMatchObject([{ user: anna }])
    expect(reduce(writing, { type: 'tick' }, now + 4_999).typing).toHaveLength(1)
    expect(reduce(writing, { type: 'tick' }, now + 5_000).typing).toEqual([])
    expect(reduce(writing, entry(4, 'here', anna), now).typing).toEqual([])
    expect(reduce(writing, entry(4, 'mine', li), now).typing).toHaveLength(1)
  })
})

import { describe, expect, it } from 'vitest'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomEvent, RoomState } from '../../../src/client/room/room-state.ts'
import type { RoomSettings } from '../../../src/shared/protocol/types.ts'
import { anna, bo, deletion, edit, entries, entry, li, opened, reaction, summary, topic } from '../support/fakes.ts'

const now = 1_700_000_100_000
const room = (some = {}) => roomFrom(opened(some), li)
const fetch: RoomEvent = { type: 'fetch', fetch: { to: 'older' } }
const given = (state: RoomState, ...events: RoomEvent[]) => events.reduce((s, event) => reduce(s, event, now), state)
const told = (some = {}): RoomEvent => ({ type: 'summary', summary: summary(some) })
const ids = ({ messages }: RoomState) => messages.map(({ id }) => id)

describe('room state › entries', () => {
  it('are shown when they are next', () => {
    const state = given(room(), entry(4))
    expect(ids(state)).toEqual([1, 2, 3, 4])
    expect(state.last).toBe(4)
    expect(state.need).toBeUndefined()
  })

  it('are shown once when they come twice', () => {
    expect(ids(given(room(), entry(4), entry(4), entry(2)))).toEqual([1, 2, 3, 4])
  })

  it('after a gap are not shown, and the gap is requested', () => {
    const state = given(room(), entry(5))
    expect(ids(state)).toEqual([1, 2, 3])
    expect(state.need).toEqual({ after: 3 })
  })

  it('after a gap cause one request, however many follow', () => {
    const asking = given(room(), entry(5))
    expect(given(asking, entry(6), entry(7)).need).toBe(asking.need)
  })

  it('of unknown types count in the log, without a request', () => {
    const state = given(room(), { type: 'unknown-entry', room: 'lobby', id: 4 }, entry(5))
    expect(ids(state)).toEqual([1, 2, 3, 5])
    expect(state.need).toBeUndefined()
  })
})

describe('room state › changes', () => {
  const first = ({ messages }: RoomState) => messages[0]

  it('are folded into their message, wherever it is', () => {
    const state = given(room(), edit(4, 1, 'better'), reaction(5, 1, '👍', bo), edit(6, 3, 'the last'))
    expect(state.messages.map(({ data }) => data)).toEqual(['better', 'message 2', 'the last'])
    expect(first(state)).toMatchObject({ edited: edit(4, 1).at, reactions: { '👍': [bo.id] } })
    expect(state).toMatchObject({ last: 6, need: undefined })
  })

  it('keep other messages as the same objects', () => {
    const before = room()
    expect(
      given(before, edit(4, 1))
        .messages.slice(1)
        .every((message, i) => message === before.messages[i + 1]),
    ).toBe(true)
  })

  it('that delete a message leave its tombstone', () => {
    const state = given(room(), deletion(4, 2))
    expect(ids(state)).toEqual([1, 2, 3])
    expect(state.messages[1]).toEqual({ ...entry(2, ''), deleted: true })
  })

  it('of a message that is not loaded only count in the log', () => {
    const before = room({ last: 9, messages: entries(8, 9), more: true })
    const state = given(before, edit(10, 1), deletion(11, 2), reaction(12, 3))
    expect(state.messages).toBe(before.messages)
    expect(state).toMatchObject({ last: 12, need: undefined, late: [] })
  })

  it('after a gap are not applied, and the gap is requested', () => {
    const state = given(room(), edit(5, 1, 'too early'))
    expect(first(state)?.data).toBe('message 1')
    expect(state.need).toEqual({ after: 3 })
  })

  it('are not applied twice', () => {
    const state = given(room(), reaction(4, 1), reaction(5, 1, '👍', anna, false), reaction(4, 1))
    expect(first(state)).toEqual(entry(1))
  })

  it('do not end the typing of their author, as a message does', () => {
    const writing = given(room(), { type: 'typing', room: 'lobby', user: anna })
    expect(given(writing, reaction(4, 1)).typing).toHaveLength(1)
    expect(given(writing, entry(4)).typing).toEqual([])
  })
})

describe('room state › page newer than its last id', () => {
  const page = room({
    last: 3,
    messages: [entry(1), entry(2), { ...entry(3), data: 'new', edited: edit(6, 3).at }, entry(5)],
  })

  it('ignores entries that it already shows', () => {
    const state = given(page, reaction(4, 1), entry(5), edit(6, 3, 'new'))
    expect(state.messages).toEqual([{ ...entry(1), reactions: { '👍': [anna.id] } }, ...page.messages.slice(1)])
    expect(state.last).toBe(6)
  })

  it('shows later entries', () => {
    expect(ids(given(page, reaction(4, 1), entry(5), edit(6, 3, 'new'), entry(7)))).toEqual([1, 2, 3, 5, 7])
  })

  it('does not append older messages', () => {
    const state = given(room({ last: 3, messages: entries(5, 9), more: true }), entry(4), entry(5))
    expect(ids(state)).toEqual([5, 6, 7, 8, 9])
    expect(state.last).toBe(5)
  })
})

describe('room state › topic', () => {
  it('is the one at the start of the connection, until an entry changes it', () => {
    const state = given(room(), { type: 'summary', summary: summary({ topic: 'tea' }) })
    expect(state.topic).toBe('tea')
    expect(given(state, topic(4, 'coffee'))).toMatchObject({ topic: 'coffee', last: 4 })
    expect(given(state, topic(4, 'coffee')).messages).toBe(state.messages)
  })

  it('is not reset by older entries', () => {
    const state = given(room(), { type: 'summary', summary: summary({ topic: 'newest', last: 5 }) }, topic(4, 'older'))
    expect(state).toMatchObject({ topic: 'newest', last: 4 })
  })

  it('stays when the messages are replaced', () => {
    const state = given(room(), topic(4, 'tea'), opened({ last: 90, messages: entries(80, 90), more: true }))
    expect(state.topic).toBe('tea')
  })
})

describe('room state › room properties', () => {
  const settings = (id: number, data: RoomSettings): RoomEvent => ({ ...topic(id, ''), data })
  it('are those that the server sends, with defaults for the others', () => {
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

  it('change with their entries only', () => {
    const state = given(room(), told({ name: 'Lobby', topic: 'tea', slowMs: 5_000 }), settings(4, { slowMs: 0 }))
    expect(state).toMatchObject({ title: 'Lobby', topic: 'tea', slowMs: 0, readOnly: false })
    expect(given(state, settings(5, { name: 'Hall', readOnly: true }))).toMatchObject({
      title: 'Hall',
      topic: 'tea',
      readOnly: true,
    })
  })

  it('are not reset by a frame that is older than an entry', () => {
    const state = given(room(), settings(4, { name: 'Hall' }), told({ name: 'Lobby', last: 3, mutedUntil: 9 }))
    expect(state).toMatchObject({ title: 'Hall', mutedUntil: 9 })
    expect(given(state, told({ name: 'Roof', last: 4 })).title).toBe('Roof')
  })

  it('are replaced by a new connection, whose log may be another', () => {
    const state = given(
      room(),
      settings(4, { name: 'Hall' }),
      { type: 'connection-lost' },
      told({ name: 'Lobby', last: 2 }),
    )
    expect(state.title).toBe('Lobby')
  })

  it('stay when the messages are replaced', () => {
    const all = { kind: 'private' as const, role: 'moderator' as const, readOnly: true as const, mutedUntil: 9 }
    expect(given(room(), told(all), opened({ last: 90, messages: entries(80, 90) }))).toMatchObject(all)
  })

  it('name a conversation without a name after its members', () => {
    const state = given(room(), told({ kind: 'direct', name: '', people: [anna, bo] }))
    expect(state.title).toBe('Anna, Bo')
    const named = given(state, settings(4, { name: 'The three' }))
    expect(named.title).toBe('The three')
    expect(given(named, settings(5, { name: '' })).title).toBe('Anna, Bo')
  })

  it('have no presence and request nothing once the room was left, until it is opened again', () => {
    const state = given(room({ list: [li, anna] }), entry(9), told({ left: true }))
    expect(state).toMatchObject({ left: true, people: [], online: 0, need: undefined })
    expect(given(state, opened()).left).toBe(false)
    expect(given(state, opened({ entries: [] })).left).toBe(false)
  })

  it('include the user’s last message: by the local clock when sent here, otherwise by its time', () => {
    expect(room({ messages: [entry(1, 'a', li), entry(2)] }).wroteAt).toBe(entry(1).at)
    expect(given(room(), entry(4)).wroteAt).toBe(0)
    expect(given(room(), entry(4, 'mine', li)).wroteAt).toBe(now)
    expect(given(room(), opened({ last: 4, entries: [entry(4, 'mine', li)] })).wroteAt).toBe(entry(4).at)
  })
})

describe('room state › read mark', () => {
  it('is set back by the user, with the counts of the server or, if newer messages have come, of the page', () => {
    const state = room({ read: 3 })
    const back = { type: 'read', room: 'lobby', id: 1, unread: 5, mentions: 1 } as const
    expect(given(state, { ...back, last: 3 })).toMatchObject({ read: 1, unread: 5, mentions: 1, uncounted: false })
    expect(given(state, { ...back, last: 2 })).toMatchObject({ read: 1, unread: 2, mentions: 0 })
    expect(given(state, { type: 'mark-unread', id: 3 })).toMatchObject({ read: 2, unread: 1 })
    expect(given(room({ read: 1 }), { type: 'mark-unread', id: 3 }), 'never forward').toMatchObject({ read: 1 })
  })

  const read = (id: number): RoomEvent => ({ type: 'read', room: 'lobby', id })

  it('leaves no count that may be wrong when it passes what the server counted otherwise', () => {
    const some = told({ last: 4, read: 0, unread: 3, mentions: 1 })
    expect(given(room({ read: 0 }), some, read(1)), 'a mention by an edit that has not come').toMatchObject({
      uncounted: true,
    })
    const messages = [entry(2), { ...entry(3, ''), deleted: true as const }, entry(4)]
    const inTheMiddle = roomFrom(opened({ messages, last: 9, read: 1, more: true }), li, true)
    const counted = given(inTheMiddle, told({ last: 9, read: 1, unread: 7 }))
    expect(given(counted, read(2))).toMatchObject({ unread: 6, uncounted: false })
    expect(given(counted, read(3)), 'a deletion that may be counted').toMatchObject({ uncounted: true })
  })

  it('is the one that the server sends, and goes forward', () => {
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

  it('of a replaced log is dropped', () => {
    expect(given(room({ read: 3 }), opened({ last: 2, reset: true, epoch: 'second', read: 1 })).read).toBe(1)
  })
})

describe('room state › catching up', () => {
  it('starts from the last id as soon as a connection is open', () => {
    expect(given(room(), { type: 'connection-opened' }).need).toEqual({ after: 3 })
  })

  it('shows the missed entries and then stops', () => {
    const state = given(room(), { type: 'connection-opened' }, opened({ last: 6, entries: entries(4, 6) }))
    expect(ids(state)).toEqual([1, 2, 3, 4, 5, 6])
    expect(state.need).toBeUndefined()
  })

  it('continues while there are more', () => {
    const state = given(room(), { type: 'connection-opened' }, opened({ last: 9, entries: entries(4, 6), more: true }))
    expect(state.last).toBe(6)
    expect(state.need).toEqual({ after: 6 })
  })

  it('continues up to an entry that was seen beyond the answer', () => {
    const state = given(room(), entry(8), opened({ last: 6, entries: entries(4, 6) }))
    expect(state.need).toEqual({ after: 6 })
  })

  it('takes the newest messages instead when too many were missed', () => {
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

  it('stops asking a server that returns nothing', () => {
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

  it('restarts its request on the next connection', () => {
    const lost = given(room(), entry(5), { type: 'connection-lost' })
    expect(lost.need).toBeUndefined()
    expect(given(lost, { type: 'connection-opened' }).need).toEqual({ after: 3 })
  })
})

describe('room state › history', () => {
  const late = room({ last: 60, messages: entries(51, 60), more: true })

  it('goes before the other messages', () => {
    const state = given(late, fetch, historyPage(41, 50, true))
    expect(ids(state)).toEqual(entries(41, 60).map(({ id }) => id))
    expect(state).toMatchObject({ more: true, fetching: undefined, last: 60 })
  })

  it('ends at the start of the room', () => {
    expect(given(late, fetch, historyPage(1, 50, false)).more).toBe(false)
    expect(given(late, fetch, { ...historyPage(1, 0, false) }).more).toBe(false)
  })

  it('is shown once when it overlaps', () => {
    expect(ids(given(late, fetch, historyPage(45, 55, true)))).toEqual(entries(45, 60).map(({ id }) => id))
  })

  it('newer than the last id does no harm', () => {
    const state = given(late, fetch, historyPage(45, 70, true))
    expect(state.last).toBe(60)
    expect(ids(state).at(-1)).toBe(60)
  })

  it('received twice does not bring back the button for older messages', () => {
    const all = given(late, fetch, historyPage(1, 50, false), fetch)
    expect(given(all, historyPage(41, 50, true)).more).toBe(false)
  })

  it('older than a change is updated by it', () => {
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

  it('requested after a change already includes it', () => {
    const asking = given(late, edit(61, 45, 'better'), fetch)
    expect(asking.late).toEqual([])
    expect(given(asking, edit(62, 45), { type: 'connection-lost' }).late).toEqual([])
  })

  it('that was not requested is not shown, since it could leave a gap', () => {
    expect(given(late, historyPage(1, 10, false))).toBe(late)
  })
})

function historyPage(from: number, to: number, more: boolean): RoomEvent {
  return { type: 'history', room: 'lobby', messages: entries(from, to), more }
}

describe('room state › presence', () => {
  const join = (user = anna): RoomEvent => ({ type: 'join', room: 'lobby', user, online: 2 })
  const left = (user = anna): RoomEvent => ({ type: 'left', room: 'lobby', user, online: 1 })

  it('is shown at its position, without an id', () => {
    const state = given(room(), join(), entry(4))
    expect(state.people).toEqual([li, anna])
    expect(state.notices).toMatchObject([{ type: 'join', user: anna, after: 3 }])
    expect(state.last).toBe(4)
  })

  it('is shown once', () => {
    const state = given(room(), join(), join())
    expect(state.people).toEqual([li, anna])
    expect(state.notices).toHaveLength(1)
  })

  it('shows nothing for a user who leaves without having joined', () => {
    expect(given(room(), left()).notices).toEqual([])
  })

  it('shows nothing for a user who returns within 30 s', () => {
    const gone = reduce(room({ list: [li, anna], online: 2 }), left(), now)
    expect(gone.notices).toHaveLength(1)
    expect(reduce(gone, join(), now + 29_000).notices).toEqual([])
  })

  it('shows a user who returns later', () => {
    const gone = reduce(room({ list: [li, anna], online: 2 }), left(), now)
    expect(reduce(gone, join(), now + 31_000).notices.map(({ type }) => type)).toEqual(['left', 'join'])
  })

  it('shows nothing for users who return after a server restart', () => {
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

  it('is replaced by the list', () => {
    const state = given(room(), join(), { type: 'list', room: 'lobby', data: [li, bo], online: 2 })
    expect(state.people).toEqual([li, bo])
    expect(state.online).toBe(2)
  })

  it('accepts a number in place of names', () => {
    expect(given(room(), { type: 'online', room: 'lobby', online: 900 }).online).toBe(900)
  })

  it('shows typing for 5 s, or until the message arrives', () => {
    const writing = reduce(room(), { type: 'typing', room: 'lobby', user: anna }, now)
    expect(writing.typing).toMatchObject([{ user: anna }])
    expect(reduce(writing, { type: 'tick' }, now + 4_999).typing).toHaveLength(1)
    expect(reduce(writing, { type: 'tick' }, now + 5_000).typing).toEqual([])
    expect(reduce(writing, entry(4, 'here', anna), now).typing).toEqual([])
    expect(reduce(writing, entry(4, 'mine', li), now).typing).toHaveLength(1)
  })
})

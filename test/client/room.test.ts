import { describe, expect, it } from 'vitest'
import { type RoomEvent, type RoomState, reduce, roomFrom } from '../../src/client/room.ts'
import { anna, bo, entries, entry, li, opened } from './fakes.ts'

const now = 1_700_000_100_000
const room = (some = {}) => roomFrom(opened(some))
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

describe('catching up', () => {
  it('asks from the last id as soon as a line is open', () => {
    expect(given(room(), { type: 'line-open' }).need).toEqual({ after: 3 })
  })

  it('shows what followed and asks no more', () => {
    const state = given(room(), { type: 'line-open' }, opened({ last: 6, entries: entries(4, 6) }))
    expect(ids(state)).toEqual([1, 2, 3, 4, 5, 6])
    expect(state.need).toBeUndefined()
  })

  it('goes on asking while there is more', () => {
    const state = given(room(), { type: 'line-open' }, opened({ last: 9, entries: entries(4, 6), more: true }))
    expect(state.last).toBe(6)
    expect(state.need).toEqual({ after: 6 })
  })

  it('asks again for an entry that was seen beyond the answer', () => {
    const state = given(room(), entry(8), opened({ last: 6, entries: entries(4, 6) }))
    expect(state.need).toEqual({ after: 6 })
  })

  it('takes the newest messages instead when too much was missed', () => {
    const far = given(room(), { type: 'line-open' }, opened({ last: 9000, entries: entries(4, 503), more: true }))
    expect(far.need).toEqual({})
    const state = given(far, opened({ last: 9000, messages: entries(8951, 9000), more: true }))
    expect(ids(state)[0]).toBe(8951)
    expect(state).toMatchObject({ last: 9000, more: true, need: undefined })
  })

  it('does not ask for ever from a server that has nothing to say', () => {
    const state = given(room(), { type: 'line-open' }, opened({ last: 6, entries: [] }))
    expect(state.need).toEqual({})
    expect(given(state, opened({ last: 3 })).need).toBeUndefined()
  })

  it('drops everything when the log was replaced', () => {
    const answer = opened({ epoch: 'second', last: 2, reset: true, messages: [entry(1, 'new'), entry(2, 'too')] })
    const state = given(room(), { type: 'line-open' }, answer)
    expect(state.messages.map(({ data }) => data)).toEqual(['new', 'too'])
    expect(state).toMatchObject({ epoch: 'second', last: 2, need: undefined })
  })

  it('forgets what it asked on a line that is lost, and asks it on the next one', () => {
    const lost = given(room(), entry(5), { type: 'line-lost' })
    expect(lost.need).toBeUndefined()
    expect(given(lost, { type: 'line-open' }).need).toEqual({ after: 3 })
  })
})

describe('history', () => {
  const late = room({ last: 60, messages: entries(51, 60), more: true })

  it('stands before the rest', () => {
    const state = given(late, { type: 'fetch' }, historyPage(41, 50, true))
    expect(ids(state)).toEqual(entries(41, 60).map(({ id }) => id))
    expect(state).toMatchObject({ more: true, fetching: false, last: 60 })
  })

  it('ends where the room began', () => {
    expect(given(late, { type: 'fetch' }, historyPage(1, 50, false)).more).toBe(false)
    expect(given(late, { type: 'fetch' }, { ...historyPage(1, 0, false) }).more).toBe(false)
  })

  it('that overlaps is shown once', () => {
    expect(ids(given(late, { type: 'fetch' }, historyPage(45, 55, true)))).toEqual(entries(45, 60).map(({ id }) => id))
  })

  it('that is newer than the last id does no harm', () => {
    const state = given(late, { type: 'fetch' }, historyPage(45, 70, true))
    expect(state.last).toBe(60)
    expect(ids(state).at(-1)).toBe(60)
  })

  it('that comes a second time does not bring back the button for older messages', () => {
    const all = given(late, { type: 'fetch' }, historyPage(1, 50, false), { type: 'fetch' })
    expect(given(all, historyPage(41, 50, true)).more).toBe(false)
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
      { type: 'line-lost' },
      { type: 'line-open' },
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

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type RoomEvent, type RoomState, reduce, roomFrom } from '../../src/client/room.ts'
import type { Opened } from '../../src/shared/protocol.ts'
import { entries, opened } from './fakes.ts'

const perPage = 5
const perAnswer = 4

/** What the server would answer while its log has `last` entries. */
function answer(last: number, after?: number): Opened {
  if (after === undefined) {
    return opened({ last, messages: entries(Math.max(1, last - perPage + 1), last), more: last > perPage })
  }
  const to = Math.min(last, after + perAnswer)
  return opened({ last, entries: entries(after + 1, to), more: to < last })
}

function settle(state: RoomState, last: number): RoomState {
  let now = reduce(reduce(state, { type: 'line-lost' }, 0), { type: 'line-open' }, 0)
  for (let asked = 0; now.need; asked++) {
    if (asked > last + 2) throw new Error('It asks for ever.')
    now = reduce(now, answer(last, now.need.after), 0)
  }
  return now
}

const faults = fc.record({
  rendered: fc.integer({ min: 0, max: 20 }),
  grown: fc.integer({ min: 0, max: 20 }),
  happenings: fc.array(
    fc.oneof(
      fc.record({ is: fc.constant('entry' as const), id: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ is: fc.constant('answer' as const), upTo: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ is: fc.constant('history' as const), overlap: fc.integer({ min: 0, max: 10 }) }),
      fc.record({ is: fc.constantFrom('line-open' as const, 'line-lost' as const) }),
    ),
    { maxLength: 40 },
  ),
})

it('ends as a fresh page is, whatever came in whatever order and however often', () => {
  fc.assert(
    fc.property(faults, ({ rendered, grown, happenings }) => {
      const last = rendered + grown
      let state = roomFrom(answer(rendered))
      for (const happening of happenings) {
        const event = eventOf(happening, state, last)
        if (event) state = reduce(state, event, 0)
        expectWhole(state)
      }
      state = settle(state, last)
      const fresh = roomFrom(answer(last))
      expect(state.last).toBe(last)
      expect(state.messages.slice(-fresh.messages.length || undefined)).toEqual(fresh.messages)
      if (!state.more) expect(state.messages).toHaveLength(last)
    }),
    { numRuns: 2_000 },
  )
})

type Happening = (typeof faults extends fc.Arbitrary<infer T> ? T : never)['happenings'][number]

function eventOf(happening: Happening, state: RoomState, last: number): RoomEvent | undefined {
  switch (happening.is) {
    case 'entry':
      return happening.id <= last ? entries(happening.id, happening.id)[0] : undefined
    case 'answer':
      return state.need && answer(Math.max(state.last, Math.min(happening.upTo, last)), state.need.after)
    case 'history':
      return historyFor(state, happening.overlap)
    default:
      return { type: happening.is }
  }
}

/** Asks for older messages, or answers: as now, or as it would have answered an earlier question. */
function historyFor({ fetching, messages, last }: RoomState, overlap: number): RoomEvent {
  if (!fetching) return { type: 'fetch' }
  const before = (messages[0]?.id ?? last + 1) + overlap
  const from = Math.max(1, before - perPage)
  return { type: 'history', room: 'lobby', messages: entries(from, before - 1), more: from > 1 }
}

/** At every moment: no hole, no double, nothing out of order, nothing beyond the cursor. */
function expectWhole({ messages, last }: RoomState) {
  const ids = messages.map(({ id }) => id)
  expect(ids).toEqual(ids.map((_, i) => (ids[0] ?? 0) + i))
  if (ids.length) expect(ids.at(-1)).toBe(last)
}

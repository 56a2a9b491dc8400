import { describe, expect, it } from 'vitest'
import { pinnedMessage } from '../../../src/client/pins/pinned-messages.ts'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomEvent, RoomState } from '../../../src/client/room/room-state.ts'
import { anna, deletion, edit, entry, li, opened } from '../support/fakes.ts'

const now = 1_700_000_100_000
const given = (state: RoomState, ...events: RoomEvent[]) => events.reduce((s, event) => reduce(s, event, now), state)
const pin = (id: number, ref: number, on = true): RoomEvent => ({ ...entry(id), type: 'pin', ref, on, user: anna })

describe('pinned messages › on the page', () => {
  it('follow the log, and a message that is pinned again comes last', () => {
    const state = given(roomFrom(opened({ pins: [1, 2] }), li), pin(4, 3), pin(5, 1))
    expect(state.pins).toEqual([2, 3, 1])
    expect(given(state, pin(6, 3, false)).pins).toEqual([2, 1])
  })

  it('lose a deleted message', () => {
    expect(given(roomFrom(opened({ pins: [1, 2] }), li), deletion(4, 1)).pins).toEqual([2])
  })

  it('are as the answer says after catching up, though it is newer than its entries', () => {
    const { messages: _, ...rest } = opened({ pins: [3, 2], last: 5 })
    const entries = [pin(4, 2), pin(5, 3)] as never[]
    const state = given(roomFrom(opened(), li), { ...rest, entries, more: false })
    expect(state.pins).toEqual([2, 3])
  })

  it('are asked for where they are not in the window, and follow edits', () => {
    const far = { ...entry(1, 'far'), id: 1 }
    const window = roomFrom(opened({ messages: [entry(3)], pins: [1] }), li)
    expect(pinnedMessage(window, 1)).toBeUndefined()
    const asked = given(window, { type: 'pins', room: 'lobby', data: [far] })
    expect(pinnedMessage(asked, 1)?.data).toBe('far')
    expect(pinnedMessage(given(asked, edit(4, 1, 'changed')), 1)?.data).toBe('changed')
  })
})

// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomEvent } from '../../../src/client/room/room-state.ts'
import { useNextMention } from '../../../src/client/timeline/use-next-mention.ts'
import { everyone } from '../../../src/shared/mentions.ts'
import { entries, entry, li, opened, summary } from '../support/fakes.ts'

const toLi = (id: number) => ({ ...entry(id, '@Li'), mentions: [{ id: li.id, name: li.name }] })
const toAll = (id: number) => ({ ...entry(id, '@room'), mentions: [everyone] })

/** Li has read three messages of nine; the page has those from `first` on. */
function setUp(first: number, answers: readonly ({ id?: number } | undefined)[] = []) {
  const messages = [...entries(1, 4), toLi(5), entry(6), toAll(7), ...entries(8, 9)].filter(({ id }) => id >= first)
  const start = roomFrom(opened({ messages, more: first > 1, last: 9, read: 3 }), li)
  const state = shallowRef(start)
  const apply = async (event: RoomEvent) => {
    state.value = reduce(state.value, event, 0)
    await nextTick()
  }
  const rest = [...answers]
  const ask = vi.fn(async (_after: number) => rest.shift())
  const goTo = vi.fn<(id: number) => void>()
  const scope = effectScope()
  const mentions = scope.run(() => useNextMention({ room: () => state.value, ask, goTo }))
  if (!mentions) throw new Error('The scope has ended.')
  return { ...mentions, ask, goTo, apply, went: () => goTo.mock.calls.map(([id]) => id) }
}

describe('next mention', () => {
  it('leads through the unread mentions in order, those of everybody too, and then to the first again', async () => {
    const { mentionsLeft, next, went, ask } = setUp(1, [{}])
    expect(mentionsLeft.value).toBe(2)
    await next()
    expect([mentionsLeft.value, went()]).toEqual([1, [5]])
    expect(ask).not.toHaveBeenCalled()
    await next()
    expect([mentionsLeft.value, went()]).toEqual([0, [5, 7]])
    await next()
    expect([mentionsLeft.value, went()]).toEqual([1, [5, 7, 5]])
    expect(ask.mock.calls).toEqual([[7]])
  })
  it('is asked of the server where the page does not have the messages from the read mark on', async () => {
    const { mentionsLeft, next, went, ask, apply } = setUp(6, [{ id: 5 }, { id: 7 }])
    await apply({ type: 'summary', summary: summary({ last: 9, read: 3, unread: 6, mentions: 2 }) })
    expect(mentionsLeft.value).toBe(2)
    await next()
    // From there on the page has all of them.
    await next()
    expect(ask.mock.calls).toEqual([[3]])
    expect([mentionsLeft.value, went()]).toEqual([0, [5, 7]])
  })
  it('counts none that was read, and begins again when messages are marked as unread', async () => {
    const { mentionsLeft, next, went, apply } = setUp(1)
    await next()
    await apply({ type: 'read', room: 'lobby', id: 6 })
    expect(mentionsLeft.value).toBe(1)
    await next()
    expect(went()).toEqual([5, 7])
    await apply({ type: 'mark-unread', id: 5 })
    expect(mentionsLeft.value).toBe(2)
    await next()
    expect(went()).toEqual([5, 7, 5])
  })
  it('stays where it was without an answer', async () => {
    const { mentionsLeft, next, went } = setUp(1, [undefined, {}])
    for (let i = 0; i < 3; i++) await next()
    expect([mentionsLeft.value, went()]).toEqual([0, [5, 7]])
    await next()
    expect([mentionsLeft.value, went()]).toEqual([1, [5, 7, 5]])
  })
})

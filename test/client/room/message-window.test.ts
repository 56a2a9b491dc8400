import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  append,
  change,
  type Fetch,
  fetched,
  held,
  isIn,
  type Window,
} from '../../../src/client/room/message-window.ts'
import { applyChange, type Change } from '../../../src/shared/fold.ts'
import type { Message } from '../../../src/shared/protocol/types.ts'
import { edit, entries, entry } from '../support/fakes.ts'

const blank: Window = { messages: [], more: false, newer: false, fetching: undefined, late: [] }
const windowOf = (from: number, to: number, some: Partial<Window> = {}): Window => ({
  ...blank,
  messages: entries(from, to),
  more: from > 1,
  ...some,
})
const span = ({ messages }: Window) => [messages[0]?.id, messages.at(-1)?.id]
const asking = (window: Window, fetch: Fetch): Window => ({ ...window, fetching: fetch })
const page = (from: number, to: number, more: boolean) => ({ messages: entries(from, to), more })

describe('message window at the end of a room', () => {
  it('adds new messages', () => {
    expect(span(append(windowOf(1, 5), entry(6), true))).toEqual([1, 6])
  })

  it('drops the oldest past its size while the reader is at the end', () => {
    const next = append(windowOf(1, held.max), entry(held.max + 1), true)
    expect(span(next)).toEqual([held.max - held.min + 2, held.max + 1])
    expect(next).toMatchObject({ more: true, newer: false })
  })

  it('keeps them while the reader is further up, and is then no longer at the end', () => {
    const next = append(windowOf(1, held.max), entry(held.max + 1), false)
    expect(span(next)).toEqual([1, held.max])
    expect(next.newer).toBe(true)
  })

  it('drops nothing while older messages are being fetched', () => {
    const asked = asking(windowOf(101, 100 + held.max), { to: 'older' })
    const next = fetched(append(asked, entry(101 + held.max), true), page(51, 100, true), 900)
    expect(span(next)).toEqual([51, 50 + held.min])
  })

  it('adds no new messages once it is not at the end', () => {
    expect(span(append(windowOf(1, 5, { newer: true }), entry(9), true))).toEqual([1, 5])
  })
})

describe('message window › fetched messages', () => {
  it('go before the others, and the other end is dropped past the size', () => {
    const next = fetched(asking(windowOf(101, 100 + held.max), { to: 'older' }), page(51, 100, true), 900)
    expect(span(next)).toEqual([51, 50 + held.min])
    expect(next).toMatchObject({ more: true, newer: true, fetching: undefined })
  })

  it('go after the others, up to the end', () => {
    const away = asking(windowOf(1, 5, { newer: true }), { to: 'newer' })
    expect(fetched(away, page(6, 9, true), 20)).toMatchObject({ newer: true })
    const next = fetched(away, page(6, 9, false), 9)
    expect(span(next)).toEqual([1, 9])
    expect(next.newer).toBe(false)
  })

  it('are followed by messages sent while the answer was under way', () => {
    const away = asking(windowOf(1, 5, { newer: true }), { to: 'newer' })
    const next = fetched(change(append(away, entry(8), true), edit(9, 8, 'better')), page(6, 7, false), 9)
    expect(next.messages.slice(-2)).toMatchObject([{ id: 7 }, { id: 8, data: 'better' }])
  })

  it('replace the others when they are elsewhere', () => {
    const next = fetched(asking(windowOf(900, 950), { to: 'around', id: 100 }), page(75, 125, true), 950)
    expect(span(next)).toEqual([75, 125])
    expect(next.newer).toBe(true)
    expect(isIn(next, 100)).toBe(true)
    expect(isIn(next, 900)).toBe(false)
  })

  it('are ignored when they were not requested', () => {
    const window = windowOf(1, 5)
    expect(fetched(window, page(6, 9, false), 9)).toBe(window)
  })
})

/** Every message of a room, as many as there were at some time, and as they were changed until then. */
class Log {
  length = 0
  readonly #messages: Message[] = []
  readonly #history: Message[][] = [[]]

  say(): Message {
    const message = entry(++this.length)
    this.#messages.push(message)
    this.#history.push([...this.#messages])
    return message
  }

  edit(which: number): Change | undefined {
    const index = Math.floor(which * this.#messages.length)
    const message = this.#messages[index]
    if (!message) return undefined
    const one = edit(++this.length, message.id)
    this.#messages[index] = applyChange(message, one)
    this.#history.push([...this.#messages])
    return one
  }

  at(length: number): Message[] {
    return this.#history[length] ?? []
  }

  answer(fetch: Fetch, { messages }: Window, length: number) {
    const all = this.at(length)
    const size = 50
    const [first = 0, last = 0] = [messages[0]?.id, messages.at(-1)?.id]
    const before = (id: number) => all.filter((one) => one.id < id)
    const after = (id: number) => all.filter((one) => one.id > id)
    if (fetch.to === 'newer') return { messages: after(last).slice(0, size), more: after(last).length > size }
    if (fetch.to === 'around') {
      const older = before(fetch.id)
      const newer = after(fetch.id - 1).slice(0, size / 2)
      return { messages: [...older.slice(-size / 2), ...newer], more: older.length > size / 2 }
    }
    const older = fetch.to === 'older' ? before(first) : all
    return { messages: older.slice(-size), more: older.length > size }
  }
}

const happenings = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('say' as const),
      times: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 40, max: 90 })),
      atEnd: fc.boolean(),
    }),
    fc.record({ type: fc.constant('edit' as const), which: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
    fc.record({ type: fc.constant('ask' as const), to: fc.constantFrom('older', 'older', 'newer', 'newer', 'end') }),
    fc.record({ type: fc.constant('around' as const), at: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
    fc.record({ type: fc.constant('answer' as const), as: fc.double({ min: 0, max: 1, noNaN: true }) }),
    // Most questions are answered soon, with little said meanwhile.
    fc.record({ type: fc.constant('answer' as const), as: fc.double({ min: 0, max: 1, noNaN: true }) }),
  ),
  { minLength: 20, maxLength: 120 },
)

it('message window › is always a contiguous, bounded part of the room, and complete where it says so', () => {
  fc.assert(
    fc.property(happenings, (happenings) => {
      const log = new Log()
      // A room with a past, of which the window shows the end.
      for (let i = 0; i < 700; i++) log.say()
      let window: Window = { ...blank, messages: log.at(700).slice(-50), more: true }
      let asked: { fetch: Fetch; length: number; from: Window } | undefined
      const ask = (fetch: Fetch) => {
        const isSense = fetch.to === 'older' ? window.more : fetch.to === 'newer' ? window.newer : true
        if (asked || !isSense) return
        asked = { fetch, length: log.length, from: window }
        window = { ...window, fetching: fetch, late: [] }
      }
      for (const one of happenings) {
        if (one.type === 'say') {
          for (let i = 0; i < one.times; i++) window = append(window, log.say(), one.atEnd)
        } else if (one.type === 'edit') {
          const changed = log.edit(one.which)
          if (changed) window = change(window, changed)
        } else if (one.type === 'around') ask({ to: 'around', id: Math.ceil(one.at * log.length) })
        else if (one.type === 'ask') ask({ to: one.to as 'older' })
        else if (asked) {
          const { fetch, length, from } = asked
          const then = length + Math.round(one.as * (log.length - length))
          window = fetched(window, log.answer(fetch, from, then), log.length)
          asked = undefined
        }
        expectWhole(window, log)
      }
    }),
    { numRuns: 400 },
  )
})

function expectWhole(window: Window, log: Log) {
  const all = log.at(log.length)
  const [first, last] = span(window)
  const piece = all.filter(({ id }) => id >= (first ?? Number.POSITIVE_INFINITY) && id <= (last ?? 0))
  expect(window.messages).toEqual(piece)
  if (!window.fetching) expect(window.messages.length).toBeLessThanOrEqual(held.max)
  if (!window.newer) expect(last).toBe(all.at(-1)?.id)
  if (!window.more && window.messages.length) expect(first).toBe(all[0]?.id)
}

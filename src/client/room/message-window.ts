/** The part of a room's messages that the page holds: without a hole, of bounded length, at the room's end or elsewhere. */
import { applyChange, applyChanges, type Change } from '../../shared/fold.ts'
import type { Message } from '../../shared/protocol/types.ts'

export interface Window {
  /** Without a hole, oldest first. A page may have been newer than the cursor: the newest may be beyond it. */
  messages: readonly Message[]
  /** There are messages older than the first. */
  more: boolean
  /** There are, or may be, messages newer than the last: what is said now is not appended. */
  newer: boolean
  /** The page of messages that has been asked for. */
  fetching: Fetch | undefined
  /** Messages and changes since then: the answer may be older than they are. */
  late: readonly (Change | Message)[]
}

export type Fetch = { to: 'older' } | { to: 'newer' } | { to: 'end' } | { to: 'around'; id: number }

export interface FetchedPage {
  messages: readonly Message[]
  more: boolean
}

/** Past `max` the far end is let go, down to `min`: a room of 100,000 messages costs no more than one of 400. */
export const held = { max: 400, min: 370 } as const

/** Few come and few go at once: to draw 50 and to let 100 go held up the page for longer than a frame may wait. */
export const historyPageSize = 30

export function isIn({ messages }: Window, id: number): boolean {
  return messages.some((message) => message.id === id)
}

/** Adds a new message. @param atEnd whether the reader is at the end, so that the oldest may go unseen */
export function append<State extends Window>(state: State, message: Message, atEnd: boolean): State {
  const next = state.fetching ? { ...state, late: [...state.late, message] } : state
  // A page that was newer than the cursor has it already, perhaps as it was changed since.
  if (next.newer || message.id <= (next.messages.at(-1)?.id ?? 0)) return next
  // While a page is being fetched nothing is removed: the page must connect to the messages that are here.
  const isFull = next.messages.length >= held.max && !next.fetching
  if (!isFull) return { ...next, messages: [...next.messages, message] }
  // A reader further up is not moved; what is new is fetched when they scroll down.
  if (!atEnd) return { ...next, newer: true }
  return { ...next, more: true, messages: [...next.messages.slice(1 - held.min), message] }
}

export function change<State extends Window>(state: State, one: Change): State {
  const next = state.fetching ? { ...state, late: [...state.late, one] } : state
  const index = next.messages.findLastIndex(({ id }) => id === one.ref)
  const message = next.messages[index]
  return message ? { ...next, messages: next.messages.with(index, applyChange(message, one)) } : next
}

/** Takes in the answer to what was asked. Nothing of one that nobody asked: it could leave a hole. */
export function fetched<State extends Window>(state: State, page: FetchedPage, last: number): State {
  const { fetching } = state
  if (!fetching) return state
  const asNow = page.messages.map((message) => withChanges(message, state.late))
  const next = { ...state, fetching: undefined, late: [] }
  switch (fetching.to) {
    case 'older':
      return withOlder(next, asNow, page.more, last)
    case 'newer':
      return withNewer(next, page.more ? asNow : withLate(asNow, state.late), page.more)
    case 'end':
      return withNewer({ ...next, messages: [], more: page.more }, withLate(asNow, state.late), false)
    case 'around':
      return { ...next, messages: asNow, more: page.more, newer: (asNow.at(-1)?.id ?? 0) < last }
    default:
      return fetching satisfies never
  }
}

function withOlder<State extends Window>(state: State, page: readonly Message[], more: boolean, last: number): State {
  const first = state.messages[0]?.id ?? last + 1
  // Only what is older: the rest is here already, or comes by the log, in order.
  const messages = [...page.filter(({ id }) => id < first), ...state.messages]
  const isCut = messages.length > held.max
  return {
    ...state,
    messages: isCut ? messages.slice(0, held.min) : messages,
    more: (page[0]?.id ?? 0) <= first ? more : state.more,
    newer: state.newer || isCut,
  }
}

function withNewer<State extends Window>(state: State, page: readonly Message[], newer: boolean): State {
  const last = state.messages.at(-1)?.id ?? 0
  const messages = [...state.messages, ...page.filter(({ id }) => id > last)]
  const isCut = messages.length > held.max
  return {
    ...state,
    messages: isCut ? messages.slice(-held.min) : messages,
    more: state.more || isCut,
    newer,
  }
}

/** Adds the messages that arrived while the answer was on its way, with their changes. */
function withLate(page: readonly Message[], late: Window['late']): readonly Message[] {
  const last = page.at(-1)?.id ?? 0
  const said = late.filter((one): one is Message => one.type === 'chat' && one.id > last)
  return [...page, ...said.map((message) => withChanges(message, late))]
}

function withChanges(message: Message, late: Window['late']): Message {
  const changes = late.filter((one): one is Change => one.type !== 'chat' && one.ref === message.id)
  return changes.length ? applyChanges(message, changes) : message
}

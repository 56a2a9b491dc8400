import type { Clock } from '../../../clients/js/src/clock.ts'
import type { Environment, SocketEvents, Transport } from '../../../clients/js/src/environment.ts'
import { PageLanguage } from '../../../src/client/locale/language.ts'
import { en } from '../../../src/shared/locales/en/index.ts'
import { page as pageEn } from '../../../src/shared/locales/en/page.ts'
import type { PageState } from '../../../src/shared/page-state.ts'
import type { Opened } from '../../../src/shared/protocol/frames.ts'
import type { Entry, Message, RoomSummary, ServerRole, User } from '../../../src/shared/protocol/types.ts'

/** A clock that goes only when it is told to. */
export class FakeClock implements Clock {
  #now = 1_700_000_000_000
  #timers: { at: number; callback: () => void }[] = []

  now() {
    return this.#now
  }

  after(ms: number, callback: () => void) {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Lets time pass; timers ring in their order. */
  pass(ms: number) {
    const end = this.#now + ms
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at)
      this.#timers = this.#timers.filter((other) => other !== next)
      next.callback()
    }
    this.#now = end
  }

  /** The machine sleeps: time passes, timers do not ring until it is over. */
  sleep(ms: number) {
    this.#now += ms
  }

  get timers() {
    return this.#timers.length
  }

  #next(end: number) {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

export class FakeTransport implements Transport {
  readonly sent: string[] = []
  readonly events: SocketEvents
  isDropped = false

  constructor(events: SocketEvents) {
    this.events = events
  }

  send(text: string) {
    this.sent.push(text)
  }

  drop() {
    this.isDropped = true
  }

  get frames(): { type: string; [field: string]: unknown }[] {
    return this.sent.map((text) => JSON.parse(text))
  }

  hears(frame: object) {
    this.events.received(JSON.stringify(frame))
  }

  /** Opens, and names these rooms of the user. */
  opens(rooms: readonly RoomSummary[] = [], role: ServerRole = 'member') {
    this.events.opened()
    this.hears({ ...welcome(), rooms, role })
  }
}

export class FakeWorld implements Environment {
  readonly clock = new FakeClock()
  readonly events = new EventTarget()
  readonly lines: FakeTransport[] = []
  luck = 0.5
  hidden = false

  random = () => this.luck

  isHidden = () => this.hidden

  openSocket = (events: SocketEvents) => {
    const line = new FakeTransport(events)
    this.lines.push(line)
    return line
  }

  get line(): FakeTransport {
    const line = this.lines.at(-1)
    if (!line) throw new Error('No line was opened.')
    return line
  }
}

export const li: User = { id: 1, name: 'Li', image: 0 }
export const anna: User = { id: 2, name: 'Anna', image: 7 }
export const bo: User = { id: 3, name: 'Bo', image: 4 }

export const atOf = (id: number) => 1_700_000_000_000 + id * 1000

/** A chat entry, which is a message as long as nothing has changed it. */
export function entry(id: number, data = `message ${id}`, user = anna): Message {
  return { id, room: 'lobby', type: 'chat', user, at: atOf(id), data }
}

export function entries(from: number, to: number): Message[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => entry(from + i))
}

type EntryOf<Type> = Extract<Entry, { type: Type }>

export function edit(id: number, ref: number, data = `edited by ${id}`, user = anna): EntryOf<'edit'> {
  return { id, room: 'lobby', type: 'edit', user, at: atOf(id), ref, data }
}

export function deletion(id: number, ref: number, user = anna): EntryOf<'delete'> {
  return { id, room: 'lobby', type: 'delete', user, at: atOf(id), ref }
}

export function reaction(id: number, ref: number, data = '👍', user = anna, on = true): EntryOf<'react'> {
  return { id, room: 'lobby', type: 'react', user, at: atOf(id), ref, data, on }
}

export function topic(id: number, topic: string): EntryOf<'room'> {
  return { id, room: 'lobby', type: 'room', user: anna, at: atOf(id), data: { topic } }
}

export function opened(some: Partial<Opened> = {}): Opened {
  const last = some.last ?? 3
  const answer: Opened = {
    at: last && atOf(last),
    type: 'opened',
    room: 'lobby',
    epoch: 'first',
    last,
    reset: false,
    more: false,
    list: [li],
    online: 1,
    read: last,
    ...some,
  }
  return some.entries ? answer : { messages: entries(1, last), ...answer }
}

export function summary(some: Partial<RoomSummary> = {}): RoomSummary {
  return { room: 'lobby', name: 'lobby', topic: '', last: 3, read: 3, unread: 0, mentions: 0, ...some }
}

export function pageState(some: Partial<PageState> = {}): PageState {
  return {
    user: li,
    role: 'member',
    isVerified: true,
    canViewPublic: true,
    canCreateRooms: true,
    serverName: 'Teahouse',
    serverIcon: 'green/cup',
    blocked: [],
    rooms: [],
    opened: opened(),
    newer: false,
    language: { code: 'en', texts: pageEn },
    build: 'this build',
    ...some,
  }
}

export const english = new PageLanguage('en', en)

export function welcome(some: Partial<RoomSummary> = {}) {
  return { type: 'welcome', user: li, rooms: [summary(some)], build: 'build', role: 'member' }
}

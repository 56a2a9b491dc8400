import fc from 'fast-check'
import { expect, it } from 'vitest'
import { reduce, roomFrom, roomFromSummary } from '../../../src/client/room/reduce-room.ts'
import type { RoomEvent, RoomState } from '../../../src/client/room/room-state.ts'
import type { RoomSummary, User } from '../../../src/shared/protocol/types.ts'
import { type Change, LogModel, people } from '../support/log-model.ts'

const changes = fc.array(
  fc.record<Change>({
    type: fc.constantFrom('chat', 'chat', 'chat', 'edit', 'delete', 'react', 'react', 'react', 'room'),
    at: fc.nat({ max: 9 }),
    user: fc.constantFrom(...people),
    data: fc.constantFrom('👍', '👎', '！', '1', 'constructor', '__proto__'),
    on: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
)

/** Fractions of 1, so that they mean something for every log. Of all doubles nearly all are next to 0. */
const part = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100)

const happenings = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('grow' as const), by: fc.integer({ min: 1, max: 6 }) }),
    // Any entry, any number of times, in any order: as it was when it was new, or as it is now.
    fc.record({ type: fc.constant('entry' as const), which: part, isOld: fc.boolean() }),
    fc.record({ type: fc.constant('next' as const), isOld: fc.boolean() }),
    fc.record({ type: fc.constant('unknown' as const), which: part }),
    fc.record({ type: fc.constant('answer' as const), as: part, lag: fc.integer({ min: 0, max: 8 }) }),
    fc.record({ type: fc.constant('fetch' as const), overlap: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ type: fc.constant('history' as const), as: part }),
    fc.record({ type: fc.constant('read' as const), to: part }),
    fc.record({ type: fc.constant('summary' as const), as: part }),
    fc.record({ type: fc.constantFrom('connection-opened' as const, 'connection-lost' as const) }),
  ),
  { maxLength: 40 },
)

type Happening = typeof happenings extends fc.Arbitrary<(infer T)[]> ? T : never

/** A page and its server: what the one asked, the other answers as its log stands at some moment between then and now. */
class World {
  readonly log: LogModel
  length: number
  /** Up to where the user has read. */
  read = 0
  state: RoomState
  #asked = 0
  #question: { before: number; asked: number } | undefined

  /** @param rendered how much of the log there was when the page was rendered, from 0 to 1 */
  constructor(log: LogModel, rendered: number, lag?: number) {
    this.log = log
    this.length = Math.round(rendered * log.length)
    const [me] = people as [User]
    // Without a lag it is a room of which only the summary came, and at which nobody looks.
    this.state =
      lag === undefined ? roomFromSummary(log.summary(this.length), me) : roomFrom(log.page(this.length, lag), me)
  }

  hear(event: RoomEvent) {
    const before = this.state
    this.state = reduce(before, event, 0)
    if (this.state.need && this.state.need !== before.need) this.#asked = this.length
    if (event.type === 'connection-lost' || (event.type === 'opened' && event.messages)) this.#question = undefined
  }

  live(happening: Happening) {
    const { log, length, state } = this
    switch (happening.type) {
      case 'grow':
        this.length = Math.min(log.length, length + happening.by)
        return
      case 'entry':
        return this.#say(Math.ceil(happening.which * length), happening.isOld)
      case 'next':
        return this.#say(state.last + 1, happening.isOld)
      case 'unknown':
        // Only of what is no news: one that is would be another log.
        return this.hear({ type: 'unknown-entry', room: 'lobby', id: Math.floor(happening.which * state.last) })
      case 'answer':
        return state.need && this.answer(this.#between(this.#asked, happening.as), happening.lag)
      case 'fetch':
        return this.#fetch(happening.overlap)
      case 'history':
        return this.#history(happening.as)
      case 'read':
        this.read = Math.max(this.read, Math.round(happening.to * length))
        return this.hear({ type: 'read', room: 'lobby', id: this.read })
      case 'summary':
        // It may be from before what has come since.
        return this.hear({ type: 'summary', summary: log.summary(Math.ceil(happening.as * length), this.read) })
      case 'connection-opened':
        return this.connect()
      case 'connection-lost':
        return this.hear({ type: 'connection-lost' })
      default:
        happening satisfies never
    }
  }

  connect() {
    this.hear({ type: 'connection-lost' })
    this.hear({ type: 'summary', summary: this.log.summary(this.length, this.read) })
    this.hear({ type: 'connection-opened' })
  }

  answer(length: number, lag: number) {
    const after = this.state.need?.after
    const answer = after === undefined ? this.log.page(length, lag) : this.log.answer(Math.max(length, after), after)
    this.hear({ ...answer, read: this.read })
  }

  #say(id: number, isOld: boolean) {
    if (id >= 1 && id <= this.length) this.hear(this.log.entry(id, isOld ? id : this.length))
  }

  #fetch(overlap: number) {
    const [first] = this.state.messages
    if (this.#question || !first) return
    this.#question = { before: first.id + overlap, asked: this.length }
    this.hear({ type: 'fetch', fetch: { to: 'older' } })
  }

  #history(as: number) {
    if (!this.#question) return
    const { before, asked } = this.#question
    this.#question = undefined
    this.hear({ type: 'history', room: 'lobby', ...this.log.history(before, this.#between(asked, as)) })
  }

  #between(asked: number, as: number): number {
    return asked + Math.round(as * (this.length - asked))
  }
}

it('room state › ends like a fresh page, for any order and repetition of frames', () => {
  fc.assert(
    fc.property(changes, part, fc.integer({ min: 0, max: 8 }), happenings, (changes, rendered, lag, happenings) => {
      const world = new World(new LogModel(changes), rendered, lag)
      for (const happening of happenings) {
        world.live(happening)
        expectWhole(world)
      }
      world.length = world.log.length
      settle(world)
      expectLevel(world)
    }),
    { numRuns: 1_000 },
  )
})

it('room state › ends like a fresh page when all missed entries come without a new connection', () => {
  fc.assert(
    fc.property(changes, part, fc.integer({ min: 0, max: 8 }), happenings, (changes, rendered, lag, happenings) => {
      const world = new World(new LogModel(changes), rendered, lag)
      for (const happening of happenings) world.live(happening)
      world.length = world.log.length
      world.live({ type: 'history', as: 0 })
      while (world.state.last < world.length) world.live({ type: 'next', isOld: true })
      expectLevel(world)
    }),
    { numRuns: 1_000 },
  )
})

it('room state › knows the unread count of an unvisited room, or that it has to ask (FAULTS 2)', () => {
  let asked = 0
  fc.assert(
    fc.property(changes, part, happenings, (changes, rendered, happenings) => {
      const world = new World(new LogModel(changes), rendered)
      for (const happening of happenings) world.live(happening)
      world.length = world.log.length
      while (world.state.last < world.length) world.live({ type: 'next', isOld: false })
      asked += Number(world.state.uncounted)
      expectCounted(world.state, world.log.summary(world.length, world.state.read))
    }),
    { numRuns: 2_000 },
  )
  expect(asked).toBeGreaterThan(100)
  expect(asked).toBeLessThan(1_500)
})

function settle(world: World) {
  world.connect()
  for (let asked = 0; world.state.need; asked++) {
    if (asked > world.length + 2) throw new Error('It asks for ever.')
    world.answer(world.length, 0)
  }
  expect(world.state.topic).toBe(world.log.topic(world.length))
}

/** The shown messages match the log, with the newest page among them. */
function expectLevel({ state, log, length }: World) {
  const all = log.messages(length)
  const shown = all.filter(({ id }) => id >= (state.messages[0]?.id ?? Number.POSITIVE_INFINITY))
  expect(state.last).toBe(length)
  expect(state.messages).toEqual(shown)
  expect(state.messages.map(reactionsOf)).toEqual(shown.map(reactionsOf))
  if (!state.more) expect(shown).toHaveLength(all.length)
  if (all.length) expect(shown.length).toBeGreaterThan(0)
  expectCounted(state, log.summary(length, state.read))
}

/** What is unread is as many as the server counts, or the page knows that it does not know and asks. */
function expectCounted(state: RoomState, summary: RoomSummary) {
  const { uncounted, unread, mentions } = reduce(state, { type: 'summary', summary }, 0)
  const { unread: expected, mentions: named } = summary
  if (!state.uncounted) expect([state.unread, state.mentions]).toEqual([expected, named])
  expect([uncounted, unread, mentions]).toEqual([false, expected, named])
}

/** With their order. */
function reactionsOf({ reactions }: RoomState['messages'][number]) {
  return Object.entries(reactions ?? {})
}

/** At every moment: no hole, no double, nothing out of order, nothing missing before the cursor. */
function expectWhole({ state, log, length }: World) {
  const ids = state.messages.map(({ id }) => id)
  const all = log.messages(length).map(({ id }) => id)
  const newest = Math.max(state.last, ids.at(-1) ?? 0)
  expect(ids).toEqual(all.filter((id) => id >= (ids[0] ?? newest + 1) && id <= newest))
  if (!state.more) expect(ids).toEqual(all.filter((id) => id <= newest))
}

/** A server on which anything happens, and what each user may find there: all that they can read in rooms that they can view. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect } from 'vitest'
import { indexedNow } from '../../src/server/store/search/index.ts'
import { statementRunner } from '../../src/server/store/sqlite/statements.ts'
import { forever } from '../../src/shared/durations.ts'
import type { Message, User } from '../../src/shared/protocol/types.ts'
import { canView } from '../../src/shared/rights.ts'
import { parseSearch } from '../../src/shared/search/query.ts'
import { termsOf } from '../../src/shared/search/terms.ts'
import { viewer } from '../support/clients/users.ts'
import { den, tea } from '../support/server/populate.ts'
import { sqliteBackend } from './backends.ts'
import type { Backend } from './contract/contract.ts'
import { ban, StoreFixture } from './fixture.ts'

const words = ['tea', 'green', 'teapot', '上海', '海', 'été']
const queries = [
  'tea',
  'te*',
  '"green tea"',
  '海',
  '上海',
  'ete',
  'tea from:bo',
  'green in:~den',
  'from:anna',
  'mentions:me',
]
const rooms = [tea, den, 'lobby']

const number = fc.nat({ max: 5 })
const text = fc.array(fc.constantFrom(...words, '@Bo'), { minLength: 1, maxLength: 4 }).map((said) => said.join(' '))
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('write' as const), by: number, room: fc.nat({ max: 2 }), text }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('edit' as const, 'delete' as const),
      ...{ by: number, room: fc.nat({ max: 2 }), message: fc.nat({ max: 9 }), text },
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('kick', 'ban', 'unban', 'leave', 'add', 'block', 'unblock', 'purge', 'undo', 'join'),
      ...{ by: number, to: number, room: fc.nat({ max: 2 }), isServer: fc.boolean() },
    }),
  },
)
const story = fc.array(step, { minLength: 10, maxLength: 40 })
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** A backend that says in which folder a store is. */
export function backendIn(tell: (folder: string) => void): Backend {
  return {
    ...sqliteBackend,
    copy(from, t) {
      const folder = sqliteBackend.copy(from, t)
      tell(folder)
      return folder
    },
  }
}

/** Everything in the index, and what should be there: the words of the messages as they are. */
export function wordsIn(folder: string): { indexed: string[]; expected: string[] } {
  const database = new DatabaseSync(join(folder, 'teahouse.db'))
  database.exec(`create virtual table temp.vocabulary using fts5vocab(main, search_index, 'instance')`)
  const indexed = database.prepare('select term, doc from vocabulary').all()
  const run = statementRunner(database)
  const messages = database.prepare(`select room_id as room, id from entries where type = 'chat'`).all()
  const expected = messages.flatMap(({ room, id }) => {
    const now = run(indexedNow(Number(room), Number(id)))
    return now ? now.words.split(' ').map((term) => `${term} ${now.place}`) : []
  })
  database.close()
  return { indexed: indexed.map(({ term, doc }) => `${term} ${doc}`).toSorted(), expected: expected.toSorted() }
}

/** @returns how many cases were compared */
export async function compareStories(numRuns: number): Promise<number> {
  let cases = 0
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const cleanups: (() => unknown)[] = []
      let folder = ''
      const backend = backendIn((made) => {
        folder = made
      })
      const fixture = await StoreFixture.open({ onTestFinished: (cleanup) => cleanups.push(cleanup) }, backend)
      try {
        await carryOut(fixture, steps)
        cases += await compare(fixture)
        const { indexed, expected } = wordsIn(folder)
        expect(indexed).toEqual(expected)
      } finally {
        for (const cleanup of cleanups.reverse()) await cleanup()
      }
    }),
    { numRuns },
  )
  return cases
}

/** Carries out what is allowed; what is refused changes nothing. */
async function carryOut(fixture: StoreFixture, steps: readonly Step[]): Promise<void> {
  const people = peopleOf(fixture)
  const person = (i: number) => people[i] as User
  const actions: number[] = []
  for (const one of steps) {
    const [by, room] = [person(one.by), rooms[one.room] ?? tea]
    try {
      if ('text' in one) await write(one, by, room)
      else await act(one.type, by, person(one.to), room, one.isServer)
    } catch (error) {
      expect(error).toHaveProperty('code')
    }
  }

  async function write(one: Extract<Step, { text: string }>, by: User, room: string): Promise<void> {
    if (one.type === 'write') return void (await fixture.write(by, room, { data: one.text }))
    const { messages } = await fixture.store.log.messages(room, {}, 10)
    const ref = messages[one.message % Math.max(messages.length, 1)]?.id ?? 1
    if (one.type === 'edit') return void (await fixture.write(by, room, { type: 'edit', ref, data: one.text }))
    const { action } = await fixture.write(by, room, { type: 'delete', ref })
    if (action !== undefined) actions.push(action)
  }

  async function act(type: string, by: User, { id: user }: User, room: string, isServer: boolean): Promise<void> {
    if (type === 'undo') {
      const { action } = await fixture.undo(by, actions.pop() ?? 0)
      if (action !== undefined) await fixture.pieces(action)
      return
    }
    if (type === 'join') return void (await fixture.store.rooms.join(by.id, room === den ? tea : room))
    const { action } = await fixture.moderate(by, content())
    if (action === undefined) return
    actions.push(action)
    await fixture.pieces(action)

    function content() {
      switch (type) {
        case 'ban':
        case 'unban':
          return { ...ban(isServer ? undefined : room, person(0)), user, until: type === 'ban' ? forever : 0 }
        case 'block':
        case 'unblock':
          return { type: 'block', user, isOn: type === 'block' } as const
        case 'leave':
          return { type: 'leave', room } as const
        case 'add':
          return { type: 'add', room, users: [user] } as const
        case 'purge':
          return { type: 'purge', user } as const
        default:
          return { type: 'kick', room, user } as const
      }
    }
  }
}

/** @returns how many cases were compared */
async function compare(fixture: StoreFixture): Promise<number> {
  const people = peopleOf(fixture)
  const all = await Promise.all(rooms.map(async (room) => (await fixture.store.log.messages(room, {}, 1_000)).messages))
  let cases = 0
  for (const user of people) {
    for (const isVerified of [true, false]) {
      const by = viewer(user, { isVerified })
      const memberships = await Promise.all(rooms.map((room) => fixture.membership(user, room)))
      const blocked = (await fixture.store.accounts.listBlocked(user.id)).map(({ id }) => id)
      const visible = all
        .filter((_, i) => canView(memberships[i] as NonNullable<(typeof memberships)[0]>, by))
        .flat()
        .filter((message) => !message.deleted && !blocked.includes(message.user.id))
      const pages = await Promise.all(
        queries.map((query) => fixture.store.search.find(by, parseSearch(query), { limit: 1_000 })),
      )
      for (const [i, query] of queries.entries()) {
        const messages = pages[i]?.messages ?? []
        const expected = visible.filter((message) => isFound(message, query, user))
        expect(messages.map(placed).toSorted(), `${user.name} ${isVerified}: ${query}`).toEqual(
          expected.map(placed).toSorted(),
        )
        cases++
      }
    }
  }
  return cases
}

function placed({ room, id, data }: Message): string {
  return `${room} ${id} ${data}`
}

/** Written by hand for these queries, by other means than the search. */
function isFound(message: Message, query: string, user: User): boolean {
  const text = ` ${termsOf(message.data).join(' ')} `
  switch (query) {
    case 'te*':
      return text.includes(' te')
    case '"green tea"':
      return text.includes(' green tea ')
    case '上海':
      return text.includes(' 上 海 ')
    case 'tea from:bo':
      return text.includes(' tea ') && message.user.name === 'Bo'
    case 'green in:~den':
      return text.includes(' green ') && message.room === den
    case 'from:anna':
      return message.user.name === 'Anna'
    case 'mentions:me':
      return (message.mentions ?? []).some(({ id }) => id === user.id)
    default:
      return text.includes(` ${query} `)
  }
}

function peopleOf({ owen, ada, anna, cai, bo, eve }: StoreFixture): User[] {
  return [owen, ada, anna, cai, bo, eve]
}

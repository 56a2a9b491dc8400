/** Random searches on a server on which anything happens, compared with a simple search through the log by hand. */
import { expect, onTestFinished } from 'vitest'
import type { Viewer } from '../../src/server/store/store.ts'
import type { FileInfo, Message, User } from '../../src/shared/protocol/types.ts'
import { parseSearch, type SearchQuery } from '../../src/shared/search/query.ts'
import { termsOf } from '../../src/shared/search/terms.ts'
import { viewer } from '../support/clients/users.ts'
import type { Backend } from './contract/contract.ts'
import { StoreFixture } from './fixture.ts'
import { Chance, GeneratedServer, words } from './generated-server.ts'

const stepsInRound = 40
const casesInRound = 125
/** Of a user in one way to be signed in. */
const casesOfViewer = 25

export interface Compared {
  cases: number
  /** Messages that were found, in all cases. */
  found: number
  /** Messages with what was asked for that the user may not see, in all cases. */
  hidden: number
}

/** Another one each time, which what fails names; `SEARCH_SEED` repeats it. */
export function someSeed(): number {
  return Number(process.env.SEARCH_SEED ?? Math.floor(Math.random() * 2 ** 31))
}

/**
 * @param seed the same seed has the same cases
 * @throws an error that names the seed and the case, whatever has failed
 */
export async function compareSearches(backend: Backend, cases: number, seed: number): Promise<Compared> {
  const compared = { cases: 0, found: 0, hidden: 0 }
  try {
    await compareAll(backend, cases, seed, compared)
  } catch (error) {
    const { stack = String(error) } = error as Error
    throw new Error(`${backend.name}, seed ${seed}, case ${compared.cases} of ${cases}: ${stack}`, { cause: error })
  }
  return compared
}

async function compareAll(backend: Backend, cases: number, seed: number, compared: Compared): Promise<void> {
  const fixture = await StoreFixture.open({ onTestFinished }, backend)
  const chance = new Chance(seed)
  const server = new GeneratedServer(fixture, chance)
  while (compared.cases < cases) {
    await server.steps(stepsInRound)
    const log = (await Promise.all(server.rooms.map((room) => server.messages(room)))).flat()
    const searched = log.filter(({ deleted }) => !deleted).map((message) => new SearchedMessage(message, server.texts))
    for (let i = 0; i < casesInRound / casesOfViewer; i++) {
      const [isVerified, canViewPublic] = [!chance.happens(20), !chance.happens(20)]
      const by = viewer(chance.one(server.people), { isVerified, canViewPublic })
      const mayRead = await readableBy(by, server)
      for (let n = 0; n < casesOfViewer; n++) await compareOne(server, { by, mayRead, searched, compared })
    }
  }
}

interface Case {
  by: Viewer
  mayRead: (message: Message) => boolean
  searched: readonly SearchedMessage[]
  compared: Compared
}

async function compareOne(server: GeneratedServer, { by, mayRead, searched, compared }: Case): Promise<void> {
  const { chance, fixture } = server
  const text = queryOf(server)
  const query = parseSearch(text)
  const room = chance.happens(10) ? chance.one(server.rooms) : undefined
  const limit = chance.one([7, 50, 1_000])
  const named = `${by.user.name} ${by.isVerified} ${by.canViewPublic} ${room} ${text}`
  const found: Message[] = []
  for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; ) {
    const page = await fixture.store.search.find(by, query, { room, before, limit })
    found.push(...page.messages)
    before = page.next
  }
  const matching = searched.filter(
    (one) => one.isFound(query, by.user) && (room === undefined || one.message.room === room),
  )
  const expected = matching.filter(({ message }) => mayRead(message))
  expect(found.map(placed).toSorted(), named).toEqual(expected.map(({ message }) => placed(message)).toSorted())
  compared.cases++
  compared.found += found.length
  compared.hidden += matching.length - expected.length
}

function placed({ room, id, data }: Message): string {
  return `${room} ${id} ${data}`
}

/** Said by hand, from who is in which room. */
async function readableBy({ user, isVerified, canViewPublic }: Viewer, { fixture, rooms }: GeneratedServer) {
  const open = new Set<string>()
  for (const room of rooms) {
    const { kind, isIn, isInvited, isBanned } = await fixture.membership(user, room)
    const isGuestOf = isIn && isVerified && (kind !== 'public' || isInvited)
    if (!isBanned && (isGuestOf || (kind === 'public' && canViewPublic))) open.add(room)
  }
  const blocked = (await fixture.store.accounts.listBlocked(user.id)).map(({ id }) => id)
  return (message: Message) => open.has(message.room) && !blocked.includes(message.user.id)
}

function queryOf(server: GeneratedServer): string {
  const { chance, people, rooms } = server
  const parts: string[] = []
  for (let n = chance.number(3); n > 0; n--)
    parts.push(chance.one([chance.one(words), chance.one(words), `"${chance.some(2, 3)}"`, 'te*', 'gr*', 'log']))
  if (chance.happens(20)) parts.push(`from:${chance.one(['me', ...people.map(({ name }) => name)])}`)
  if (chance.happens(15)) parts.push(`in:${chance.one(rooms)}`)
  if (chance.happens(8)) parts.push('in:"the den"')
  if (chance.happens(10)) parts.push(chance.one(['has:file', 'has:link']))
  if (chance.happens(10)) parts.push('mentions:me')
  if (!parts.length) parts.push('tea')
  for (const filter of ['before', 'after']) if (chance.happens(12)) parts.push(`${filter}:${server.someDay()}`)
  return parts.join(' ')
}

/** What stands in a message, with a space around each term. */
class SearchedMessage {
  readonly message: Message
  /** What it says, and the names of its files. */
  readonly #said: string[]
  readonly #texts: string[]

  constructor(message: Message, texts: ReadonlyMap<string, string>) {
    const { data, files = [] } = message
    this.message = message
    this.#said = [data, ...files.map(({ name }: FileInfo) => name)].map(spaced)
    this.#texts = files.map(({ id }) => spaced(texts.get(id) ?? ''))
  }

  isFound(
    { phrases, from, in: rooms, has, mentionsMe, before = Infinity, after = 0 }: SearchQuery,
    user: User,
  ): boolean {
    const { user: author, room, data, files, mentions = [], at } = this.message
    const isWanted = phrases.map(({ terms, isPrefix }) => ` ${terms.join(' ')}${isPrefix ? '' : ' '}`)
    const hasWords =
      isWanted.every((phrase) => this.#said.some((text) => text.includes(phrase))) ||
      (isWanted.length > 0 && this.#texts.some((text) => isWanted.every((phrase) => text.includes(phrase))))
    const isBy = (name: string) => (name === 'me' ? author.id === user.id : author.name === name)
    return (
      hasWords &&
      (!from.length || from.some(isBy)) &&
      (!rooms.length || rooms.includes(room) || (rooms.includes('the den') && room === '~den')) &&
      (!has.includes('file') || files !== undefined) &&
      (!has.includes('link') || data.includes('https://')) &&
      (!mentionsMe || mentions.some(({ id }) => id === user.id || id === 0)) &&
      at >= after &&
      at < before
    )
  }
}

function spaced(text: string): string {
  return ` ${termsOf(text).join(' ')} `
}

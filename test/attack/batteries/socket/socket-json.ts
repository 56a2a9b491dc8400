/** JSON of any shape through real sockets, with good messages in the same packets, which must be stored all the same. */
import fc from 'fast-check'
import { parseCommand, parseFrame, type Reference, referenceOf } from '../../../../src/shared/protocol/commands.ts'
import type { ChatError } from '../../../../src/shared/protocol/errors.ts'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer, ordinaryUserIds } from '../../server/attacked-server.ts'
import { hostileFrame } from '../../socket/commands.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { type Counts, count, inWords } from '../../socket/counts.ts'
import { frameOf } from '../../socket/frames.ts'
import { type Heard, RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const sizes = { smallest: 600, short: 6_000, long: 100_000 }
const talkers = 12
const framesAtOnce = 25
/** Where the good messages go; no hostile frame names it. */
const kept = 'kept'
const opening = [kept, 'lobby', 'tea', '茶馆'].map((room) => JSON.stringify({ type: 'open', room }))
/** Commands without an answer of their own when they succeed: `read` answers `unread`, and also comes unasked. */
const unanswered = ['typing', 'read', 'read-all', 'unread']
/** The frames that everyone receives for any command. */
const told = [
  'chat',
  'edit',
  'delete',
  'react',
  'pin',
  'join',
  'left',
  'online',
  'list',
  'typing',
  'read',
  'save',
  'role',
  'status',
]

/** A frame that is answered with what it is called, and so shows where the answers to the one before it end. */
const markerOf = (name: string) => JSON.stringify({ type: 'no such type', key: name })
const marks = (heard: Heard, name: string) => heard.type === 'error' && heard.key === name

class Talker {
  readonly raw: RawConnection
  #read = 0
  #count = 0

  constructor(port: number, cookie: string) {
    this.raw = new RawConnection(port)
    this.raw.write(upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie }))
  }

  /** Sends all in one packet. @returns what was heard after each, up to what was heard after the next */
  async say(texts: string[]): Promise<Heard[][]> {
    const names = texts.map(() => `marker ${this.#count++}`)
    const frames = texts.flatMap((text, i) => [text, markerOf(names[i] as string)])
    this.raw.write(Buffer.concat(frames.map((payload) => frameOf({ payload }))))
    const answers: Heard[][] = []
    for (const name of names) answers.push(await this.#until(name))
    this.raw.forget()
    this.#read = 0
    return answers
  }

  async #until(name: string): Promise<Heard[]> {
    const heard: Heard[] = []
    for (;;) {
      await this.raw.until(() => this.raw.heard.length > this.#read)
      const one = this.raw.heard[this.#read++]
      if (!one) throw new Error(`Closed with ${this.raw.closeCode}. ${this.raw.fault ?? ''}`)
      if (marks(one, name)) return heard
      heard.push(one)
    }
  }
}

/** What the parser makes of it by itself. */
function expectedOf(text: string): { type: string; code?: string } & Reference {
  let reference: Reference = {}
  try {
    const frame = parseFrame(text)
    reference = referenceOf(frame)
    return { type: parseCommand(frame).type, ...reference }
  } catch (error) {
    return { type: 'error', code: (error as ChatError).code, ...reference }
  }
}

/** @returns what is wrong with the answers, in a sentence */
function faultIn(text: string, heard: Heard[]): string | undefined {
  const { type, code, key, room } = expectedOf(text)
  const answers = heard.filter((one) => !told.includes(one.type) && one.type !== 'welcome')
  const errors = answers.filter((one) => one.type === 'error')
  if (errors.some((one) => one.code === 'internal')) return 'an internal error'
  if (code) {
    const [error] = errors
    const isRight = errors.length === 1 && error?.code === code && error.key === key && error.room === room
    return isRight ? undefined : `expected ${code} for ${key} in ${room}, got ${JSON.stringify(heard).slice(0, 200)}`
  }
  if (errors.some((one) => one.key !== key)) return `an error for ${errors[0]?.key} instead of ${key}`
  return answers.length || unanswered.includes(type) ? undefined : `no answer to ${type}`
}

export default {
  what: 'JSON of any shape on a socket: each frame has an answer, none is "internal", and valid messages beside it are stored.',
  atLeast: sizes,
  async run(size, t) {
    const tally = new Tally()
    const { seed } = new SeededRandom()
    tally.notes.push(`seed ${seed}`)
    const attacked = await AttackedServer.open(t, { areLimitsOn: false })
    const guests = await Promise.all(Array.from({ length: talkers }, (_, i) => attacked.signIn(`strange ${i}`)))
    await fuzz(attacked, guests, tally, seed, sizes[size] / 2)

    // Who may do everything gets further into it.
    const ruled = await AttackedServer.open(t, { areLimitsOn: false, owner: 'Owner' })
    for (let i = 0; i < 10; i++) await ruled.signIn(`subject ${i}`)
    await fuzz(ruled, Array<string>(talkers).fill(ruled.ownersCookie), tally, seed, sizes[size] / 2)
    return tally
  },
} satisfies Battery

/** @param cookies one for each writer */
async function fuzz(
  attacked: AttackedServer,
  cookies: string[],
  tally: Tally,
  seed: number,
  frames: number,
): Promise<void> {
  const everybody = cookies.map((cookie) => new Talker(attacked.port, cookie))
  const counts: Counts = {}
  const good: string[] = []

  const round = async (talker: Talker, number: number) => {
    const texts = fc.sample(hostileFrame.filter(isBearable), { numRuns: framesAtOnce, seed: seed + number })
    const data = `good ${number}`
    const message = JSON.stringify({ type: 'chat', room: kept, key: data, data })
    const answers = (await talker.say([...opening, ...texts, message])).slice(opening.length)
    const stored = answers.pop() ?? []
    good.push(data)
    const isStored = stored.some(({ type, key }) => type === 'sent' && key === data)
    tally.count(isStored, `${data} was not stored: ${JSON.stringify(stored)}`)
    for (const [i, heard] of answers.entries()) {
      for (const { type, code } of heard) count(counts, `${code ?? type}`)
      const fault = faultIn(texts[i] as string, heard)
      tally.count(!fault, `${fault}: ${texts[i]?.slice(0, 300)}`)
    }
  }
  const rounds = Math.ceil(frames / framesAtOnce)
  // Each says one thing after the other: what it hears belongs to what it has just said.
  const talk = (first: number, last: number) =>
    concurrently(talkers, talkers, async (person) => {
      const talker = everybody[person] as Talker
      for (let number = first + person; number < last; number += talkers) await round(talker, number)
    })
  await talk(0, talkers)
  await attacked.begin()
  await talk(talkers, rounds + talkers)

  const log = await entriesOf(new Talker(attacked.port, cookies[0] as string))
  const areSame = log.toSorted().join() === good.toSorted().join()
  tally.count(areSame, `${good.length} good messages were sent, and ${log.length} are stored.`)
  for (const { raw } of everybody) raw.reset()
  tally.notes.push(`heard: ${inWords(counts)}`)
  await attacked.judge(tally)
}

/** Excludes actions of an administrator on the ordinary users, which would end the test. */
function isBearable(text: string): boolean {
  const { user, users, addresses } = commandOf(text)
  const named = [user, users].flat()
  return !addresses && !ordinaryUserIds.some((id) => named.includes(id))
}

function commandOf(text: string): Record<string, unknown> {
  try {
    return { ...parseCommand(parseFrame(text)) }
  } catch {
    return {} // which nobody obeys
  }
}

/** All that was ever said where the good messages went. */
async function entriesOf(talker: Talker): Promise<string[]> {
  const all: string[] = []
  for (let after = 0, more = true; more; ) {
    const [heard = []] = await talker.say([JSON.stringify({ type: 'open', room: kept, after, limit: 1_000 })])
    const opened = heard.find(({ type }) => type === 'opened') as unknown as {
      entries: { id: number; data: string }[]
      more: boolean
    }
    all.push(...opened.entries.map(({ data }) => data))
    after = opened.entries.at(-1)?.id ?? after
    more = opened.more
  }
  talker.raw.reset()
  return all
}

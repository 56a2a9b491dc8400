/** A server in which every name and text that people can give is hostile. */
import { parseMarkdown, plainText } from '../../../src/shared/markdown/markdown.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { type ChatClient, connect } from '../../support/clients/client.ts'
import { ownerNamed } from '../../support/clients/visitor.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../../support/server/server.ts'

/** The room where all of it is said. */
export const square = 'square'
/** An unmistakable text; it comes last, so that a client that shows it has shown the rest. */
export const harmless = 'That was all.'
/** Whatever is said goes to each of them. */
const maxOnline = 40
const maxConversations = 20
const kinds = ['opened', 'public', 'private'] as const
const atOnce = 16

export interface Said {
  id: number
  text: string
}

export class HostileContent {
  readonly server: TestServer
  /** Owns the server, and is the one who looks at it. */
  readonly cookie: string
  /** Those whose names the server took. */
  readonly people: readonly Person[]
  /** The names of those that the owner made, and of those that they only opened, which other windows are not told of. */
  readonly rooms: Record<(typeof kinds)[number], string[]> = { opened: [], public: [], private: [] }
  refused = 0
  readonly #anna: ChatClient
  readonly #bo: ChatClient
  readonly #lines: readonly ChatClient[]
  #keys = 0

  private constructor(server: TestServer, cookie: string, parts: readonly [ChatClient, ChatClient], company: Company) {
    this.server = server
    this.cookie = cookie
    ;[this.#anna, this.#bo] = parts
    this.people = company.people
    this.#lines = company.lines
    this.refused = company.refused
  }

  static async open(t: Cleanup, strings: readonly string[]): Promise<HostileContent> {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const owner = await ownerNamed(server, 'Anna')
    const anna = await owner.connect()
    await anna.open(square)
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open(square)
    return new HostileContent(server, owner.cookie, [anna, bo], await invite(server, strings))
  }

  /** Gives each string to one room of one kind; the turn says which. */
  async nameRooms(strings: readonly string[], turn: number): Promise<void> {
    for (const [index, name] of strings.entries()) {
      const kind = kinds[(index + turn) % kinds.length] ?? 'opened'
      const answer = await (kind === 'opened' ? this.#openRoom(name) : this.#answered({ type: 'create', kind, name }))
      if (answer.type !== 'error') this.rooms[kind].push(name)
    }
    for (const { user } of this.people.slice(0, maxConversations)) {
      await this.#anna.ask({ type: 'create', key: this.#key(), kind: 'direct', users: [user.id] }, 'room')
    }
  }

  /** Each answers an earlier one, so that it is quoted as well. @returns those that were taken, the harmless one last */
  async say(strings: readonly string[]): Promise<Said[]> {
    const said: Said[] = []
    const all = [...strings, harmless]
    for (let at = 0; at < all.length; at += atOnce) {
      const origins = said.slice(-atOnce)
      const texts = all.slice(at, at + atOnce)
      const answers = await this.#all(
        this.#bo,
        texts.map((data, i) => ({ type: 'chat', data, ...replyTo(origins[i]) })),
      )
      for (const [i, { type, id }] of answers.entries()) {
        if (type === 'sent') said.push({ id: Number(id), text: texts[i] ?? '' })
      }
    }
    return said
  }

  /** Makes of each message what the one after it was. @returns what they are then */
  async edit(said: readonly Said[]): Promise<Said[]> {
    const edited = said.map(({ id }, i) => ({ id, text: said[(i + 1) % said.length]?.text ?? harmless }))
    await this.#all(
      this.#bo,
      edited.map(({ id, text }) => ({ type: 'edit', ref: id, data: text })),
    )
    return edited
  }

  /** @returns how many were taken */
  async react(strings: readonly string[], said: readonly Said[]): Promise<number> {
    const answers = await this.#all(
      this.#bo,
      strings.map((data, i) => ({ type: 'react', ref: said[i % said.length]?.id, data, on: true })),
    )
    return answers.filter(({ type }) => type === 'sent').length
  }

  /** Calls the room by one, and lets it be about the next. @returns what it is called and about in the end, if any was taken */
  async change(strings: readonly string[], turn: number): Promise<{ name?: string; topic?: string }> {
    const changes = strings.map((text, i) => ((i + turn) % 2 ? { name: text } : { topic: text }))
    const answers = await this.#all(
      this.#anna,
      changes.map((more) => ({ type: 'change', ...more })),
    )
    return Object.assign({}, ...changes.filter((_, i) => answers[i]?.type === 'done'))
  }

  /** Those who are in the room. */
  get company(): readonly Person[] {
    return this.people.slice(0, this.#lines.length)
  }

  /** Of all who are in the room: those who can be mentioned there. */
  get names(): readonly string[] {
    return ['Anna', 'Bo', ...this.company.map(({ user }) => user.name)]
  }

  /** Three of them, the first of whom is told. */
  type(from: number): User[] {
    const lines = this.#lines.slice(from, from + 3)
    for (const line of lines) line.send({ type: 'typing', room: square })
    return this.people.slice(from, from + lines.length).map(({ user }) => user)
  }

  async #openRoom(room: string): Promise<Answer> {
    this.#anna.send({ type: 'open', room })
    const answer = await this.#anna.nextWhere(({ type }) => type === 'opened' || type === 'error')
    if (answer.type === 'error') this.refused++
    else await this.#anna.ask({ type: 'close', room: String(answer.room) }, 'closed')
    return answer
  }

  /** Sends them all, and then waits for the answer to each. */
  async #all(line: ChatClient, commands: readonly Record<string, unknown>[]): Promise<Answer[]> {
    const answers: Answer[] = []
    const keyed = commands.map((command) => ({ room: square, ...command, key: this.#key() }))
    for (const command of keyed) line.send(command)
    for (const { key } of keyed) answers.push(await this.#answerTo(line, key))
    return answers
  }

  #answered(command: Record<string, unknown>): Promise<Answer> {
    const key = this.#key()
    this.#anna.send({ ...command, key })
    return this.#answerTo(this.#anna, key)
  }

  async #answerTo(line: ChatClient, key: string): Promise<Answer> {
    const answer = await line.nextWhere((frame) => frame.key === key)
    if (answer.type === 'error') this.refused++
    return answer
  }

  #key(): string {
    return `key ${++this.#keys}`
  }
}

function replyTo(origin: Said | undefined): { reply?: number } {
  return origin ? { reply: origin.id } : {}
}

type Answer = Awaited<ReturnType<ChatClient['nextWhere']>>

interface Company {
  people: Person[]
  lines: ChatClient[]
  refused: number
}

/** All users with hostile names. As many of them as a page names join the room. */
async function invite(server: TestServer, names: readonly string[]): Promise<Company> {
  const people = new Map<number, Person>()
  for (let at = 0; at < names.length; at += atOnce) {
    const tried = await Promise.all(names.slice(at, at + atOnce).map((name) => entered(server, name)))
    for (const person of tried) if (person) people.set(person.user.id, person)
  }
  const lines: ChatClient[] = []
  for (const { cookie } of [...people.values()].slice(0, maxOnline)) {
    const line = await connect(`${server.url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
    await line.open(square)
    lines.push(line)
  }
  return { people: [...people.values()], lines, refused: names.length - people.size }
}

async function entered(server: TestServer, name: string): Promise<Person | undefined> {
  try {
    return await server.signIn(name)
  } catch (error) {
    if (/could not sign in: 4\d\d /.test(String(error))) return undefined
    throw error
  }
}

/** What a message that was written so has to show, but for white space. */
export function shownOf(text: string, names: readonly string[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are dropped when it is stored
  const stored = text.replace(/\r\n?/g, '\n').replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '')
  return plainText(parseMarkdown(stored.trim(), names)).replace(/\s/g, '')
}

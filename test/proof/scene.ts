/** A server, the clients in its one room and their messages: the setup for a fault. */
import { signIn } from '../support/sign-in.ts'
import type { Carry } from './carriers.ts'
import { check, type Report } from './checker.ts'
import { Client } from './client.ts'
import { Delays } from './delays.ts'
import { readFinalLog, readSql } from './final-log.ts'
import { FrameReader } from './frame-reader.ts'
import { type Chat, History, keyOf, type WireFault } from './history.ts'
import { pageTimes, type Times } from './proof-socket.ts'
import { type ServerOptions, ServerProcess } from './server.ts'

const room = 'proof'
const signInsAtOnce = 50
const lookEveryMs = 20
/** Said and not answered: who is that far behind says nothing more for the moment, as no person would. */
const maxWaiting = 16

export interface SceneOptions {
  /** Clients that write, in turn, and also read. */
  senders: number
  viewers: number
  server?: ServerOptions
  times?: Partial<Times>
  /** Where a client connects to, if not to the server. */
  port?: (server: ServerProcess, client: number) => number
  /** Over which transport a client is connected: a WebSocket unless said. */
  carry?: (client: number) => Carry
  /** Whose displays count for `delays`; everyone's unless said. */
  isTimed?: (client: Client) => boolean
}

export class Scene implements AsyncDisposable {
  readonly server: ServerProcess
  readonly history = new History()
  readonly senders: Client[] = []
  readonly viewers: Client[] = []
  /** From saying to displaying, for each entry and client. */
  delays = new Delays()
  readonly #options: SceneOptions
  #talk: NodeJS.Timeout | undefined
  #cookie = ''

  private constructor(server: ServerProcess, options: SceneOptions) {
    this.server = server
    this.#options = options
  }

  /** Resolves when every client is in the room. */
  static async open(options: SceneOptions): Promise<Scene> {
    const scene = new Scene(await ServerProcess.start(options.server), options)
    try {
      await scene.#people()
      return scene
    } catch (error) {
      await scene[Symbol.asyncDispose]()
      throw error
    }
  }

  get clients(): Client[] {
    return [...this.senders, ...this.viewers]
  }

  /** Sends that many messages a second from now on, as far as the answers allow it. */
  talk(perSecond: number, characters = 20): void {
    this.hush()
    const filler = 'x'.repeat(characters)
    const begun = performance.now()
    let due = 0
    let turn = 0
    this.#talk = setInterval(() => {
      const until = ((performance.now() - begun) * perSecond) / 1_000
      for (; due < until; due++) {
        const sender = this.senders[turn++ % this.senders.length]
        if (sender && sender.waiting < maxWaiting) sender.say(filler)
      }
    }, 5)
  }

  hush(): void {
    clearInterval(this.#talk)
  }

  /** Everything said is answered and everyone displays all of it. @returns whether it came to that in time */
  async rest(limitMs = 100_000): Promise<boolean> {
    this.hush()
    return await becomes(() => this.isAtRest, limitMs)
  }

  get isAtRest(): boolean {
    if (this.senders.some(({ waiting }) => waiting > 0)) return false
    const { head } = this
    return this.clients.every((client) => client.last !== undefined && client.last >= head)
  }

  /** The highest id that anybody was told of. */
  get head(): number {
    return this.clients.reduce((head, { last }) => Math.max(head, last ?? 0), this.history.head)
  }

  get acknowledged(): number {
    return this.history.acknowledged
  }

  /** Waits for that many more acknowledgements. @returns whether they arrived in time */
  async acknowledges(count: number, limitMs: number): Promise<boolean> {
    const before = this.acknowledged
    return await becomes(() => this.acknowledged - before >= count, limitMs)
  }

  /** Sends everybody home, reads the log in its three ways and compares. @param allowed as the checker has it */
  async verdict(allowed?: readonly WireFault['type'][]): Promise<Report> {
    this.hush()
    for (const { line } of this.clients) line.stop()
    if (!this.server.isRunning) await this.server.start()
    const fresh = await readFinalLog(this.server.url, this.#cookie, room)
    await this.server.kill('SIGTERM')
    return check(this.history, [readSql(this.server.dataDir, room), fresh], allowed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hush()
    for (const { line } of this.clients) line.stop()
    await this.server[Symbol.asyncDispose]()
  }

  async #people(): Promise<void> {
    const { senders, viewers, port, carry } = this.#options
    const reader = new FrameReader()
    const times = { ...pageTimes, ...this.#options.times }
    const originOf = (client: number) => () => `http://127.0.0.1:${port?.(this.server, client) ?? this.server.port}`
    const total = senders + viewers
    for (let first = 0; first < total; first += signInsAtOnce) {
      const count = Math.min(signInsAtOnce, total - first)
      const names = Array.from({ length: count }, (_, i) => `person ${first + i}`)
      const cookies = await Promise.all(names.map((name) => signIn(this.server.url, name)))
      this.#cookie ||= cookies[0] ?? ''
      const shown = (client: Client, entry: Chat) => this.#time(client, entry)
      const clients = cookies.map(
        (cookie, i) =>
          new Client(first + i, {
            origin: originOf(first + i),
            carry: carry?.(first + i),
            cookie,
            room,
            times,
            reader,
            history: this.history,
            shown,
          }),
      )
      for (const client of clients) {
        ;(client.number < senders ? this.senders : this.viewers).push(client)
        client.line.start()
      }
      if (!(await becomes(() => clients.every(({ isLive }) => isLive), 30_000)))
        throw new Error('Not every client joined.')
    }
  }

  #time(client: Client, { data }: Chat): void {
    if (this.#options.isTimed && !this.#options.isTimed(client)) return
    const send = this.history.sends.get(keyOf(data))
    if (send) this.delays.add(performance.now() - send.at)
  }
}

/** Waits for the condition itself. @returns whether it came true in time */
export async function becomes(isTrue: () => boolean, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (!isTrue()) {
    if (performance.now() > end) return false
    await after(lookEveryMs)
  }
  return true
}

export function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}

export function between(least: number, most: number): number {
  return least + Math.random() * (most - least)
}

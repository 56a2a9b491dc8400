/** The clients in one room and their messages, wherever they connect to. */
import { signIn } from '../../support/clients/sign-in.ts'
import { Delays } from '../delays.ts'
import { type Chat, History, keyOf } from '../history.ts'
import type { Carry } from './carriers.ts'
import { Client } from './client.ts'
import { FrameReader } from './frame-reader.ts'
import { pageTimes, type Times } from './proof-socket.ts'

const signInsAtOnce = 50
const lookEveryMs = 20
const joinMs = 30_000
const busyMs = 250
/** Said and not answered: who is that far behind says nothing more for the moment, as no person would. */
const maxWaiting = 16

export interface CrowdOptions {
  /** Clients that write, in turn, and also read. */
  senders: number
  viewers: number
  times?: Partial<Times>
  /** Over which transport a client is connected: a WebSocket unless said. */
  carry?: (client: number) => Carry
  /** The database goes away while connections break: see `Client`. */
  mayMissRefusals?: boolean
  /** Whose displays count for `delays`; everyone's unless said. */
  isTimed?: (client: Client) => boolean
}

/** Where the clients of a crowd are. */
export interface CrowdTarget {
  room: string
  /** `http://…`, where a client signs in. */
  signInAt(client: number): string
  /** `http://…`, asked anew for each connection of a client. */
  originOf(client: number): string
  /** Their names begin so; those of crowds at the same server have to differ. */
  names?: string
}

export class Crowd {
  readonly history = new History()
  readonly senders: Client[] = []
  readonly viewers: Client[] = []
  /** From saying to displaying, for each entry and client. */
  delays = new Delays()
  /** Of one of them, for reading the log in the end. */
  cookie = ''
  readonly #options: CrowdOptions
  #talk: NodeJS.Timeout | undefined

  constructor(options: CrowdOptions) {
    this.#options = options
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
    const { epoch } = this.history
    return this.clients.every(({ last, epoch: own }) => last !== undefined && last >= head && own === epoch)
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

  /** Sends everybody home. */
  goHome(): void {
    this.hush()
    for (const { line } of this.clients) line.stop()
  }

  /** Resolves when every client is in the room. */
  async come({ room, signInAt, originOf, names = 'person' }: CrowdTarget): Promise<void> {
    const { senders, viewers, carry, mayMissRefusals } = this.#options
    const reader = new FrameReader()
    const times = { ...pageTimes, ...this.#options.times }
    const total = senders + viewers
    for (let first = 0; first < total; first += signInsAtOnce) {
      const count = Math.min(signInsAtOnce, total - first)
      const numbers = Array.from({ length: count }, (_, i) => first + i)
      const cookies = await Promise.all(numbers.map((number) => enter(signInAt(number), `${names} ${number}`)))
      this.cookie ||= cookies[0] ?? ''
      const shown = (client: Client, entry: Chat) => this.#time(client, entry)
      const clients = cookies.map(
        (cookie, i) =>
          new Client(first + i, {
            origin: () => originOf(first + i),
            carry: carry?.(first + i),
            mayMissRefusals,
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
      if (!(await becomes(() => clients.every(({ isLive }) => isLive), joinMs)))
        throw new Error('Not every client joined.')
    }
  }

  #time(client: Client, { data }: Chat): void {
    if (this.#options.isTimed && !this.#options.isTimed(client)) return
    const send = this.history.sends.get(keyOf(data))
    if (send) this.delays.add(performance.now() - send.at)
  }
}

/** On a busy machine a node may say "not now": it is asked again. */
async function enter(url: string, name: string): Promise<string> {
  for (const end = performance.now() + joinMs; ; ) {
    try {
      return await signIn(url, name)
    } catch (error) {
      if (performance.now() > end) throw error
      await after(busyMs)
    }
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

export function between(min: number, max: number): number {
  return min + Math.random() * (max - min)
}

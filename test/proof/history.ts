/** What the clients of a room did and what they displayed, small enough for tens of millions of shows. */

import type { Entry } from '../../src/shared/protocol/types.ts'

/** All that is said here. */
export type Chat = Extract<Entry, { type: 'chat' }>

/** One message, from the moment it was said. */
export interface Send {
  client: number
  key: string
  data: string
  /** Its place among all calls and acknowledgements of the history. */
  invoked: number
  /** When it was said, as `performance.now()` has it. */
  at: number
  /** One, unless the server contradicts itself, or the log was replaced by another one. */
  acks: Ack[]
  /** Answered "not now" at least once, so that what was said after it may have overtaken it. */
  wasPutOff?: boolean
  /** Answered "never". */
  refused?: string
}

export interface Ack {
  id: number
  epoch: string
  /** Its place, like `invoked`. */
  step: number
}

/** One entry as a client displayed it: an id with one text. Another text with the same id is another display. */
export interface Shown {
  id: number
  data: string
  epoch: string
  other: number | undefined
}

/**
 * What a connection's frames said that a server that keeps its promises does not say. Only `seam` is allowed: an entry
 * that was in the answer to `open` may come once more as the room goes on from there, and its id removes the double. A client is told
 * to begin anew in the same log (`reset`) or in another one (`new-epoch`).
 */
export interface WireFault {
  type: 'seam' | 'double' | 'gap' | 'entry-before-sent' | 'reset' | 'new-epoch'
  client: number
  id: number
  after: number
}

/** What one client displayed, in the order in which it did: numbers of `History.shown`. */
export class Display {
  readonly client: number
  /** Where in `entries` the client began anew, because it was told to forget what it had. */
  readonly restarts: number[] = []
  /** Whether it shall have displayed everything in the end. */
  isLevelInTheEnd = true
  #entries = new Uint32Array(64)
  #length = 0

  constructor(client: number) {
    this.client = client
  }

  get entries(): Uint32Array {
    return this.#entries.subarray(0, this.#length)
  }

  push(shown: number): void {
    if (this.#length === this.#entries.length) {
      const longer = new Uint32Array(2 * this.#length)
      longer.set(this.#entries)
      this.#entries = longer
    }
    this.#entries[this.#length++] = shown
  }

  restart(): void {
    if (this.#length) this.restarts.push(this.#length)
  }
}

export class History {
  readonly sends = new Map<string, Send>()
  readonly displays: Display[] = []
  readonly shown: Shown[] = []
  readonly wireFaults: WireFault[] = []
  /** How many messages were acknowledged. */
  acknowledged = 0
  /** The highest id that was acknowledged in the newest log. */
  head = 0
  /** The logs, from the oldest. Each but the last one lost what came after an id: `endEpoch`. */
  readonly epochs: string[] = []
  readonly #kept = new Map<string, number>()
  readonly #newestById = new Map<number, number>()
  #steps = 0

  invoke(client: number, key: string, data: string, at = performance.now()): Send {
    const send = { client, key, data, invoked: ++this.#steps, at, acks: [] }
    this.sends.set(key, send)
    return send
  }

  get epoch(): string {
    return this.epochs.at(-1) ?? ''
  }

  /** A client was told of this log. */
  noteEpoch(epoch: string): void {
    if (this.epochs.includes(epoch)) return
    this.epochs.push(epoch)
    this.head = 0
  }

  /** The newest log has lost what came after this id. Another epoch has to follow. */
  endEpoch(last: number): void {
    this.#kept.set(this.epoch, last)
  }

  /** Whether that log is the one that was read in the end, as far as this id. */
  isKept(epoch: string, id: number): boolean {
    return id <= (this.#kept.get(epoch) ?? Number.POSITIVE_INFINITY)
  }

  /** Those that only a log had which has lost them. */
  get lostAcks(): { send: Send; ack: Ack }[] {
    return [...this.sends.values()].flatMap((send) =>
      send.acks.filter(({ epoch, id }) => !this.isKept(epoch, id)).map((ack) => ({ send, ack })),
    )
  }

  ack(key: string, id: number, epoch = this.epoch): void {
    const send = this.sends.get(key)
    if (!send) return
    if (!send.acks.length) this.acknowledged++
    if (epoch === this.epoch) this.head = Math.max(this.head, id)
    const isKnown = send.acks.some((ack) => ack.id === id && ack.epoch === epoch)
    if (!isKnown) send.acks.push({ id, epoch, step: ++this.#steps })
  }

  putOff(key: string): void {
    const send = this.sends.get(key)
    if (send) send.wasPutOff = true
  }

  refuse(key: string, reason: string): void {
    const send = this.sends.get(key)
    if (send) send.refused = reason
  }

  /** A client begins to display the room. */
  display(client: number): Display {
    const display = new Display(client)
    this.displays.push(display)
    return display
  }

  show(display: Display, id: number, data: string, epoch = this.epoch): void {
    display.push(this.#number(id, data, epoch))
  }

  wireFault(fault: WireFault): void {
    this.wireFaults.push(fault)
  }

  #number(id: number, data: string, epoch: string): number {
    const newest = this.#newestById.get(id)
    for (let n = newest; n !== undefined; n = this.shown[n]?.other) {
      const shown = this.shown[n]
      if (shown?.data === data && shown.epoch === epoch) return n
    }
    const n = this.shown.push({ id, data, epoch, other: newest }) - 1
    this.#newestById.set(id, n)
    return n
  }
}

/** Every message begins with its key, because entries do not carry one to others than their sender. */
export function keyOf(data: string): string {
  const end = data.indexOf(' ')
  return end < 0 ? data : data.slice(0, end)
}

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
  /** Its place, once acknowledged, like `invoked`. */
  acked?: number
  /** The ids it was acknowledged with: one, unless the server contradicts itself. */
  ids: number[]
  /** Answered "not now" at least once, so that what was said after it may have overtaken it. */
  wasPutOff?: boolean
  /** Answered "never". */
  refused?: string
}

/** One entry as a client displayed it: an id with one text. Another text with the same id is another display. */
export interface Shown {
  id: number
  data: string
  other: number | undefined
}

/**
 * What a connection's frames said that a server that keeps its promises does not say. Only `seam` is allowed: an entry
 * that was in the answer to `open` may come once more as the room goes on from there, and its id removes the double.
 */
export interface WireFault {
  type: 'seam' | 'double' | 'gap' | 'entry-before-sent' | 'reset'
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
  /** The highest id that was acknowledged. */
  head = 0
  readonly #newestById = new Map<number, number>()
  #steps = 0

  invoke(client: number, key: string, data: string, at = performance.now()): Send {
    const send = { client, key, data, invoked: ++this.#steps, at, ids: [] }
    this.sends.set(key, send)
    return send
  }

  ack(key: string, id: number): void {
    const send = this.sends.get(key)
    if (!send) return
    if (send.acked === undefined) {
      send.acked = ++this.#steps
      this.acknowledged++
    }
    this.head = Math.max(this.head, id)
    if (!send.ids.includes(id)) send.ids.push(id)
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

  show(display: Display, id: number, data: string): void {
    display.push(this.#number(id, data))
  }

  wireFault(fault: WireFault): void {
    this.wireFaults.push(fault)
  }

  #number(id: number, data: string): number {
    const newest = this.#newestById.get(id)
    for (let n = newest; n !== undefined; n = this.shown[n]?.other) if (this.shown[n]?.data === data) return n
    const n = this.shown.push({ id, data, other: newest }) - 1
    this.#newestById.set(id, n)
    return n
  }
}

/** Every message begins with its key, because entries do not carry one to others than their sender. */
export function keyOf(data: string): string {
  const end = data.indexOf(' ')
  return end < 0 ? data : data.slice(0, end)
}

/** Decides who reads next. The reader's thread does one read after the other, and no user's reads hold up all others. */
import { setTimeout } from 'node:timers/promises'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Cost, Meter, Viewer } from '../store/store.ts'
import type { Limiter } from './limiter.ts'
import { keyOf } from './user-key.ts'

/** One is being read and the next ones are there already. With more, a new reader would wait for all of them. */
const maxAtOnce = 4
/** Waiting reads, each of which is small: a page that comes back asks for one thing after the other on each connection. */
export const maxWaitingReads = { user: 64, all: 20_000 }
/** Past this nobody believes in an answer any more, and asks again. */
export const maxReadWaitMs = 15_000
const busyRetryMs = 5_000
/** A row is looked up by an index, whatever its text. */
const rowBytes = 128
/** What a thread reads in a millisecond, about: for what costs time and shows in neither. */
const msBytes = 64 * 1024
/** How often a waiting reader is checked for having gone. */
const maxPauseMs = 1_000

/** The reader who is charged: a connection, or the request of a page. */
export interface Reader {
  readonly session: Viewer
  readonly network: string
  /** Whether nobody waits for the answer any more. */
  readonly isGone: boolean
}

/** Thrown when the reader has gone. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
}

interface Waiting {
  reader: Reader
  at: number
  /** Whether it waits instead of being refused. */
  isPatient: boolean
  begin(): Promise<void>
  reject(error: Error): void
}

/** What one user waits for: one after the other. */
interface Lane {
  key: string
  network: string
  waiting: Waiting[]
  isReading: boolean
}

export class ReadQueue {
  readonly #limiter: Limiter
  readonly #lanes = new Map<string, Lane>()
  /** Lanes that may go on, the one that has waited longest first; and the same by network. */
  readonly #ready = new Set<Lane>()
  readonly #readyIn = new Map<string, Set<Lane>>()
  #isNetworksTurn = false
  #waiting = 0
  #reading = 0

  constructor(limiter: Limiter) {
    this.#limiter = limiter
  }

  /**
   * Reads when it is the reader's turn.
   * @param work what is read: tells `meter` what it costs
   * @throws ChatError `too-fast` when they have read too much or too many wait; ReaderGone
   */
  async read<Result>(reader: Reader, work: (meter: Meter) => Promise<Result>): Promise<Result> {
    this.refuseIfTooFast(reader)
    const isFull =
      this.#waiting >= maxWaitingReads.all ||
      (this.#lanes.get(keyOf(reader.session))?.waiting.length ?? 0) >= maxWaitingReads.user
    if (isFull) throw tooBusy()
    return await this.#enqueue(reader, false, work)
  }

  /** As above, for what the server itself has to tell: it comes later instead of being refused. @throws ReaderGone */
  async readWhenAllowed<Result>(reader: Reader, work: (meter: Meter) => Promise<Result>): Promise<Result> {
    for (;;) {
      const waitMs = this.#limiter.read(reader.session, reader.network)
      if (!waitMs || reader.isGone) break
      await setTimeout(Math.min(waitMs, maxPauseMs))
    }
    return await this.#enqueue(reader, true, work)
  }

  /** @throws ChatError `too-fast` */
  refuseIfTooFast({ session, network }: Reader): void {
    const retryAfterMs = this.#limiter.read(session, network)
    if (retryAfterMs) throw new ChatError('too-fast', 'You are reading too fast.', retryAfterMs)
  }

  /** What the reader waits for is not read any more. */
  leave(reader: Reader): void {
    const lane = this.#lanes.get(keyOf(reader.session))
    if (!lane) return
    const left = lane.waiting.filter((one) => one.reader === reader)
    lane.waiting = lane.waiting.filter((one) => one.reader !== reader)
    this.#waiting -= left.length
    for (const { reject } of left) reject(new ReaderGone())
    if (lane.waiting.length) return
    this.#rest(lane)
    if (!lane.isReading) this.#lanes.delete(lane.key)
  }

  /** How many users read or wait. */
  get users(): number {
    return this.#lanes.size
  }

  #enqueue<Result>(reader: Reader, isPatient: boolean, work: (meter: Meter) => Promise<Result>): Promise<Result> {
    if (reader.isGone) return Promise.reject(new ReaderGone())
    const { session, network } = reader
    const meter = (cost: Cost) => this.#limiter.hasRead(session, network, bytesOf(cost))
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const begin = async () => await Promise.try(work, meter).then(resolve, reject)
    const key = keyOf(session)
    const lane = this.#lanes.get(key) ?? { key, network, waiting: [], isReading: false }
    this.#lanes.set(key, lane)
    lane.waiting.push({ reader, at: performance.now(), isPatient, begin, reject })
    this.#waiting++
    if (!lane.isReading) this.#makeReady(lane)
    this.#go()
    return promise
  }

  #go(): void {
    while (this.#reading < maxAtOnce) {
      const lane = this.#next()
      if (!lane) return
      this.#rest(lane)
      const next = this.#nextOf(lane)
      if (!next) this.#lanes.delete(lane.key)
      else void this.#begin(lane, next)
    }
  }

  async #begin(lane: Lane, { begin }: Waiting): Promise<void> {
    lane.isReading = true
    this.#reading++
    await begin()
    lane.isReading = false
    this.#reading--
    if (lane.waiting.length) this.#makeReady(lane)
    else this.#lanes.delete(lane.key)
    this.#go()
  }

  /** The first that is still wanted and may be read; those before it are refused. */
  #nextOf(lane: Lane): Waiting | undefined {
    for (let next = lane.waiting.shift(); next; next = lane.waiting.shift()) {
      this.#waiting--
      const fault = this.#faultIn(next)
      if (!fault) return next
      next.reject(fault)
    }
    return undefined
  }

  #faultIn({ reader, at, isPatient }: Waiting): Error | undefined {
    if (reader.isGone) return new ReaderGone()
    if (isPatient) return undefined
    if (performance.now() - at > maxReadWaitMs) return tooBusy()
    try {
      this.refuseIfTooFast(reader)
    } catch (error) {
      return error as Error
    }
    return undefined
  }

  /**
   * In turn by user, so that a school with a thousand of them is served like a thousand, and by network, so that a thousand names
   * of one address do not keep the others waiting.
   */
  #next(): Lane | undefined {
    this.#isNetworksTurn = !this.#isNetworksTurn
    if (!this.#isNetworksTurn) return first(this.#ready)
    const lanes = first(this.#readyIn.values())
    return lanes && first(lanes)
  }

  #makeReady(lane: Lane): void {
    this.#ready.add(lane)
    const lanes = this.#readyIn.get(lane.network) ?? new Set()
    this.#readyIn.set(lane.network, lanes.add(lane))
  }

  #rest(lane: Lane): void {
    if (!this.#ready.delete(lane)) return
    const lanes = this.#readyIn.get(lane.network)
    lanes?.delete(lane)
    // Last, from now on, among the networks.
    this.#readyIn.delete(lane.network)
    if (lanes?.size) this.#readyIn.set(lane.network, lanes)
  }
}

function bytesOf({ rows, bytes, ms }: Cost): number {
  return Math.max(bytes + rows * rowBytes, ms * msBytes)
}

function first<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item
  return undefined
}

function tooBusy(): ChatError {
  return new ChatError('too-fast', 'The server is busy. Try again later.', busyRetryMs)
}

/**
 * Writes on one connection. While a transaction is being committed the next one gathers, so a busy server stores hundreds of entries
 * for one fsync, and a quiet one waits for nobody.
 */

import { randomUUID } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import { LostLog, WasAway } from '../lost-log.ts'
import { unavailable } from '../unavailable.ts'
import { carryOut } from './batch.ts'
import { addLane, isCommitted, type Mark, refuseLoss } from './commit-outcome.ts'
import { reasonOf } from './faults.ts'
import { DatabaseFault } from './transaction.ts'
import type { Outcome, Write } from './writes.ts'

/** In a larger batch the first would wait for the last. */
const maxInBatch = 200
/** Between attempts to connect, at first and at most. Meanwhile writes are refused at once. */
const backoffMs = { first: 100, max: 2_000 }
/** After it a write may come again that was refused because its connection broke. */
const soonMs = 1_000
/** Between looks at a transaction that may still be committed. */
const lookAgainMs = 200

export interface LaneNeeds {
  /** Epoch of the log that this node knows. */
  epoch: string
  connect(): Promise<Client>
  unknownMs: number
  /** @param fault why nothing could be stored; undefined when something was */
  noteFault(fault: string | undefined): void
  noteCommit(ms: number, writes: number): void
  /** Carries out alone what could not be carried out here. */
  alone(waiting: Waiting): void
  /** The database does not have what was acknowledged. */
  lost(): void
  /** The database has forgotten the lane, which was not used for so long. */
  wasAway(): void
}

export interface Waiting extends Write {
  resolve(value: unknown): void
  reject(error: unknown): void
}

export class Lane {
  readonly #needs: LaneNeeds
  readonly #id = randomUUID()
  /** Numbers of the newest transaction, and of the newest that was acknowledged. */
  #number = 0
  #acknowledged = 0
  /** When it was last used, by the database's clock. */
  #usedAt = 0
  #isAdded = false
  /** Why nothing is written any more. */
  #ended: Error | undefined
  #client: Client | undefined
  #waiting: Waiting[] = []
  #working: Promise<void> | undefined
  #retryAt = 0
  #backoffMs = backoffMs.first
  #isInDoubt = false

  constructor(needs: LaneNeeds) {
    this.#needs = needs
  }

  /** Settles it after the commit; writes of a lane are carried out in the order in which they were given. */
  add(waiting: Waiting): void {
    const isFailing = !!this.#ended || this.#isInDoubt || (!this.#client && performance.now() < this.#retryAt)
    if (isFailing) return waiting.reject(unavailable())
    this.#waiting.push(waiting)
    this.#working ??= this.#work()
  }

  /** Says that its node is still there. It connects when it has to: a lane in which nobody writes is no lost one. */
  keep(): void {
    if (!this.#isAdded) return
    const call: Waiting['call'] = { name: 'probe', values: [Date.now()] }
    this.add({ call, route: { users: [] }, resolve() {}, reject() {} })
  }

  /** Nothing is written any more, and what waits is refused. */
  end(reason: Error): void {
    this.#ended = reason
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable())
  }

  /** Finishes what it was given. */
  async close(): Promise<void> {
    await this.#working
    await this.#client?.end()
  }

  async #work(): Promise<void> {
    // What arrives in this turn of the event loop goes together.
    await setImmediate()
    while (this.#waiting.length) {
      const batch = this.#waiting.splice(0, maxInBatch)
      try {
        await this.#store(batch)
      } catch (error) {
        this.#fail(error, batch)
      }
    }
    // In the same turn as the last look at what waits.
    this.#working = undefined
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const began = performance.now()
    const outcomes = await this.#transact(batch)
    this.#backoffMs = backoffMs.first
    this.#needs.noteFault(undefined)
    this.#needs.noteCommit(performance.now() - began, batch.length)
    for (const [i, outcome] of outcomes.entries()) settle(batch[i] as Waiting, outcome, this.#needs)
  }

  /** @throws DatabaseFault */
  async #transact(batch: readonly Write[]): Promise<Outcome[]> {
    let until: number | undefined
    for (;;) {
      const mark = this.#markOf(++this.#number)
      const { outcomes, unknown } = await this.#attempt(batch, mark)
      if (!unknown) return this.#acknowledge(mark, outcomes)
      // The connection broke during the commit. What was stored is not run again, and what was not is.
      this.#needs.noteFault(reasonOf(unknown))
      this.#isInDoubt = true
      // Since then, not since the commit: a server from which nothing comes back takes longer than that to be given up.
      until ??= performance.now() + this.#needs.unknownMs
      try {
        if (await this.#isCommitted(mark, unknown, until)) return this.#acknowledge(mark, outcomes)
      } finally {
        this.#isInDoubt = false
      }
    }
  }

  #markOf(number: number): Mark {
    return { lane: this.#id, number, epoch: this.#needs.epoch, at: this.#usedAt }
  }

  #acknowledge({ number, at }: Mark, outcomes: Outcome[]): Outcome[] {
    this.#acknowledged = number
    this.#usedAt = at
    return outcomes
  }

  /** @returns in `unknown` why nobody knows whether it was stored */
  async #attempt(batch: readonly Write[], mark: Mark): Promise<{ outcomes: Outcome[]; unknown?: unknown }> {
    const client = await this.#connected()
    try {
      const outcomes = await carryOut(client, batch, mark)
      if (this.#ended) throw this.#ended
      try {
        await commit(client)
        return { outcomes }
      } catch (error) {
        if (await isAlive(client)) throw error
        this.#drop()
        return { outcomes, unknown: error }
      }
    } catch (error) {
      this.#tell(error)
      this.#drop()
      throw new DatabaseFault(error, true)
    }
  }

  async #isCommitted(mark: Mark, cause: unknown, until: number): Promise<boolean> {
    while (performance.now() < until) {
      try {
        return await isCommitted(await this.#connected(), mark)
      } catch (error) {
        if (this.#ended) throw error
        // The server is not back yet, or the old connection still holds the row: the operator knows of the first error.
        this.#drop()
      }
      await setTimeout(lookAgainMs)
    }
    throw new DatabaseFault(cause, false)
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client
    try {
      const client = await this.#needs.connect()
      await this.#verify(client)
      client.once('end', () => {
        if (this.#client === client) this.#client = undefined
      })
      this.#client = client
      return client
    } catch (error) {
      this.#retryAt = performance.now() + this.#backoffMs
      this.#backoffMs = Math.min(2 * this.#backoffMs, backoffMs.max)
      throw new DatabaseFault(error, true)
    }
  }

  /** A name may lead to another server after a failover, and that may have less. */
  async #verify(client: Client): Promise<void> {
    try {
      if (this.#isAdded) await refuseLoss(client, this.#markOf(this.#acknowledged))
      else this.#usedAt = await addLane(client, this.#id)
      this.#isAdded = true
    } catch (error) {
      void client.end().catch(() => {})
      this.#tell(error)
      throw error
    }
  }

  #tell(error: unknown): void {
    if (error instanceof LostLog) this.#needs.lost()
    if (error instanceof WasAway) this.#needs.wasAway()
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    // It may hang.
    void client?.end().catch(() => {})
  }

  #fail(error: unknown, batch: readonly Waiting[]): void {
    const isUndone = error instanceof DatabaseFault && error.isUndone
    this.#needs.noteFault(reasonOf(error instanceof DatabaseFault ? error.cause : error))
    // A connection that broke is replaced at once; without another one there is no use in waiting.
    const isReplaced = this.#client !== undefined || performance.now() >= this.#retryAt
    const refusal = unavailable(isReplaced ? soonMs : undefined)
    // No refusal, and so no promise that it was not stored, when nobody knows.
    for (const { reject } of batch) reject(isUndone ? refusal : error)
    this.#refuseBehind(batch, refusal)
    if (!isReplaced) for (const { reject } of this.#waiting.splice(0)) reject(refusal)
  }

  /** What a user has written after a message that is refused is not stored before it. */
  #refuseBehind(refused: readonly Write[], refusal: Error): void {
    const orders = new Set(refused.map(orderedBy))
    orders.delete(undefined)
    this.#waiting = this.#waiting.filter((waiting) => {
      const isBehind = orders.has(orderedBy(waiting))
      if (isBehind) waiting.reject(refusal)
      return !isBehind
    })
  }
}

/** Of a message: of those that are the same, one comes after the other. */
function orderedBy({ call, route }: Write): string | undefined {
  return call.name === 'append' ? `${route?.users[0]} ${route?.room}` : undefined
}

function settle(waiting: Waiting, outcome: Outcome, { alone }: Pick<LaneNeeds, 'alone'>): void {
  if ('alone' in outcome) return alone(waiting)
  if ('error' in outcome) waiting.reject(outcome.error)
  else waiting.resolve(outcome.value)
}

async function commit(client: Client): Promise<void> {
  const { command } = await client.query('commit')
  // A transaction that has failed answers a commit so.
  if (command !== 'COMMIT') throw new Error('The transaction was rolled back.')
}

/** Whether the connection can still be used; the transaction is undone then. */
async function isAlive(client: Client): Promise<boolean> {
  return await client.query({ text: 'rollback', query_timeout: 5_000 } as { text: string }).then(
    () => true,
    () => false,
  )
}

import type { ClientBase, Pool, PoolClient } from 'pg'
import { type Lookups, lookups, type Reads, reads, ruleOf, type Writes, writes } from '../calls.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'
import type { StoreWatcher } from '../store.ts'
import type { ResultOf, Rule } from '../transaction.ts'
import { unavailable } from '../unavailable.ts'
import { reasonOf } from './faults.ts'
import { runOn } from './run.ts'
import { DatabaseFault, patience, poolOf, transact } from './transaction.ts'

/** Taken by each transaction that writes, so that they come one after the other, whichever process they are of. */
export const writerLock = 8_325_001

const maxReaders = 4

export interface PostgresOptions {
  watcher?: StoreWatcher
  /** Over the usual ones. */
  patience?: Partial<typeof patience>
}

/** Simple, not fast: one transaction for each write, one after the other, and a snapshot for each read. */
export class PostgresDriver implements Driver {
  readonly epoch: string
  // A connection that breaks is replaced by the pool: the store does not fail for good.
  readonly failed: Promise<Error> = new Promise(() => {})
  readonly #writer: Pool
  readonly #readers: Pool
  readonly #watcher: StoreWatcher
  readonly #patience: typeof patience
  #fault: string | undefined
  #probe: Promise<unknown> | undefined
  /** The end of the newest write: the next one begins after it. */
  #newest: Promise<unknown> = Promise.resolve()

  private constructor(url: string, epoch: string, { watcher = {}, patience: waits }: PostgresOptions) {
    this.epoch = epoch
    this.#watcher = watcher
    this.#patience = { ...patience, ...waits }
    this.#writer = poolOf(url, 1, this.#patience)
    this.#readers = poolOf(url, maxReaders, this.#patience)
  }

  /** @param client of the same database */
  static async open(url: string, client: ClientBase, options: PostgresOptions = {}): Promise<PostgresDriver> {
    return new PostgresDriver(url, await runOn(client, lookups.epoch()), options)
  }

  async fault() {
    // One at a time: each would wait behind the one before it.
    this.#probe ??= this.write('probe', Date.now())
      .catch(() => {})
      .finally(() => {
        this.#probe = undefined
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, this.#patience.probeMs, 'the database does not answer').unref()
    })
    try {
      return await Promise.race([this.#probe.then(() => this.#fault), late])
    } finally {
      clearTimeout(timer)
    }
  }

  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>) {
    const asked = performance.now()
    const written = this.#newest.then(() => {
      const isLate = performance.now() - asked > this.#patience.lockMs
      if (isLate && this.#fault !== undefined) throw unavailable()
      return this.#write(ruleOf(writes, { name, values }))
    })
    this.#newest = written.catch(() => {})
    return written as Promise<ResultOf<Writes[Name]>>
  }

  async #write<Result>(rule: Rule<Result>): Promise<Result> {
    const result = await this.#transact(this.#writer, 'begin', async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [writerLock])
      return await runOn(client, rule)
    })
    this.#noteFault(undefined)
    return result
  }

  async read<Name extends keyof Reads>(meter: Meter | undefined, name: Name, ...values: Parameters<Reads[Name]>) {
    const begun = performance.now()
    const snapshot = 'begin isolation level repeatable read read only'
    try {
      const rule = ruleOf(reads, { name, values }) as Rule<ResultOf<Reads[Name]>>
      return await this.#transact(this.#readers, snapshot, (client) => runOn(client, rule))
    } finally {
      meter?.({ rows: 0, bytes: 0, ms: performance.now() - begun })
    }
  }

  async lookUp<Name extends keyof Lookups>(name: Name, ...values: Parameters<Lookups[Name]>) {
    const rule = ruleOf(lookups, { name, values }) as Rule<ResultOf<Lookups[Name]>>
    return await this.#transact(this.#readers, 'begin read only', (client) => runOn(client, rule))
  }

  async #transact<Result>(pool: Pool, begin: string, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await transact(pool, begin, work)
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error
      this.#noteFault(reasonOf(error.cause))
      // No refusal, and so no promise that it was not stored, when nobody knows.
      throw error.isUndone ? unavailable() : error
    }
  }

  /** Tells of the first failure and of the first success after it, not of each. */
  #noteFault(fault: string | undefined): void {
    const before = this.#fault
    this.#fault = fault
    if (fault !== undefined && before === undefined) this.#watcher.failing?.(fault)
    if (fault === undefined && before !== undefined) this.#watcher.recovered?.()
  }

  async logBytes() {
    return undefined
  }

  async close() {
    await this.#newest
    await Promise.all([this.#writer.end(), this.#readers.end()])
  }
}

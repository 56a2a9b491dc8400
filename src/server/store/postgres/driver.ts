import type { Client, Pool } from 'pg'
import { type Lookups, lookups, type Reads, reads, ruleOf, type Writes } from '../calls.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'
import type { StoreWatcher } from '../store.ts'
import type { ResultOf, Rule } from '../transaction.ts'
import { unavailable } from '../unavailable.ts'
import { connect, type Patience, poolOf } from './connection.ts'
import { reasonOf } from './faults.ts'
import { Lane } from './lane.ts'
import { Order } from './order.ts'
import { laneOf, orderOf, routeOf } from './routes.ts'
import { runOn } from './run.ts'
import { SharedLocks } from './shared-locks.ts'
import { DatabaseFault, transactOn } from './transaction.ts'

/** Connections for writes that are carried out side by side; there is one more for the others. */
const lanes = 3
/** Connections for what may be long, and for the few rows that commands wait for. */
const maxReaders = 4
const maxLookups = 4
/** A transaction that takes longer is told to the operator. */
const slowMs = 1_000

/** Group commit in lanes, and a snapshot for each read. */
export class PostgresDriver implements Driver {
  readonly epoch: string
  // A connection that breaks is replaced: the store does not fail for good.
  readonly failed: Promise<Error> = new Promise(() => {})
  readonly #lanes: Lane[]
  readonly #alone: Lane
  readonly #order = new Order()
  readonly #readers: Pool
  readonly #lookups: Pool
  readonly #locks: SharedLocks
  readonly #watcher: StoreWatcher
  readonly #patience: Patience
  #fault: string | undefined
  #probe: Promise<unknown> | undefined

  private constructor(url: string, epoch: string, watcher: StoreWatcher, patience: Patience) {
    this.epoch = epoch
    this.#watcher = watcher
    this.#patience = patience
    const newLane = () =>
      new Lane({
        connect: () => connect(url, patience),
        unknownMs: patience.unknownMs,
        noteFault: (fault) => this.#noteFault(fault),
        noteCommit: (ms, writes) => ms > slowMs && watcher.slow?.({ ms, writes }),
        alone: (waiting) => this.#alone.add({ ...waiting, route: undefined }),
      })
    this.#lanes = Array.from({ length: lanes }, newLane)
    this.#alone = newLane()
    this.#locks = new SharedLocks(() => connect(url, patience))
    this.#readers = poolOf(url, maxReaders, patience)
    this.#lookups = poolOf(url, maxLookups, {
      ...patience,
      statementMs: patience.lookupMs,
      silenceMs: patience.lookupMs,
    })
  }

  /** @param client of the same database */
  static async open(url: string, client: Client, watcher: StoreWatcher, patience: Patience): Promise<PostgresDriver> {
    return new PostgresDriver(url, await runOn(client, lookups.epoch()), watcher, patience)
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
    const route = routeOf(name, values)
    const lane = route ? this.#lanes[laneOf(route.room ?? '', lanes)] : this.#alone
    const written = this.#order.inOrder(orderOf(name, route), () => {
      return new Promise((resolve, reject) => lane?.add({ call: { name, values }, route, resolve, reject }))
    })
    return written as Promise<ResultOf<Writes[Name]>>
  }

  async read<Name extends keyof Reads>(meter: Meter | undefined, name: Name, ...values: Parameters<Reads[Name]>) {
    const begun = performance.now()
    try {
      const rule = ruleOf(reads, { name, values }) as Rule<ResultOf<Reads[Name]>>
      return await this.#read(this.#readers, 'begin isolation level repeatable read read only', rule)
    } finally {
      meter?.({ rows: 0, bytes: 0, ms: performance.now() - begun })
    }
  }

  async lookUp<Name extends keyof Lookups>(name: Name, ...values: Parameters<Lookups[Name]>) {
    const rule = ruleOf(lookups, { name, values }) as Rule<ResultOf<Lookups[Name]>>
    return await this.#read(this.#lookups, 'begin read only', rule)
  }

  async #read<Result>(pool: Pool, begin: string, rule: Rule<Result>): Promise<Result> {
    try {
      return await transactOn(pool, begin, (client) => runOn(client, rule))
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error
      this.#noteFault(reasonOf(error.cause))
      throw unavailable()
    }
  }

  /** Tells of the first failure and of the first success after it, not of each. */
  #noteFault(fault: string | undefined): void {
    const before = this.#fault
    this.#fault = fault
    if (fault !== undefined && before === undefined) this.#watcher.failing?.(fault)
    if (fault === undefined && before !== undefined) this.#watcher.recovered?.()
  }

  exclusively<Result>(key: string, work: (isHeld: () => boolean) => Promise<Result>) {
    return this.#locks.hold(key, work)
  }

  async logBytes() {
    return undefined
  }

  async close() {
    await Promise.all([...this.#lanes, this.#alone].map((lane) => lane.close()))
    await Promise.all([this.#readers.end(), this.#lookups.end(), this.#locks.close()])
  }
}

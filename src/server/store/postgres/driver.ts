import type { Client, ClientBase, Pool } from 'pg'
import { hourMs } from '../../../shared/durations.ts'
import { type Lookups, lookups, type Reads, reads, ruleOf, type Writes } from '../calls.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'
import { LostLog, WasAway } from '../lost-log.ts'
import type { StoreWatcher } from '../store.ts'
import type { ResultOf, Rule } from '../transaction.ts'
import { unavailable } from '../unavailable.ts'
import { connect, type Patience, poolOf } from './connection.ts'
import { renewEpoch } from './epoch.ts'
import { reasonOf } from './faults.ts'
import { Lane } from './lane.ts'
import { Order } from './order.ts'
import { orderOf, routeOf } from './routes.ts'
import { runOn } from './run.ts'
import { SharedLocks } from './shared-locks.ts'
import { DatabaseFault, onAny, transact, withoutTransaction } from './transaction.ts'

/** Connections for what may be long, and for the few rows that commands wait for. */
const maxReaders = 4
const maxLookups = 4
/** A transaction that takes longer is told to the operator. */
const slowTransactionMs = 1_000
/** How a node follows the others, and what it reads because of that: on a connection of their own, never behind what users look up. */
const ofServerLog: ReadonlySet<keyof Lookups> = new Set([
  'serverLogHead',
  'changesAfter',
  'epoch',
  'bannedRanges',
  'serverSettings',
])

export interface PostgresNeeds {
  watcher: StoreWatcher
  patience: Patience
  /** Is called after each read, and throws when what was read may not be used any more. */
  guard(): void
}

/**
 * Group commit in two lanes, and a snapshot for each read. Three lanes for messages made smaller batches: three nodes took a third more
 * of two processors for each message, and stored a sixth less.
 */
export class PostgresDriver implements Driver {
  readonly epoch: string
  readonly failed: Promise<Error>
  readonly #url: string
  readonly #needs: PostgresNeeds
  /** For writes that are carried out side by side with those of other nodes. */
  readonly #shared: Lane
  /** For the others. */
  readonly #alone: Lane
  readonly #order = new Order()
  readonly #readers: Pool
  readonly #lookups: Pool
  readonly #serverLog: Pool
  readonly #keeping: NodeJS.Timeout
  readonly #failed = Promise.withResolvers<Error>()
  /** Why nothing is stored and answered any more. */
  #ended: Error | undefined
  #isClosed = false
  readonly #locks: SharedLocks
  #fault: string | undefined
  #probe: Promise<unknown> | undefined

  private constructor(url: string, epoch: string, needs: PostgresNeeds) {
    const { patience, watcher } = needs
    this.epoch = epoch
    // A connection that breaks is replaced: the store fails only when the database is not what it was.
    this.failed = this.#failed.promise
    this.#url = url
    this.#needs = needs
    const newLane = () =>
      new Lane({
        epoch,
        connect: () => connect(url, patience),
        unknownMs: patience.unknownMs,
        noteFault: (fault) => this.#noteFault(fault),
        noteCommit(ms, writes) {
          watcher.committed?.({ ms, writes })
          if (ms > slowTransactionMs) watcher.slow?.({ ms, writes })
        },
        alone: (waiting) => this.#alone.add({ ...waiting, route: undefined }),
        lost: () => this.abandon(),
        wasAway: () => this.leave(),
      })
    this.#shared = newLane()
    this.#alone = newLane()
    this.#keeping = setInterval(() => this.#everyLane((lane) => lane.keep()), hourMs).unref()
    this.#locks = new SharedLocks(() => connect(url, patience))
    const quick = (ms: number) => ({ ...patience, statementMs: ms, silenceMs: ms })
    this.#readers = poolOf(url, maxReaders, patience)
    this.#lookups = poolOf(url, maxLookups, quick(patience.lookupMs))
    const { serverLogMs } = patience
    this.#serverLog = poolOf(url, 1, { ...quick(serverLogMs), connectMs: serverLogMs })
  }

  /** @param client of the same database */
  static async open(url: string, client: Client, needs: PostgresNeeds): Promise<PostgresDriver> {
    return new PostgresDriver(url, await runOn(client, lookups.epoch()), needs)
  }

  /**
   * The database does not have what was acknowledged. Nothing is stored and nothing is answered any more; the log gets another epoch,
   * by which every client and every node knows that ids mean something else now, and the store has failed once it has it.
   */
  abandon(): void {
    const reason = new LostLog()
    if (!this.#end(reason)) return
    const connectOnce = () => connect(this.#url, this.#needs.patience)
    void renewEpoch(connectOnce, this.epoch, () => this.#isClosed).then(() => this.#failed.resolve(reason))
  }

  /** This node was away for too long. It ends as after a loss, but the others know of nothing that has changed. */
  leave(): void {
    const reason = new WasAway()
    if (this.#end(reason)) this.#failed.resolve(reason)
  }

  /** @returns whether it has not ended before */
  #end(reason: Error): boolean {
    if (this.#ended) return false
    this.#ended = reason
    this.#everyLane((lane) => lane.end(reason))
    return true
  }

  async fault() {
    if (this.#ended) return this.#ended.message
    // One at a time: each would wait behind the one before it.
    this.#probe ??= this.write('probe', Date.now())
      .catch(() => {})
      .finally(() => {
        this.#probe = undefined
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, this.#needs.patience.probeMs, 'the database does not answer').unref()
    })
    try {
      return await Promise.race([this.#probe.then(() => this.#fault), late])
    } finally {
      clearTimeout(timer)
    }
  }

  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>) {
    const route = routeOf(name, values)
    const lane = route ? this.#shared : this.#alone
    const written = this.#order.inOrder(orderOf(name, route), () => {
      return new Promise((resolve, reject) => lane.add({ call: { name, values }, route, resolve, reject }))
    })
    return written as Promise<ResultOf<Writes[Name]>>
  }

  async read<Name extends keyof Reads>(meter: Meter | undefined, name: Name, ...values: Parameters<Reads[Name]>) {
    const begun = performance.now()
    try {
      const rule = ruleOf(reads, { name, values }) as Rule<ResultOf<Reads[Name]>>
      const snapshot = 'begin isolation level repeatable read read only'
      return await this.#guarded(this.#readers, (client) => transact(client, snapshot, () => runOn(client, rule)))
    } finally {
      meter?.({ rows: 0, bytes: 0, ms: performance.now() - begun })
    }
  }

  async lookUp<Name extends keyof Lookups>(name: Name, ...values: Parameters<Lookups[Name]>) {
    const rule = ruleOf(lookups, { name, values }) as Rule<ResultOf<Lookups[Name]>>
    const look = (client: ClientBase) => withoutTransaction(client, () => runOn(client, rule))
    return ofServerLog.has(name)
      ? await this.#unguarded(this.#serverLog, look)
      : await this.#guarded(this.#lookups, look)
  }

  async #guarded<Result>(pool: Pool, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const result = await this.#unguarded(pool, work)
    if (this.#ended) throw unavailable()
    this.#needs.guard()
    return result
  }

  async #unguarded<Result>(pool: Pool, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw unavailable()
    try {
      return await onAny(pool, work)
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
    if (fault !== undefined && before === undefined) this.#needs.watcher.failing?.(fault)
    if (fault === undefined && before !== undefined) this.#needs.watcher.recovered?.()
  }

  exclusively<Result>(key: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>) {
    return this.#locks.hold(key, work)
  }

  async logBytes() {
    return undefined
  }

  async close() {
    this.#isClosed = true
    clearInterval(this.#keeping)
    await Promise.all([this.#shared.close(), this.#alone.close()])
    await Promise.all([this.#readers, this.#lookups, this.#serverLog].map((pool) => pool.end()))
    await this.#locks.close()
  }

  #everyLane(work: (lane: Lane) => void): void {
    for (const lane of [this.#shared, this.#alone]) work(lane)
  }
}

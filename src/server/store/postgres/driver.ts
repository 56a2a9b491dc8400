import { type ClientBase, Pool, type PoolClient, types } from 'pg'
import { ChatError } from '../../../shared/protocol.ts'
import { type Lookups, lookups, type Reads, reads, ruleOf, type Writes, writes } from '../calls.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'
import type { ResultOf, Rule } from '../transaction.ts'
import { runOn } from './run.ts'

/** Taken by each transaction that writes, so that they come one after the other, whichever process they are of. */
const writerLock = 8_325_001

const maxReaders = 4

/** Simple, not fast: one transaction for each write, one after the other, and a snapshot for each read. */
export class PostgresDriver implements Driver {
  readonly epoch: string
  // A connection that breaks is replaced by the pool: the store does not fail for good.
  readonly failed: Promise<Error> = new Promise(() => {})
  readonly #writer: Pool
  readonly #readers: Pool
  #fault: string | undefined
  /** The end of the newest write: the next one begins after it. */
  #newest: Promise<unknown> = Promise.resolve()

  private constructor(writer: Pool, readers: Pool, epoch: string) {
    this.#writer = writer
    this.#readers = readers
    this.epoch = epoch
  }

  static async connect(url: string): Promise<PostgresDriver> {
    const writer = poolOf(url, 1)
    const epoch = await runOn(writer as unknown as ClientBase, lookups.epoch())
    return new PostgresDriver(writer, poolOf(url, maxReaders), epoch)
  }

  async fault() {
    await this.write('probe', Date.now()).catch(() => {})
    return this.#fault
  }

  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>) {
    const written = this.#newest.then(() => this.#write(ruleOf(writes, { name, values })))
    this.#newest = written.catch(() => {})
    return written as Promise<ResultOf<Writes[Name]>>
  }

  async #write<Result>(rule: Rule<Result>): Promise<Result> {
    try {
      const result = await transact(this.#writer, 'begin', async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [writerLock])
        return await runOn(client, rule)
      })
      this.#fault = undefined
      return result
    } catch (error) {
      // A refusal, or an error that PostgreSQL names, is of this write alone.
      const isOfWrite = error instanceof ChatError || (error as { code?: string }).code?.length === 5
      this.#fault = isOfWrite ? undefined : (error as Error).message
      throw error
    }
  }

  async read<Name extends keyof Reads>(meter: Meter | undefined, name: Name, ...values: Parameters<Reads[Name]>) {
    const begun = performance.now()
    const snapshot = 'begin isolation level repeatable read read only'
    try {
      const rule = ruleOf(reads, { name, values }) as Rule<ResultOf<Reads[Name]>>
      return await transact(this.#readers, snapshot, (client) => runOn(client, rule))
    } finally {
      meter?.({ rows: 0, bytes: 0, ms: performance.now() - begun })
    }
  }

  async lookUp<Name extends keyof Lookups>(name: Name, ...values: Parameters<Lookups[Name]>) {
    const rule = ruleOf(lookups, { name, values }) as Rule<ResultOf<Lookups[Name]>>
    return await transact(this.#readers, 'begin read only', (client) => runOn(client, rule))
  }

  async close() {
    await this.#newest
    await Promise.all([this.#writer.end(), this.#readers.end()])
  }
}

function poolOf(connectionString: string, max: number): Pool {
  const bigint = 20
  const numbers = { getTypeParser: (id: number) => (id === bigint ? Number : types.getTypeParser(id)) }
  const pool = new Pool({ connectionString, max, types: numbers as typeof types })
  // An idle connection that breaks is replaced when it is needed.
  pool.on('error', () => {})
  return pool
}

/** All or nothing. */
async function transact<Result>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query(begin)
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    const isUndone = await client.query('rollback').then(
      () => true,
      () => false,
    )
    client.release(!isUndone)
    throw error
  }
}

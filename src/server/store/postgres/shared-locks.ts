/** Locks that nodes share, for what is not in the database: advisory locks, all of a node on one connection. */
import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import { unavailable } from '../unavailable.ts'

/** Together with a number of the key: apart from the locks of one number. */
const lockClass = 8_325_003
/** Asked for again and again: a lock that is waited for would keep the connection from the others. */
const askEveryMs = 50
/** The holder may be sending a large file to a slow store. */
const maxWaitMs = 60_000
/** A server that does not answer for so long may be gone, and another one in its place. */
const answerMs = 5_000

export class SharedLocks {
  readonly #connect: () => Promise<Client>
  #client: Promise<Client> | undefined
  #newest: Client | undefined
  #isClosed = false

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect
  }

  /**
   * Holds the lock of that key during the work.
   * @param work is told whether it is held still: a connection may break @throws ChatError `unavailable`
   */
  async hold<Result>(key: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>): Promise<Result> {
    const client = await this.#take(key)
    try {
      return await work(() => this.#isThere(client))
    } finally {
      // If the connection is gone, so is the lock.
      await client.query('select pg_advisory_unlock($1, hashtext($2))', [lockClass, key]).catch(() => {})
    }
  }

  /** Who waits for a lock is refused. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#client?.then((client) => client.end()).catch(() => {})
  }

  async #take(key: string): Promise<Client> {
    const until = performance.now() + maxWaitMs
    while (performance.now() < until && !this.#isClosed) {
      try {
        const client = await this.#connected()
        const asked = 'select pg_try_advisory_lock($1, hashtext($2)) as taken'
        const { rows } = await client.query(asked, [lockClass, key])
        if (rows[0].taken) return client
      } catch {
        throw unavailable()
      }
      await setTimeout(askEveryMs * (0.5 + Math.random()))
    }
    throw unavailable()
  }

  /** Its locks are held as long as it is: a server that is gone says nothing. */
  async #isThere(client: Client): Promise<boolean> {
    try {
      await client.query({ text: 'select 1', query_timeout: answerMs } as { text: string })
      return true
    } catch {
      this.#forget(client)
      return false
    }
  }

  #connected(): Promise<Client> {
    this.#client ??= this.#open()
    return this.#client
  }

  async #open(): Promise<Client> {
    try {
      const client = await this.#connect()
      this.#newest = client
      client.on('end', () => this.#forget(client))
      return client
    } catch (error) {
      this.#client = undefined
      throw error
    }
  }

  /** What comes next gets another connection. */
  #forget(client: Client): void {
    if (this.#newest !== client) return
    this.#newest = undefined
    this.#client = undefined
  }
}

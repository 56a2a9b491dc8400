/** Work that one node does for all: it holds a lock on a connection of its own, and the next one gets it when that connection ends. */
import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import { connect, type Patience, UnusableDatabase } from './connection.ts'

export const leaseLock = 8_325_002
/** Each node has it together with the others, whichever of them holds the lease. */
export const nodesLock = 8_325_004
const lookEveryMs = 2_000
/** A holder that is paused, or cut off, loses the lock after that time. */
const silenceMs = 10_000

export class Lease {
  readonly #url: string
  readonly #patience: Patience
  readonly #changed: (isHeld: boolean) => void
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #isHeld = false

  private constructor(url: string, waits: Patience, changed: (isHeld: boolean) => void, first: Client) {
    this.#url = url
    this.#patience = waits
    this.#changed = changed
    this.#running = this.#run(first)
  }

  /**
   * From now on the database is known to be in use.
   * @param changed is told when this node gets the lease, and when it has lost it
   * @throws UnusableDatabase when the data is being moved; what goes wrong
   */
  static async open(url: string, patience: Patience, changed: (isHeld: boolean) => void): Promise<Lease> {
    const waits = { ...patience, connectMs: silenceMs / 2, silenceMs: silenceMs / 2 }
    return new Lease(url, waits, changed, await join(url, waits))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(first: Client): Promise<void> {
    const { signal } = this.#closing
    for (let client: Client | undefined = first; !signal.aborted; client = undefined) {
      // What is wrong with the database, lanes and readers tell.
      await this.#hold(client).catch(() => {})
      this.#note(false)
      await setTimeout(lookEveryMs, undefined, { signal }).catch(() => {})
    }
  }

  /** As long as the connection lives. */
  async #hold(joined: Client | undefined): Promise<void> {
    const { signal } = this.#closing
    const client = joined ?? (await join(this.#url, this.#patience))
    try {
      while (!signal.aborted) {
        this.#note(this.#isHeld ? await isThere(client) : await take(client))
        await setTimeout(lookEveryMs, undefined, { signal })
      }
    } finally {
      await client.end()
    }
  }

  #note(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return
    this.#isHeld = isHeld
    this.#changed(isHeld)
  }
}

/** With the lock that each node has. */
async function join(url: string, waits: Patience): Promise<Client> {
  const client = await connect(url, waits)
  try {
    await client.query(`set idle_session_timeout = ${silenceMs}`)
    const { rows } = await client.query(`select pg_try_advisory_lock_shared(${nodesLock}) as taken`)
    if (!rows[0].taken) throw new UnusableDatabase('the data is being moved: wait until that has ended')
    return client
  } catch (error) {
    void client.end().catch(() => {})
    throw error
  }
}

async function take(client: Client): Promise<boolean> {
  const { rows } = await client.query(`select pg_try_advisory_lock(${leaseLock}) as taken`)
  return rows[0].taken
}

async function isThere(client: Client): Promise<true> {
  await client.query('select 1')
  return true
}

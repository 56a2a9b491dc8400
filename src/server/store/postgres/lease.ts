/** Work that one node does for all: it holds a lock on a connection of its own, and the next one gets it when that connection ends. */
import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import { connect, type Patience } from './connection.ts'

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

  /** @param changed is told when this node gets the lock, and when it has lost it */
  constructor(url: string, patience: Patience, changed: (isHeld: boolean) => void) {
    this.#url = url
    this.#patience = { ...patience, connectMs: silenceMs / 2, silenceMs: silenceMs / 2 }
    this.#changed = changed
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      // What is wrong with the database, lanes and readers tell.
      await this.#hold().catch(() => {})
      this.#note(false)
      await setTimeout(lookEveryMs, undefined, { signal }).catch(() => {})
    }
  }

  /** As long as the connection lives. */
  async #hold(): Promise<void> {
    const { signal } = this.#closing
    const client = await connect(this.#url, this.#patience)
    try {
      await client.query(`set idle_session_timeout = ${silenceMs}`)
      await client.query(`select pg_advisory_lock_shared(${nodesLock})`)
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

async function take(client: Client): Promise<boolean> {
  const { rows } = await client.query(`select pg_try_advisory_lock(${leaseLock}) as taken`)
  return rows[0].taken
}

async function isThere(client: Client): Promise<true> {
  await client.query('select 1')
  return true
}

/** The epoch names a log. One that has lost what was acknowledged gets another one, so that nobody takes its ids for those of before. */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'

const againMs = 500

/** Tries until it can. If several nodes find out together, only the first changes it. @param known the epoch that this node knows */
export async function renewEpoch(
  connect: () => Promise<Client>,
  known: string,
  isClosed: () => boolean,
): Promise<void> {
  while (!isClosed()) {
    try {
      const client = await connect()
      try {
        const values = [randomBytes(16).toString('hex'), known]
        await client.query(`update meta set value = $1 where key = 'epoch' and value = $2`, values)
        return
      } finally {
        await client.end()
      }
    } catch {
      // The database is away. Until it is back nothing is stored or answered here.
      await setTimeout(againMs)
    }
  }
}

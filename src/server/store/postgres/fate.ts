/**
 * What became of a transaction whose connection broke during the commit. Each transaction of a lane notes its number in the lane's
 * row: the row says which was the last one to be stored, also after a restart, a failover or a restored backup.
 */
import type { Client } from 'pg'

/** Names a transaction: no other one ever has both. */
export interface Mark {
  /** Of this lane and this start of the node. */
  lane: string
  number: number
}

/** Part of the transaction. */
export async function note(client: Client, { lane, number }: Mark): Promise<void> {
  await client.query({
    name: 'note transaction',
    text: `insert into lanes (id, number, at) values ($1, $2, $3)
      on conflict (id) do update set number = excluded.number, at = excluded.at`,
    values: [lane, number, Date.now()],
  })
}

/** Waits while it may still be committed. */
export async function isCommitted(client: Client, { lane, number }: Mark): Promise<boolean> {
  const { rows } = await client.query('select number from lanes where id = $1 for update', [lane])
  return rows[0]?.number === number
}

/** Those of nodes that are gone. */
export async function forgetLanes(client: Client, before: number): Promise<void> {
  await client.query('delete from lanes where at < $1', [before])
}

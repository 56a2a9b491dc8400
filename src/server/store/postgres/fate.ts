/**
 * What became of a transaction. Each transaction of a lane notes its number in the lane's row: the row says which was the last one to
 * be stored, also after a restart, a failover or a restored backup. A row that is behind what was acknowledged, and another epoch, show
 * that this is not the log any more that the node knows.
 */
import type { Client } from 'pg'
import { LostLog } from '../lost-log.ts'

/** Names a transaction: no other one ever has both. */
export interface Mark {
  /** Of this lane and this start of the node. */
  lane: string
  number: number
  /** Of the log that the node knows. */
  epoch: string
}

/** In a transaction of its own, before the first that is noted: so there is always a row to wait for. */
export async function addLane(client: Client, lane: string): Promise<void> {
  await client.query('insert into lanes (id, number, at) values ($1, 0, $2) on conflict (id) do nothing', [
    lane,
    Date.now(),
  ])
}

/** Part of the transaction, and asked before anything is changed in it. @throws LostLog */
export async function note(client: Client, { lane, number, epoch }: Mark): Promise<void> {
  const { rows } = await client.query({
    name: 'note transaction',
    text: `update lanes set number = $2, at = $3 where id = $1
      returning (select value from meta where key = 'epoch') as epoch`,
    values: [lane, number, Date.now()],
  })
  if (rows[0]?.epoch !== epoch) throw new LostLog()
}

/** For a new connection: it may lead to another server. @param mark the newest that was acknowledged @throws LostLog */
export async function refuseLoss(client: Client, { lane, number, epoch }: Mark): Promise<void> {
  const { rows } = await client.query(
    `select (select number from lanes where id = $1) as number, (select value from meta where key = 'epoch') as epoch`,
    [lane],
  )
  const { number: stored, epoch: now } = rows[0]
  if (stored === null || stored < number || now !== epoch) throw new LostLog()
}

/** Waits while it may still be committed. */
export async function isCommitted(client: Client, { lane, number }: Mark): Promise<boolean> {
  const { rows } = await client.query('select number from lanes where id = $1 for update', [lane])
  return rows[0]?.number === number
}

/** The lane is in use, though nothing is written there. */
export async function keepLane(client: Client, lane: string): Promise<void> {
  await client.query('update lanes set at = $2 where id = $1', [lane, Date.now()])
}

/** Those of nodes that are gone. */
export async function forgetLanes(client: Client, before: number): Promise<void> {
  await client.query('delete from lanes where at < $1', [before])
}

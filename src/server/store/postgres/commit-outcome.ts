/**
 * What became of a transaction. Each transaction of a lane notes its number in the lane's row: the row says which was the last one to
 * be stored, also after a restart, a failover or a restored backup. A row that is behind what was acknowledged, and another epoch, show
 * that this is not the log any more that the node knows.
 */
import type { Client } from 'pg'
import { dayMs } from '../../../shared/durations.ts'
import { LostLog, WasAway } from '../lost-log.ts'

/** Rows of lanes that were not used for that long are of nodes that are gone. */
const lanesMs = 30 * dayMs
/** The database's: a node whose clock is wrong forgets the lanes of no other, and the others do not forget its own. */
const clock = '(extract(epoch from clock_timestamp()) * 1000)::bigint'

/** Names a transaction: no other one ever has both lane and number. */
export interface Mark {
  /** Identifies this lane and this start of the node. */
  lane: string
  number: number
  /** Epoch of the log that the node knows. */
  epoch: string
  /** When the lane was last used, by the database's clock. */
  at: number
}

/** In a transaction of its own, before the first that is noted: so there is always a row to wait for. @returns when */
export async function addLane(client: Client, lane: string): Promise<number> {
  await client.query(`insert into lanes (id, number, at) values ($1, 0, ${clock}) on conflict (id) do nothing`, [lane])
  return await timeOf(client)
}

/** Part of the transaction, and asked before anything is changed in it. Sets `at` of the mark. @throws LostLog, WasAway */
export async function note(client: Client, mark: Mark): Promise<void> {
  const { rows } = await client.query({
    name: 'note transaction',
    text: `update lanes set number = $2, at = ${clock} where id = $1
      returning at, (select value from meta where key = 'epoch') as epoch`,
    values: [mark.lane, mark.number],
  })
  const [noted] = rows
  if (!noted) throw await reasonOfMissing(client, mark)
  if (noted.epoch !== mark.epoch) throw new LostLog()
  mark.at = noted.at
}

/** For a new connection: it may lead to another server. @param mark the newest that was acknowledged @throws LostLog, WasAway */
export async function refuseLoss(client: Client, mark: Mark): Promise<void> {
  const { rows } = await client.query(
    `select (select number from lanes where id = $1) as number, (select value from meta where key = 'epoch') as epoch`,
    [mark.lane],
  )
  const { number: stored, epoch } = rows[0]
  if (epoch !== mark.epoch) throw new LostLog()
  if (stored === null) throw await reasonOfMissing(client, mark)
  if (stored < mark.number) throw new LostLog()
}

/** Why there is no row of the lane. */
async function reasonOfMissing(client: Client, { at }: Mark): Promise<Error> {
  return (await timeOf(client)) - at >= lanesMs ? new WasAway() : new LostLog()
}

async function timeOf(client: Client): Promise<number> {
  const { rows } = await client.query(`select ${clock} as now`)
  return rows[0].now
}

/** Waits while it may still be committed. */
export async function isCommitted(client: Client, { lane, number }: Mark): Promise<boolean> {
  const { rows } = await client.query('select number from lanes where id = $1 for update', [lane])
  return rows[0]?.number === number
}

/** Those of nodes that are gone. */
export async function forgetLanes(client: Client): Promise<void> {
  await client.query(`delete from lanes where at < ${clock} - ${lanesMs}`)
}

/** One batch of writes in one transaction. */
import type { Client } from 'pg'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { ruleOf, writes } from '../calls.ts'
import { LostLog, WasAway } from '../lost-log.ts'
import { type Mark, note } from './commit-outcome.ts'
import { isOfServer } from './faults.ts'
import type { LockedRoom } from './plain/known.ts'
import { carryOutPlain, plainMessagesIn } from './plain/messages.ts'
import { readFor, storePlain } from './plain/statements.ts'
import { groupsOf, needsRoom } from './routes.ts'
import { runOn } from './run.ts'
import type { Outcome, Write } from './writes.ts'

/** Taken by every transaction that writes, alone or together with others of its kind: see `routes.ts`. */
export const writerLock = 8_325_001

/** A deadlock, or the like: the transaction is undone, and can be run again. */
const classOfConflicts = '40'
const maxAttempts = 5

/**
 * Carries the writes out, up to the commit, which is the caller's. A write that fails costs only its sender an error.
 * @throws errors of the server and of the connection: the transaction is then to be undone
 */
export async function carryOut(client: Client, batch: readonly Write[], mark: Mark): Promise<Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inChains(client, batch, mark)
    } catch (error) {
      await client.query('rollback')
      const isConflict = String((error as { code?: string }).code).startsWith(classOfConflicts)
      if (isConflict && attempt < maxAttempts) continue
      if (isOfServer(error) || error instanceof LostLog || error instanceof WasAway) throw error
      // One of them failed, and has undone the others. Again, each with a savepoint.
      return await oneByOne(client, batch, mark)
    }
  }
}

/**
 * First the messages that ask nothing but the usual, together. Then the others: writes of different rooms side by side,
 * so that their statements do not wait for each other, and those of one room one after the other, but for what `groupsOf` says.
 */
async function inChains(client: Client, batch: readonly Write[], mark: Mark): Promise<Outcome[]> {
  const plain = plainMessagesIn(batch)
  const [rooms, read] = await Promise.all([begin(client, batch, mark), plain.length > 0 && readFor(client, plain)])
  const outcomes: Outcome[] = new Array(batch.length)
  if (read) {
    const carriedOut = carryOutPlain(plain, { rooms, ...read })
    for (const [i, outcome] of carriedOut.outcomes) outcomes[i] = outcome
    if (carriedOut.stored.entries.length) await storePlain(client, carriedOut.stored)
  }
  const left = batch.keys().filter((i) => !outcomes[i])
  const chains = Map.groupBy(left, (i) => batch[i]?.route?.room)
  const carryOutOne = async (i: number) => {
    outcomes[i] = await outcomeOf(client, batch[i] as Write, rooms)
  }
  await sideBySide(chains.values(), (chain) =>
    inTurn(groupsOf(batch, chain), (group) => sideBySide(group, (writes) => inTurn(writes, carryOutOne))),
  )
  return outcomes
}

async function inTurn<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  for (const item of items) await work(item)
}

/** Statements of a connection do not wait for the answers to those of others. @throws what made the transaction fail */
async function sideBySide<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(Array.from(items, work))
  const errors = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  // The others have failed because the transaction had, which also keeps their statements from being prepared.
  const cause = errors.find(({ code }) => code !== '25P02' && code !== '26000') ?? errors[0]
  if (cause) throw cause
}

async function oneByOne(client: Client, batch: readonly Write[], mark: Mark): Promise<Outcome[]> {
  const rooms = await begin(client, batch, mark)
  const outcomes: Outcome[] = []
  for (const write of batch) {
    await client.query('savepoint call')
    try {
      outcomes.push(await outcomeOf(client, write, rooms))
    } catch (error) {
      if (isOfServer(error)) throw error
      await client.query('rollback to call')
      outcomes.push({ error })
    }
    await client.query('release call')
  }
  return outcomes
}

/** Locks in the same order everywhere, first the writer's, then rooms, then users, each from the lowest: nodes never wait in a circle. */
async function begin(client: Client, batch: readonly Write[], mark: Mark): Promise<Map<string, LockedRoom>> {
  const isAlone = batch.some(({ route }) => !route)
  const addresses = new Set(batch.flatMap(({ route }) => route?.room ?? []))
  const users = new Set(batch.flatMap(({ route }) => route?.users ?? []))
  const [, , , locked] = await Promise.all([
    client.query('begin'),
    client.query(`select pg_advisory_xact_lock${isAlone ? '' : '_shared'}(${writerLock})`),
    note(client, mark),
    addresses.size > 0 && client.query({ ...lockRooms, values: [[...addresses]] }),
    users.size > 0 && client.query({ ...lockUsers, values: [[...users]] }),
  ])
  return new Map((locked ? locked.rows : []).map((room: LockedRoom) => [room.address, room]))
}

const lockRooms = {
  name: 'lock rooms',
  text: 'select id, address, last from rooms where address = any($1) order by id for no key update',
}
const lockUsers = {
  name: 'lock users',
  text: 'select id from users where id = any($1::bigint[]) order by id for no key update',
}

/** A refusal comes before anything has been written. @throws every other error */
async function outcomeOf(
  client: Client,
  { call, route }: Write,
  rooms: ReadonlyMap<string, LockedRoom>,
): Promise<Outcome> {
  if (route?.room !== undefined && needsRoom(call.name) && !rooms.has(route.room)) return { alone: true }
  try {
    return { value: await runOn(client, ruleOf(writes, call)) }
  } catch (error) {
    if (error instanceof ChatError) return { error }
    throw error
  }
}

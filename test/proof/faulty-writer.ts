/**
 * Loaded with `--import` in front of the server, in tests only: seeds the faults that live in the writer's thread, by
 * changing the SQL and the transactions that pass through it. Without `PROOF_BUG` it changes nothing but the disk's speed.
 */
import { DatabaseSync } from 'node:sqlite'
import { isMainThread } from 'node:worker_threads'

const bug = process.env.PROOF_BUG ?? ''
/** A slow disk: a `kill -9` then hits a transaction that is being committed, not only what lies between two. */
const commitMs = bug === 'delivered before the commit' ? 40 : Number(process.env.PROOF_COMMIT_MS ?? 0)
const failEvery = 100

const { exec, prepare } = DatabaseSync.prototype
const clock = new Int32Array(new SharedArrayBuffer(4))
/** Whether a message was sent. Until then the server works without the fault, so that clients can join. */
let isTalking = false
let isCommitting = false

if (!isMainThread) {
  DatabaseSync.prototype.exec = function (sql) {
    if (isTalking && bug === 'acknowledged before the commit') return commitLater(this, sql)
    if (sql === 'commit' && commitMs) Atomics.wait(clock, 0, 0, commitMs)
    exec.call(this, bug === 'synchronous=NORMAL' ? sql.replace('synchronous = full', 'synchronous = normal') : sql)
    if (forgetsKeys && sql.includes('foreign_keys')) exec.call(this, 'drop index if exists entries_key')
  }
  DatabaseSync.prototype.prepare = function (sql, ...options) {
    if (forgetsKeys && sql.includes('user_id = ? and key = ?')) sql += ' and false'
    if (bug === 'ids from the clock') sql = sql.replace('last = last + 1', `last = ${byTheClock}`)
    if (isCounting && sql.includes('last = last + 1')) return counted(this, sql)
    const statement = prepare.call(this, sql, ...options)
    if (sql.includes('insert into entries')) beforeRun(statement, isCounting ? failSome() : () => (isTalking = true))
    return statement
  }
}

const forgetsKeys = bug === 'no deduplication' || bug === 'deduplication forgotten at a restart'
const isCounting = bug === 'ids from a counter outside the transaction'
const byTheClock = `max(last + 1, cast(unixepoch('subsec') * 1000 as integer) % 1000000000)`

/** Answers each batch at once and commits all of them three times a second. */
function commitLater(database: DatabaseSync, sql: string): void {
  if (sql === 'begin immediate' && database.isTransaction) return
  if (sql !== 'commit') return exec.call(database, sql)
  if (isCommitting) return
  isCommitting = true
  setTimeout(() => {
    isCommitting = false
    if (database.isTransaction) exec.call(database, 'commit')
  }, 300)
}

/** The next id from memory: an entry that is rolled back does not give it back. */
function counted(database: DatabaseSync, sql: string) {
  const last = prepare.call(database, 'select max(last) as last from rooms')
  let next: number | undefined
  database.function('proof_next', () => {
    next ??= Number(last.get()?.last ?? 0)
    return ++next
  })
  return prepare.call(database, sql.replace('last + 1', 'proof_next()'))
}

/** Every so many entries one cannot be written after it has got its id. */
function failSome(): () => void {
  let runs = 0
  return () => {
    if (++runs % failEvery === 0) throw new Error('seeded: this entry could not be written')
  }
}

function beforeRun(statement: ReturnType<DatabaseSync['prepare']>, action: () => void): void {
  const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<typeof statement.run>
  const value = (...values: unknown[]) => {
    action()
    return run(...values)
  }
  Object.defineProperty(statement, 'run', { value })
}

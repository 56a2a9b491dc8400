/** Counts what costs time when a password is looked at: clocks would tell of the machine. */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Cleanup } from './server.ts'

/** @returns how many times argon2 has run since, and with what it cost each time */
export function countHashes(t: Cleanup): () => string[] {
  const { argon2 } = crypto
  const costs: string[] = []
  crypto.argon2 = (algorithm, parameters, callback) => {
    const { memory, passes, parallelism, tagLength } = parameters
    costs.push(`${algorithm} ${memory} ${passes} ${parallelism} ${tagLength}`)
    argon2(algorithm, parameters, callback)
  }
  syncBuiltinESMExports()
  t.onTestFinished(() => {
    crypto.argon2 = argon2
    syncBuiltinESMExports()
  })
  return () => costs
}

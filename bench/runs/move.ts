import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PostgresServer } from '../../test/support/services/postgres.ts'
import type { Benchmark } from '../benchmark.ts'
import { withMessages } from '../million.ts'
import { targets } from '../targets.ts'

const count = Number(process.env.MOVE_MESSAGES ?? 1_000_000)
const cli = join(import.meta.dirname, '../../src/server/cli/main.ts')
const oneKind = (number: number) =>
  `The kettle is on, the good cups are out, and whoever comes by may sit down: ${number}`

export const moveData: Benchmark = {
  name: 'move',
  about: `\`npx teahouse move\` of ${count.toLocaleString('en')} messages of 80 characters and their edits, from a data folder into a PostgreSQL that syncs each commit, and back into a new folder, with the comparison of all rows. MOVE_MESSAGES sets their number, in whole thousands.`,
  targets: [targets.teahouse],
  rounds: 1,
  figures: [
    { key: 'there', label: 'into PostgreSQL, s', decimals: 0 },
    { key: 'back', label: 'back into SQLite, s', decimals: 0 },
  ],
  goals: [
    { figure: 'there', atMost: 120 },
    { figure: 'back', atMost: 120 },
  ],
  run: () =>
    withMessages(count, oneKind, async (dataDir) => {
      const postgres = await PostgresServer.start({ isDurable: true })
      const parent = mkdtempSync(join(tmpdir(), 'teahouse-back-'))
      try {
        const url = postgres.newDatabase()
        await postgres.create(url)
        const there = await secondsOf(dataDir, url)
        return { there, back: await secondsOf(url, join(parent, 'data')) }
      } finally {
        await postgres.stop()
        rmSync(parent, { recursive: true, force: true })
      }
    }),
}

/** @throws Error with what it said when it fails */
async function secondsOf(from: string, to: string): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [cli, 'move', from, to], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [said, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`The move failed: ${said}${errors}`)
  console.error(said)
  return (performance.now() - began) / 1_000
}

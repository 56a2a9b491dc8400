/** Every fault, by the name that `npm run proof` knows it by. */
import avalanche from './faults/avalanche.ts'
import disk from './faults/disk.ts'
import fsync from './faults/fsync.ts'
import kill from './faults/kill.ts'
import paused from './faults/paused.ts'
import seeded from './faults/seeded.ts'
import term from './faults/term.ts'
import torn from './faults/torn.ts'
import wire from './faults/wire.ts'
import type { Fault } from './result.ts'

export const faults: Record<string, Fault> = {
  seeded,
  kill,
  term,
  wire,
  paused,
  torn,
  avalanche,
  disk,
  fsync,
}

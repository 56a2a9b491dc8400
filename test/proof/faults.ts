/** Every fault, by the name that `npm run proof` knows it by. */

import { clusterFaults } from './faults/cluster.ts'
import cuts from './faults/cuts.ts'
import disk from './faults/disk.ts'
import fsync from './faults/fsync.ts'
import kill from './faults/kill.ts'
import paused from './faults/paused.ts'
import reconnect from './faults/reconnect.ts'
import resets from './faults/resets.ts'
import seeded from './faults/seeded.ts'
import term from './faults/term.ts'
import transports from './faults/transports.ts'
import type { Fault } from './result.ts'

export const faults: Record<string, Fault> = {
  seeded,
  kill,
  term,
  cuts,
  transports,
  paused,
  resets,
  reconnect,
  disk,
  fsync,
  ...clusterFaults,
}

/** Several nodes on PostgreSQL and Redis: the rows of the table, by their names. */
import failover from '../cluster/failover.ts'
import hotRooms from '../cluster/hot-rooms.ts'
import mixed from '../cluster/mixed.ts'
import nodes from '../cluster/nodes.ts'
import postgres from '../cluster/postgres.ts'
import redis from '../cluster/redis.ts'
import rights from '../cluster/rights.ts'
import rolling from '../cluster/rolling.ts'
import seeded from '../cluster/seeded.ts'
import type { Fault } from '../result.ts'

export const clusterFaults: Record<string, Fault> = {
  'cluster-nodes': nodes,
  'cluster-redis': redis,
  'cluster-postgres': postgres,
  'cluster-failover': failover,
  'cluster-rights': rights,
  'cluster-hot-rooms': hotRooms,
  'cluster-rolling': rolling,
  'cluster-mixed': mixed,
  'cluster-seeded': seeded,
}

/** Opens what survives a restart and what nodes hear each other by: one file and nobody else, or services that nodes share. */

import type { Backplane, BackplaneTraffic } from './backplane/backplane.ts'
import { LocalBackplane } from './backplane/local.ts'
import type { Publication } from './chat/publication.ts'
import { Leadership } from './cluster/leadership.ts'
import { alone, type Node } from './cluster/node.ts'
import type { Config, Services } from './config.ts'
import type { Log } from './log.ts'
import { openSqliteStore } from './store/sqlite/open.ts'
import type { Store, StoreWatcher } from './store/store.ts'

export interface Backends {
  store: Store
  backplane: Backplane<Publication>
  node: Node
  /** Which node does the work of all. */
  leadership: Leadership
  /** Undefined for a server that is alone. */
  traffic: BackplaneTraffic | undefined
  close(): Promise<void>
}

/** @param committed is told of each transaction @throws Error in one line when one of them cannot be used */
export async function openBackends(
  { dataDir, services }: Config,
  log: Log,
  committed?: StoreWatcher['committed'],
): Promise<Backends> {
  const watcher = { ...watcherOf(log), ...(committed && { committed }) }
  if (services) return await openServices(services, watcher, log)
  const store = openSqliteStore(dataDir, watcher)
  const leadership = leadershipOf(log)
  leadership.change(true)
  const backplane = new LocalBackplane<Publication>()
  return { store, backplane, node: alone, leadership, traffic: undefined, close: () => store.close() }
}

async function openServices({ databaseUrl, redisUrl }: Services, watcher: StoreWatcher, log: Log): Promise<Backends> {
  // Loaded only where they are needed.
  const [{ openLease, openPostgresStore }, { RedisBackplane }, { Follower }] = await Promise.all([
    import('./store/postgres/open.ts'),
    import('./backplane/redis.ts'),
    import('./cluster/follower.ts'),
  ])
  let lease: Awaited<ReturnType<typeof openLease>> | undefined
  let follower: InstanceType<typeof Follower> | undefined
  let following: typeof follower
  const store = await openPostgresStore(databaseUrl, { watcher, guard: () => following?.guard() })
  const close = async () => {
    // First, so that another node leads at once.
    await lease?.close()
    await follower?.close()
    await store.close()
  }
  try {
    const leadership = leadershipOf(log)
    lease = await openLease(databaseUrl, (isHeld) => leadership.change(isHeld))
    const redis = await RedisBackplane.open<Publication>(redisUrl, {
      channel: `teahouse:${store.epoch}`,
      changed(fault) {
        if (fault === undefined) follower?.reconnected()
        log.event(fault === undefined ? 'backplane-recovered' : 'backplane-failing', { reason: fault })
      },
    })
    follower = new Follower({ store, backplane: redis, log })
    await follower.open()
    following = follower
    return { store, backplane: follower, node: follower, leadership, traffic: redis.traffic, close }
  } catch (error) {
    await close()
    throw error
  }
}

function leadershipOf(log: Log): Leadership {
  return new Leadership((err) => log.event('task-failed', { reason: 'lead', err }))
}

function watcherOf(log: Log): StoreWatcher {
  return {
    failing: (reason) => log.event('storage-failing', { reason }),
    recovered: () => log.event('storage-recovered'),
    slow: ({ ms, writes }) => log.event('slow-transaction', { ms: Math.round(ms), writes }),
  }
}

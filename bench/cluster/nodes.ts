/** Three nodes and the services that they share, each a process of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { PostgresServer } from '../../test/support/services/postgres.ts'
import { RedisServer } from '../../test/support/services/redis.ts'
import { gather, signIn } from '../load/crowd.ts'
import type { RawSocket } from '../load/raw-socket.ts'
import { cpuMicrosecondsOf, ServerProcess } from '../server-process.ts'
import type { Target } from '../targets.ts'

const count = 3
/** At each node: further clients are the same users once more. */
export const maxUsers = 25

export interface Crowd {
  /** In turn of the nodes. */
  sockets: RawSocket[]
  /** Of each node. */
  of: RawSocket[][]
}

export class Nodes {
  readonly all: ServerProcess[]
  readonly redis: RedisServer
  readonly #target: Target
  readonly #postgres: PostgresServer | undefined
  #users = 0

  private constructor(target: Target, all: ServerProcess[], redis: RedisServer, postgres: PostgresServer | undefined) {
    this.#target = target
    this.all = all
    this.redis = redis
    this.#postgres = postgres
  }

  /** @param usesPostgres whether it stores something */
  static async start(target: Target, usesPostgres: boolean): Promise<Nodes> {
    const redis = await RedisServer.start()
    const postgres = usesPostgres ? await PostgresServer.start({ isDurable: true }) : undefined
    const url = postgres?.newDatabase()
    if (url) await postgres?.create(url)
    const environment = { REDIS_URL: redis.url, ...(url && { DATABASE_URL: url }) }
    const all: ServerProcess[] = []
    const nodes = new Nodes(target, all, redis, postgres)
    try {
      for (let i = 0; i < count; i++) {
        const node = new ServerProcess({ ...target.server, environment })
        all.push(node)
        await node.start()
      }
      return nodes
    } catch (error) {
      await nodes.end()
      throw error
    }
  }

  /** So many new clients in the room of their number, a third of them at each node. */
  async gather(total: number, roomOf: (index: number) => string): Promise<Crowd> {
    const each = Math.ceil(total / count)
    const of: RawSocket[][] = []
    for (const [node, server] of this.all.entries()) {
      const users = Math.min(each, maxUsers)
      const cookies = await signIn(this.#target, server.port, users, this.#users)
      this.#users += users
      const roomsOf = (index: number) => [roomOf(index * count + node)]
      of.push(await gather({ target: this.#target, server, cookies, count: each, roomsOf }))
    }
    const sockets = Array.from({ length: each * count }, (_, i) => of[i % count]?.[Math.floor(i / count)] as RawSocket)
    return { sockets, of }
  }

  /** Processor time so far, of each layer. */
  cpu(): { nodes: number; postgres: number; redis: number } {
    const nodes = this.all.reduce((sum, node) => sum + node.cpuMicroseconds(), 0)
    const postgres = this.#postgres ? cpuOfFamily(this.#postgres.pid) : 0
    return { nodes, postgres, redis: cpuMicrosecondsOf(this.redis.pid) }
  }

  async end(): Promise<void> {
    await Promise.all(this.all.map((node) => node.end()))
    await Promise.all([this.redis.kill(), this.#postgres?.stop()])
  }
}

/** A process and its children: each connection to PostgreSQL is one. Those that have ended meanwhile are not counted. */
function cpuOfFamily(parent: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const times = pids.map((pid) => {
    try {
      const isChild = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(parent)
      return isChild ? cpuMicrosecondsOf(Number(pid)) : 0
    } catch {
      return 0 // it has ended
    }
  })
  return times.reduce((sum, time) => sum + time, cpuMicrosecondsOf(parent))
}

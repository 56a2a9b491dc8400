/** Nodes as processes of their own, which share a PostgreSQL and a Redis, and clients that are spread over them and move. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresServer } from '../../support/services/postgres.ts'
import { RedisServer } from '../../support/services/redis.ts'
import { check, type Reading, type Report } from '../checker.ts'
import { atExit } from '../cleanup.ts'
import { carriers, webSocket } from '../clients/carriers.ts'
import { after, Crowd, type CrowdOptions } from '../clients/crowd.ts'
import { readFinalLog } from '../final-log.ts'
import type { WireFault } from '../history.ts'
import { type ServerOptions, ServerProcess } from '../server.ts'
import { DatabaseProxy } from './database-proxy.ts'
import { RedisProxy } from './redis-proxy.ts'

/** Faults follow each other faster than in life: with the page's own patience nobody would be there to be hurt. */
const quickTimes = {
  firstRetryMs: 100,
  maxRetryMs: 1_000,
  stableMs: 500,
  silenceMs: 3_000,
  answerMs: 6_000,
  busyMs: 300,
}
/** Over HTTP `sent` is the answer to a request. And an entry that is found in the database may come before its `sent`. */
export const allowedFaults: readonly WireFault['type'][] = ['seam', 'entry-before-sent']
const transports = Object.values(carriers)

/** The services of all scenes of this process. */
export class Services implements AsyncDisposable {
  readonly postgres: PostgresServer
  readonly redis: RedisServer
  readonly #letGo: () => void

  private constructor(postgres: PostgresServer, redis: RedisServer) {
    this.postgres = postgres
    this.redis = redis
    this.#letGo = atExit(() => {
      void postgres.end('SIGQUIT')
      void redis.kill()
    })
  }

  static async start(): Promise<Services> {
    const [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()])
    return new Services(postgres, redis)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.postgres.stop(), this.redis.kill()])
    this.#letGo()
  }
}

export interface ClusterOptions {
  nodes?: number
  /** Nodes reach the services past the proxies, which carry everything through the process of the clients. */
  isDirect?: boolean
  /** What each node runs, with its number. */
  server?: (node: number) => ServerOptions
}

/** Nodes of one new database. */
export class Cluster implements AsyncDisposable {
  readonly services: Services
  readonly database: DatabaseProxy
  /** What each node hears of Redis. */
  readonly redis: RedisProxy[]
  readonly nodes: ServerProcess[] = []
  #postgres: PostgresServer
  readonly #standbys = new AsyncDisposableStack()
  readonly #url: string
  readonly #filesDir: string
  readonly #removeFiles: () => void

  private constructor(services: Services, url: string, database: DatabaseProxy, redis: RedisProxy[]) {
    this.services = services
    this.#postgres = services.postgres
    this.#url = url
    this.database = database
    this.redis = redis
    this.#filesDir = mkdtempSync(join(tmpdir(), 'teahouse-proof-files-'))
    this.#removeFiles = atExit(() => rmSync(this.#filesDir, { recursive: true, force: true }))
  }

  static async start(
    services: Services,
    { nodes = 3, isDirect = false, server }: ClusterOptions = {},
  ): Promise<Cluster> {
    const url = services.postgres.newDatabase()
    await services.postgres.create(url)
    const database = await DatabaseProxy.start(() => services.postgres.socket)
    const redis = await Promise.all(Array.from({ length: nodes }, () => RedisProxy.start(services.redis.port)))
    const cluster = new Cluster(services, url, database, redis)
    try {
      // One after the other: together they would wait for each other's tables.
      for (const [i, { url: redisUrl }] of redis.entries()) {
        const options = server?.(i) ?? {}
        const environment = {
          DATABASE_URL: isDirect ? url : database.urlOf(url),
          REDIS_URL: isDirect ? services.redis.url : redisUrl,
          FILES_DIR: cluster.#filesDir,
          ...options.environment,
        }
        cluster.nodes.push(await ServerProcess.start({ ...options, environment }))
      }
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The server that the nodes use: a standby may have taken over. */
  get postgres(): PostgresServer {
    return this.#postgres
  }

  /** A standby of that server, which ends with the cluster. */
  async newStandby(): Promise<PostgresServer> {
    const standby = await this.postgres.standby()
    const letGo = atExit(() => void standby.end('SIGQUIT'))
    this.#standbys.defer(async () => {
      await standby.stop()
      letGo()
    })
    return standby
  }

  /** The nodes use another server from now on, and nobody is connected to the one before. */
  turnTo(server: PostgresServer): void {
    this.#postgres = server
    this.database.target = () => server.socket
    this.database.cutAll()
  }

  /** The database, past the proxy. */
  get url(): string {
    return this.postgres.urlLike(this.#url)
  }

  /** One that runs. */
  any(): ServerProcess {
    const running = this.nodes.filter(({ isRunning }) => isRunning)
    return (running[Math.floor(Math.random() * running.length)] ?? this.nodes[0]) as ServerProcess
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()))
    await Promise.all([this.database, ...this.redis].map((proxy) => proxy[Symbol.asyncDispose]()))
    await this.#standbys.disposeAsync()
    this.#removeFiles()
  }

  async epoch(): Promise<string | undefined> {
    const sql = `select value from meta where key = 'epoch'`
    return (await this.postgres.query<{ value: string }>(this.url, sql))[0]?.value
  }

  /** @param postgres where */
  async readSql(room: string, postgres = this.postgres): Promise<Reading> {
    const url = postgres.urlLike(this.#url)
    const [found] = await postgres.query<{ last: string }>(url, 'select last from rooms where address = $1', [room])
    const rows = await postgres.query<{ id: string; data: string; key: string }>(
      url,
      'select id, data, key from entries where room_id = (select id from rooms where address = $1) order by id',
      [room],
    )
    const entries = rows.map(({ id, data, key }) => ({ id: Number(id), data, key }))
    return { by: 'SQL', entries, head: Number(found?.last ?? 0), faults: [] }
  }

  /** Since the server has started, in this database. */
  async deadlocks(): Promise<number> {
    const sql = 'select deadlocks from pg_stat_database where datname = current_database()'
    const [row] = await this.postgres.query<{ deadlocks: string }>(this.url, sql)
    return Number(row?.deadlocks ?? 0)
  }

  /** What went wrong that no client sees. */
  failures(): string[] {
    return this.nodes.flatMap(({ unasked }, i) => unasked.map((how) => `node ${i + 1} ${how}`))
  }
}

export interface ClusterSceneOptions extends CrowdOptions {
  room?: string
  /** Each client stays with the node of its number. */
  isFixed?: boolean
}

/** One room of a cluster, and its clients. */
export class ClusterScene extends Crowd implements AsyncDisposable {
  readonly cluster: Cluster
  readonly room: string
  #moves: NodeJS.Timeout | undefined

  private constructor(cluster: Cluster, room: string, options: ClusterSceneOptions) {
    super(options)
    this.cluster = cluster
    this.room = room
  }

  /** Clients of all transports, each at any node that runs whenever it connects. */
  static async open(cluster: Cluster, options: ClusterSceneOptions): Promise<ClusterScene> {
    const { room = 'proof', isFixed = false } = options
    const carry = (client: number) => transports[client % transports.length] ?? webSocket
    const scene = new ClusterScene(cluster, room, { times: quickTimes, carry, ...options })
    const nodeOf = (client: number) => cluster.nodes[client % cluster.nodes.length] as ServerProcess
    const originOf = (client: number) => (isFixed ? nodeOf(client) : cluster.any()).url
    const signInAt = (client: number) => nodeOf(client).url
    try {
      await scene.come({ room, signInAt, originOf, names: room })
      return scene
    } catch (error) {
      scene.goHome()
      throw error
    }
  }

  /** From now on so many clients a second lose their connection, and come back to another node. */
  move(perSecond: number): void {
    clearInterval(this.#moves)
    const tear = () => this.clients[Math.floor(Math.random() * this.clients.length)]?.line.tear(50)
    this.#moves = setInterval(tear, 1_000 / perSecond)
  }

  override hush(): void {
    super.hush()
    clearInterval(this.#moves)
  }

  /** Sends everybody home, reads the log through a node and by SQL, and compares. */
  async verdict(allowed = allowedFaults): Promise<Report> {
    this.goHome()
    const fresh = await this.#readFresh()
    return check(this.history, [await this.cluster.readSql(this.room), fresh], allowed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.goHome()
  }

  /** A node may still be catching up with the others. */
  async #readFresh(): Promise<Reading> {
    for (let attempt = 1; ; attempt++) {
      const { url, port } = this.cluster.any()
      try {
        return await readFinalLog(url, this.cookie.replace(/^session-\d+/, `session-${port}`), this.room)
      } catch (error) {
        if (attempt === 20) throw error
        await after(250)
      }
    }
  }
}

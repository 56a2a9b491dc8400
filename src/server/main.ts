/** Builds everything once, top to bottom, listens, and takes it down in reverse. The only file that names backends. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { lobby } from '../shared/protocol.ts'
import { createApp } from './app.ts'
import { skeletonOf } from './auth/confusables.ts'
import { Bans, isRange, rangesOf } from './auth/ip-bans.ts'
import { Attempts } from './auth/login-throttle.ts'
import { NameSuggestions } from './auth/name-suggestions.ts'
import { createPasswords, faultInPassword } from './auth/passwords.ts'
import { Sessions } from './auth/sessions.ts'
import { createDoor } from './auth/sign-in.ts'
import { hashOf, newToken } from './auth/tokens.ts'
import { LocalBackplane } from './backplane/local.ts'
import { Hub, type Publication } from './chat/hub.ts'
import { Clock } from './clock.ts'
import type { Services } from './commands/contract.ts'
import { act, finishAll, publish } from './commands/publish-effects.ts'
import { roomPage } from './commands/room-page.ts'
import { enterAndWrite } from './commands/write-entry.ts'
import { type Config, originFor, readConfig, shownSettings, urlOf } from './config.ts'
import { DiskSpace } from './disk-space.ts'
import { loadDotEnv } from './dot-env.ts'
import type { House } from './http/app-context.ts'
import { clientAddress, isTrusted } from './http/client-address.ts'
import { ownOrigin } from './http/request-origin.ts'
import { createHttpServer } from './http/server.ts'
import { createRender, readBuild } from './http/views/render.ts'
import { lineWriter } from './line-writer.ts'
import { createLog, type Log } from './log.ts'
import { Connections, connectionLimits } from './rate-limit/http-connections.ts'
import { createLimiter } from './rate-limit/limiter.ts'
import { networkOf } from './rate-limit/network.ts'
import { createPageReads } from './rate-limit/page-reads.ts'
import { ReadQueue } from './rate-limit/read-queue.ts'
import { openSqliteStore } from './store/sqlite.ts'
import type { Store, StoreWatcher } from './store/store.ts'
import { acceptUpgrades } from './transports/websocket/upgrade.ts'

export interface Teahouse {
  /** Where it listens, like `http://127.0.0.1:3000`. */
  url: string
  port: number
  /** Whoever opens it first becomes the owner; undefined once there is one. */
  ownerLink: string | undefined
  /** Resolves with the reason once nothing can be stored any more. */
  failed: Promise<Error>
  /** Says goodbye to everyone, finishes what was begun and lets go of the data. */
  close(): Promise<void>
}

const dayMs = 24 * 60 * 60 * 1000
/** How long what was deleted to keep order can be brought back. */
const undoableMs = 30 * dayMs
/** Of the link that makes the owner: a new one is printed at each start. */
const ownerLinkMs = 7 * dayMs
const lookMs = 60 * 1000
const measureMs = 10 * 1000
const noteClockMs = 60 * 60 * 1000
const healthCachedMs = 1_000
/** Longer than anybody should take to say goodbye, shorter than service managers wait. */
const mostEndingMs = 10_000
/** A second signal within this time is the first one again. */
const sameSignalMs = 1000
/** For the last lines, when nobody reads them. */
const mostFlushingMs = 500
const root = join(import.meta.dirname, '../..')

/** @throws Error in one line when it cannot start */
export async function start(config: Config, log = createLog(config.logLevel)): Promise<Teahouse> {
  const dist = join(root, 'static/dist')
  const render = createRender(join(root, 'views'), dist)
  const build = readBuild(dist)
  const store = openSqliteStore(config.dataDir, watcherOf(log))
  await store.rooms.open(lobby, Date.now())
  const backplane = new LocalBackplane<Publication>()
  const limiter = createLimiter(config.rateLimits)
  const reads = new ReadQueue(limiter)
  const hub = new Hub({ store, reads, backplane, log, presenceGraceMs: config.presenceGraceMs })
  const clock = new Clock(await store.clockNote(), { log })
  const sessions = new Sessions(store, config, clock)
  const bans = new Bans(store.moderation)
  await bans.load()
  backplane.subscribe((publication) => {
    if (publication.type === 'session-ended') sessions.forget(publication.user.id)
    if (publication.type === 'banned' || publication.type === 'role') sessions.forget(publication.user)
    if (publication.type === 'ranges')
      putOutBanned().catch((err) => log.event('task-failed', { reason: 'read-bans', err }))
  })
  const dropOld = async () => {
    for (const one of await sessions.dropExpired(hub.sessions()))
      hub.publish({ type: 'session-ended', ...one, isOver: true })
    if (!clock.isInDoubt) await store.moderation.removeExpired(Date.now(), Date.now() - undoableMs)
  }
  const noteClock = () => store.noteClock(clock.note).catch((err) => log.event('task-failed', { reason: 'clock', err }))
  await dropOld()
  const dropping = setInterval(
    () => void dropOld().catch((err) => log.event('task-failed', { reason: 'drop-old', err })),
    dayMs,
  ).unref()
  const looking = setInterval(() => clock.look(), lookMs).unref()
  const noting = setInterval(noteClock, noteClockMs).unref()
  await noteClock()
  const disk = new DiskSpace({ folder: config.dataDir, minFreeBytes: config.minFreeBytes, log })
  await disk.look()
  const measuring = setInterval(() => disk.look(), measureMs).unref()
  let isGoing = false
  const storeFault = cached(() => store.fault(), healthCachedMs)
  const fault = async () => {
    if (isGoing) return 'going away'
    return (await storeFault()) ?? (disk.isLow ? 'the disk is nearly full' : undefined)
  }
  const networkAt = (request: IncomingMessage) => networkOf(clientAddress(request, config.trustProxy))
  const signInWaitMs = (request: IncomingMessage) => limiter.signIn(networkAt(request))
  const newNameWaitMs = (request: IncomingMessage) => limiter.newName(networkAt(request))
  const services: Services = { store, reads, hub, limiter, log, build, disk }
  const people = {
    log,
    store,
    hub,
    sessions,
    passwords: createPasswords(),
    faultInPassword,
    attempts: new Attempts(),
    bans,
    config,
    skeletonOf,
    addressOf: (request: IncomingMessage) => clientAddress(request, config.trustProxy),
    signInWaitMs,
    newNameWaitMs,
  }
  const house: House = {
    ...people,
    door: createDoor(people),
    names: new NameSuggestions(store.accounts),
    isRange,
    rangesOf: async (userId) => rangesOf((await store.sessions.list(userId)).map(({ address }) => address)),
    newToken,
    hashOf,
    originOf: (request) => ownOrigin(request, config),
    write: (request, session, writing) => enterAndWrite(services, { session, network: networkAt(request) }, writing),
    act: (session, content) => act(services, { session, network: undefined }, { key: randomUUID() }, content),
    ended: (ended) => publish(hub, [{ type: 'sessions-ended', ended: [...ended] }]),
    read: createPageReads(reads, people.addressOf),
    roomPage: (viewer, room, place, meter) => roomPage(services, viewer, room, place, meter),
    render,
    fault,
  }
  const app = await createApp({
    config,
    log,
    house,
    limits: limiter,
    folders: { controllers: join(root, 'controllers'), static: join(root, 'static') },
  })
  const connections = new Connections(connectionLimits(config.rateLimits), (reason, address) =>
    log.event('connection-dropped', { reason, address }),
  )
  const server = createHttpServer(app.callback(), {
    maxConnections: config.maxConnections,
    connections,
    isProxy: (address) => isTrusted(address, config.trustProxy),
  })
  server.on('drop', (data) => log.event('connection-dropped', { reason: 'server-full', address: data?.remoteAddress }))
  const upgrades = acceptUpgrades(server, { ...services, sessions, bans, config, connections })
  const putOutBanned = async () => {
    await bans.load()
    upgrades.putOutBanned()
  }
  const { port } = await listen(server, config).catch(async (error) => {
    await store.close()
    throw error
  })
  // Whoever comes meanwhile need not wait for it, and sees it happen.
  finishAll(services).catch((err) => isGoing || log.event('task-failed', { reason: 'finish-acts', err }))
  log.event('started', { version: version(), node: process.version, settings: shownSettings(config) })
  if (!config.rateLimits) log.event('limits-off')

  const url = urlOf(config.host, port)
  log.event('listening', { url })
  return {
    port,
    url,
    ownerLink: await ownerLink(store, originFor(config, port) ?? url),
    failed: store.failed,
    async close() {
      // Health says so first, while the door is still open to those who ask.
      isGoing = true
      for (const timer of [dropping, looking, noting, measuring]) clearInterval(timer)
      upgrades.refuse()
      await hub.close()
      await upgrades.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await noteClock()
      await store.close()
    },
  }
}

function watcherOf(log: Log): StoreWatcher {
  return {
    failing: (reason) => log.event('storage-failing', { reason }),
    recovered: () => log.event('storage-recovered'),
    slow: ({ ms, writes }) => log.event('slow-transaction', { ms: Math.round(ms), writes }),
  }
}

/** Asks again only when the last answer is older than `ms`: anybody may ask. */
function cached<Answer>(ask: () => Promise<Answer>, ms: number): () => Promise<Answer> {
  let last: { answer: Promise<Answer>; at: number } | undefined
  return () => {
    const now = performance.now()
    if (!last || now - last.at >= ms) last = { answer: ask(), at: now }
    return last.answer
  }
}

function version(): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
}

/** As long as nobody owns the house, whoever reads what the server prints may. */
async function ownerLink(store: Store, origin: string): Promise<string | undefined> {
  if (await store.accounts.hasOwner()) return undefined
  const token = newToken(32)
  const at = Date.now()
  await store.invitations.create({ type: 'owner', tokenHash: hashOf(token), uses: 1, at, expiresAt: at + ownerLinkMs })
  return `${origin}/link/${token}`
}

function listen(server: Server, { port, host }: Config): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      const reason = isTaken
        ? `Port ${port} is taken. Set PORT to another one.`
        : `HOST ${host}, PORT ${port}: ${error.message}`
      reject(new Error(reason))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}

async function run(): Promise<void> {
  // What is kept is for this user alone, whatever their shell would let others read.
  process.umask(0o077)
  const output = lineWriter(1)
  loadDotEnv(process.env)
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  let teahouse: Teahouse | undefined
  let askedAt: number | undefined
  const end = async (code: number, reason: string) => {
    if (askedAt !== undefined) {
      // Under npm one Ctrl-C arrives twice: from the terminal, and passed on by npm.
      if (performance.now() - askedAt < sameSignalMs) return
      // Whoever asks again does not want to wait.
      process.exit(1)
    }
    askedAt = performance.now()
    log.event('stopping', { reason })
    setTimeout(() => process.exit(1), mostEndingMs).unref()
    await teahouse?.close()
    log.event('stopped', { reason })
    await Promise.all([log, output].map((lines) => lines.flush(mostFlushingMs)))
    process.exit(code)
  }
  endOnFault(log, end)
  teahouse = await start(config, log)
  process.on('SIGTERM', () => end(0, 'SIGTERM'))
  process.on('SIGINT', () => end(0, 'SIGINT'))
  // Only now: whoever reads it may want it to end at once.
  output.write(`listening on ${teahouse.url}\n`)
  if (teahouse.ownerLink) output.write(`become the owner of this teahouse: ${teahouse.ownerLink}\n`)
  const reason = await teahouse.failed
  console.error(`Nothing can be stored any more: ${reason.message}`)
  await end(1, 'storage-failed')
}

/** After an error that nobody caught the state of the program is unknown: it is logged, and the program ends. */
function endOnFault(log: Log, end: (code: number, reason: string) => Promise<void>): void {
  const onFault = (err: unknown) => {
    log.event('unhandled-error', { err })
    // A second one on the way out must not cut the first one off.
    process.removeListener('uncaughtException', onFault).on('uncaughtException', () => process.exit(1))
    void end(1, 'unhandled-error')
  }
  // A rejection that nobody handles is thrown as one by Node.
  process.on('uncaughtException', onFault)
  // Node would write it to standard error itself, and wait for that.
  process.removeAllListeners('warning').on('warning', (err) => log.event('warning', { err }))
}

if (import.meta.main) {
  run().catch((error: Error) => {
    console.error(error.message)
    process.exit(1)
  })
}

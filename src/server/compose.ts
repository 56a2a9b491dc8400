/** Builds everything once, top to bottom, listens, and closes it in reverse. `backends.ts` names the backends. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import { join } from 'node:path'
import { lobby } from '../shared/protocol/limits.ts'
import { defaultSettings, type ServerSettings } from '../shared/server-settings.ts'
import { ApiDocs } from './api-docs/api-docs.ts'
import { createApp } from './app.ts'
import { Callers } from './auth/callers.ts'
import { IpBans } from './auth/ip-bans.ts'
import { LoginThrottle } from './auth/login-throttle.ts'
import { NameSuggestions } from './auth/name-suggestions.ts'
import { createOwnerLink } from './auth/owner-link.ts'
import { PasswordCheck } from './auth/password-check.ts'
import { createPasswords } from './auth/passwords.ts'
import { Sessions } from './auth/sessions.ts'
import { SignIn } from './auth/sign-in.ts'
import { type Backends, openBackends } from './backends.ts'
import { Hub } from './chat/hub.ts'
import { LastSeen } from './chat/last-seen.ts'
import { PresenceElsewhere } from './chat/presence-elsewhere.ts'
import { Clock } from './clock.ts'
import { ChatService } from './commands/chat-service.ts'
import type { Services } from './commands/contract.ts'
import { type Config, originFor, shownSettings, urlOf } from './config.ts'
import { CurrentSettings } from './current-settings.ts'
import { DiskSpace, fileDisk } from './disk-space.ts'
import { openBytes } from './files/bytes/open-bytes.ts'
import { createFiles } from './files/create-files.ts'
import { takeBytesWith } from './files/take-bytes.ts'
import { followPublications } from './follow-publications.ts'
import { Health } from './health.ts'
import type { AppContext } from './http/app-context.ts'
import { clientAddress, isTrusted } from './http/client-address.ts'
import { loadControllers, type Route } from './http/controllers.ts'
import { Downloads } from './http/files/downloads.ts'
import { LongBodies } from './http/files/long-bodies.ts'
import { createHttpServer, finish, keepNoConnection, listen } from './http/server.ts'
import { createRender, type Render, readBuild } from './http/views/render.ts'
import { createLog, type Log } from './log.ts'
import { Maintenance } from './maintenance.ts'
import { createNotify } from './notify/create-notify.ts'
import { connectionLimits, HttpConnections } from './rate-limit/http-connections.ts'
import { createLimiter } from './rate-limit/limiter.ts'
import { type Share, unshared } from './rate-limit/nodes/share.ts'
import { SharedCounts } from './rate-limit/nodes/shared-counts.ts'
import { createPageReads } from './rate-limit/page-reads.ts'
import { ReadQueue } from './rate-limit/read-queue.ts'
import { createSharedWork } from './shared-work.ts'
import { OpenConnections } from './transports/open-connections.ts'
import { ChatBridge } from './transports/socket-io/chat-bridge.ts'
import { HeldBytes } from './transports/socket-io/held-bytes.ts'
import { SocketIo } from './transports/socket-io/socket-io.ts'
import { Streams } from './transports/stream/streams.ts'
import { Upgrades } from './transports/websocket/upgrade.ts'

export interface Teahouse {
  /** Where it listens, like `http://127.0.0.1:3000`. */
  url: string
  port: number
  /** The first user to open it becomes the owner; undefined once there is one. */
  ownerLink: string | undefined
  /** Resolves with the reason once nothing can be stored any more. */
  failed: Promise<Error>
  /** Says goodbye to everyone, finishes what has begun and closes the data. */
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'static/dist')

/** @throws Error in one line when it cannot start */
export async function start(config: Config, log = createLog(config.logLevel)): Promise<Teahouse> {
  // Before the data are opened: what this version migrates no older version can read, and one that cannot start is of no use.
  const pages = await loadPages()
  // Loaded only where it is needed.
  const metrics =
    config.metrics && new (await import('./metrics/metrics.ts')).Metrics(config.metrics, config.trustProxy)
  const backends = await openBackends(config, log, metrics?.committed)
  try {
    return await startWith(backends, { ...pages, metrics }, config, log)
  } catch (error) {
    await backends.close()
    throw error
  }
}

interface Pages {
  build: string
  render: Render
  routes: Route[]
}

/** @throws Error in one line when the page was not built, or a controller does not fit */
async function loadPages(): Promise<Pages> {
  return {
    build: readBuild(dist),
    render: createRender(join(dist, 'views.cjs'), dist),
    routes: await loadControllers(join(root, 'controllers')),
  }
}

async function startWith(
  backends: Backends,
  { build, render, routes, metrics }: Pages & Pick<AppContext, 'metrics'>,
  config: Config,
  log: Log,
): Promise<Teahouse> {
  const { store, backplane, node, leadership } = backends
  const { services, share, files, disk, messenger, ...state } = await createServices(backends, build, config, log)
  const { hub, lastSeen, limiter } = services
  const { clock, settings, sessions, callers, ipBans } = state
  const cleaned = { store, files, disk: files.disk, clock }
  const maintenance = new Maintenance({ ...cleaned, sessions, hub, lastSeen, log })
  await maintenance.start()
  const health = new Health(store, disk, node)
  const connections = countConnections(config, log)
  const open = new OpenConnections({ hub, log, ipBans, config, share })
  const streams = new Streams({ ...services, config, open, connections })
  const context = createContext({ ...state, config, services, health, render, streams, files, metrics })
  const takeBytes = takeBytesWith({ uploads: files.uploads, chat: context.chat })
  const socketIo = createSocketIo({ ...services, callers, config, open, connections, takeBytes, held: new HeldBytes() })
  const app = createApp({ context, limits: limiter, routes, socketIo, files: join(root, 'static') })
  const server = serve(app, { connections, longBodies: files.longBodies }, config, log)
  new Upgrades(server, { ...services, callers, config, open, connections, socketIo })
  const followed = followPublications(backplane, { settings, sessions, ipBans, open, log })
  await node.start(hub)
  const elsewhere = config.services && new PresenceElsewhere(hub, backplane)
  await leadership.lead(createSharedWork(context, services, { backplane, messenger, clock, files }))
  metrics?.watch({ ...backends, hub, open, log, version: version() })
  const metricsUrl = await metrics?.listen()
  const { port } = await listen(server, config, 'PORT')
  const url = urlOf(config.host, port)
  const ownerLink = await createOwnerLink(store, originFor(config, port) ?? url)
  // Last: a script that waits for this line may send a signal at once.
  log.event('started', { version: version(), node: process.version, settings: shownSettings(config) })
  if (!config.rateLimits) log.event('limits-off')
  log.event('listening', { url, metrics: metricsUrl })

  async function close(): Promise<void> {
    // Health says so first, while new connections are still accepted.
    health.stop()
    keepNoConnection(server)
    maintenance.stop()
    open.refuse()
    elsewhere?.close()
    followed.close()
    await Promise.all([leadership.close(), hub.close()])
    await open.close()
    if (share instanceof SharedCounts) share.close()
    await finish(server)
    await Promise.all([files.close(), maintenance.finish(), metrics?.close()])
    await backends.close()
  }
  return { port, url, ownerLink, failed: store.failed, close }
}

/** What commands, uploads and notifications work with, on every transport. */
async function createServices(backends: Backends, build: string, config: Config, log: Log) {
  const { store, backplane, node } = backends
  await store.rooms.open(lobby, Date.now())
  const share = shareOf(backends, config)
  const limiter = createLimiter(config.rateLimits, share)
  const reads = new ReadQueue(limiter)
  const hub = new Hub({ store, reads, backplane, log, node, presenceGraceMs: config.presenceGraceMs })
  const disk = new DiskSpace({ folder: config.dataDir, minFreeBytes: config.minFreeBytes, log })
  const lastSeen = new LastSeen({ store, hub, log })
  const state = await readState(backends, config, log)
  const { notify, messenger } = await createNotify({ store, limiter, settings: state.settings, config, log })
  const credentials = { passwords: createPasswords(), throttle: new LoginThrottle(share) }
  const passwordCheck = new PasswordCheck({ store, ...credentials })
  const services: Services = { store, reads, hub, lastSeen, limiter, log, node, disk, build, notify, passwordCheck }
  const bytes = await openBytes(config, log)
  const ofFiles = await fileDisk(disk, { ...config, filesDir: config.s3 ? undefined : config.filesDir }, log)
  const stored = createFiles(config, { store, disk: ofFiles, limiter, log, settings: state.settings, bytes })
  return {
    services,
    share,
    files: { ...stored, downloads: new Downloads(), longBodies: new LongBodies() },
    disk,
    messenger,
    credentials,
    ...state,
  }
}

function shareOf({ backplane, node }: Backends, { services }: Config): Share {
  return services ? new SharedCounts({ backplane, isDeaf: () => node.degraded !== undefined }) : unshared
}

/** What this node keeps in memory of the store, which publications change. */
async function readState({ store, node }: Backends, config: Config, log: Log) {
  const clock = new Clock(await store.clockNote(), { log })
  const settings = new CurrentSettings(store.settings, defaultsOf(config))
  await settings.load()
  const sessions = new Sessions(store, withGuestsOf(config, settings), clock, node)
  const ipBans = new IpBans(store.moderation)
  await ipBans.load()
  return { clock, settings, sessions, callers: new Callers(sessions, store.bots), ipBans }
}

/** What holds until the owner sets it. */
function defaultsOf({ guests, maxFileBytes, fileBytesPerDay, maxStorageBytes }: Config): ServerSettings {
  return { ...defaultSettings, guests, maxFileBytes, fileBytesPerDay, maxStorageBytes }
}

function serve(
  app: ReturnType<typeof createApp>,
  of: { connections: HttpConnections; longBodies: LongBodies },
  { maxConnections, trustProxy }: Config,
  log: Log,
): Server {
  const isProxy = (address: string) => isTrusted(address, trustProxy)
  const server = createHttpServer(app.callback(), { ...of, maxConnections, isProxy })
  server.on('drop', (data) => log.event('connection-dropped', { reason: 'server-full', address: data?.remoteAddress }))
  return server
}

type SocketIoNeeds = ConstructorParameters<typeof SocketIo>[0] & ConstructorParameters<typeof ChatBridge>[0]

function createSocketIo(needs: SocketIoNeeds): SocketIo | undefined {
  return needs.config.socketIo ? new SocketIo(needs, new ChatBridge(needs)) : undefined
}

function countConnections({ rateLimits }: Config, log: Log): HttpConnections {
  return new HttpConnections(connectionLimits(rateLimits), (reason, address) =>
    log.event('connection-dropped', { reason, address }),
  )
}

type Given = 'config' | 'settings' | 'health' | 'streams' | 'files' | 'metrics'

interface ContextNeeds extends Pick<AppContext, Given>, Pick<AppContext['auth'], 'sessions' | 'callers' | 'ipBans'> {
  render: Render
  services: Services
  credentials: Pick<ConstructorParameters<typeof SignIn>[0], 'passwords' | 'throttle'>
}

function createContext(needs: ContextNeeds): AppContext {
  const { config, settings, sessions, callers, ipBans, render, health, streams, files, metrics } = needs
  const { store, hub, log, limiter, reads, build, notify } = needs.services
  const addressOf = (request: IncomingMessage) => clientAddress(request, config.trustProxy)
  const rules = { config: withGuestsOf(config, settings), ...needs.credentials, ipBans, waits: limiter, addressOf }
  const signIn = new SignIn({ ...rules, log, store, sessions, hub })
  const apiDocs = new ApiDocs(join(root, 'docs/protocol.md'), version())
  return {
    config,
    settings,
    log,
    store,
    auth: { sessions, callers, signIn, names: new NameSuggestions(store.accounts), ipBans },
    chat: new ChatService(needs.services),
    notify,
    streams,
    pages: { render, read: createPageReads(reads, addressOf), build, apiDocs },
    health,
    metrics,
    files,
    addressOf,
  }
}

/** The owner may change at any time whether guests may sign in. */
function withGuestsOf(config: Config, settings: CurrentSettings): Config {
  return {
    ...config,
    get guests() {
      return settings.now.guests
    },
  }
}

function version(): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
}

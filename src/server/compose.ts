/** Builds everything once, top to bottom, listens, and closes it in reverse. The only file that names backends. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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
import { createFileCheck } from './files/check/file-check.ts'
import { createImageTurns } from './files/image-turns.ts'
import { createImages } from './files/images/images.ts'
import { inspectImagesWith } from './files/inspect-image.ts'
import { Pictures } from './files/pictures.ts'
import { Previews, withPreviews } from './files/previews.ts'
import { currentLimits } from './files/upload-limits.ts'
import { Uploads } from './files/uploads.ts'
import { followPublications } from './follow-publications.ts'
import { Health } from './health.ts'
import type { AppContext } from './http/app-context.ts'
import { clientAddress, isTrusted } from './http/client-address.ts'
import { loadControllers, type Route } from './http/controllers.ts'
import { LongBodies } from './http/files/long-bodies.ts'
import { createHttpServer } from './http/server.ts'
import { createRender, type Render, readBuild } from './http/views/render.ts'
import { createLog, type Log } from './log.ts'
import { Maintenance } from './maintenance.ts'
import { connectionLimits, HttpConnections } from './rate-limit/http-connections.ts'
import { createLimiter } from './rate-limit/limiter.ts'
import { createPageReads } from './rate-limit/page-reads.ts'
import { ReadQueue } from './rate-limit/read-queue.ts'
import { createSharedWork } from './shared-work.ts'
import { OpenConnections } from './transports/open-connections.ts'
import { ChatBridge } from './transports/socket-io/chat-bridge.ts'
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
  const backends = await openBackends(config, log)
  try {
    return await startWith(backends, pages, config, log)
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

/** @throws Error in one line when the page was not built, or a view or a controller does not fit */
async function loadPages(): Promise<Pages> {
  return {
    build: readBuild(dist),
    render: createRender(join(root, 'views'), dist),
    routes: await loadControllers(join(root, 'controllers')),
  }
}

async function startWith(
  backends: Backends,
  { build, render, routes }: Pages,
  config: Config,
  log: Log,
): Promise<Teahouse> {
  const { store, backplane, node, leadership } = backends
  await store.rooms.open(lobby, Date.now())
  const limiter = createLimiter(config.rateLimits)
  const reads = new ReadQueue(limiter)
  const hub = new Hub({ store, reads, backplane, log, presenceGraceMs: config.presenceGraceMs })
  const disk = new DiskSpace({ folder: config.dataDir, minFreeBytes: config.minFreeBytes, log })
  const lastSeen = new LastSeen({ store, hub, log })
  const services: Services = { store, reads, hub, lastSeen, limiter, log, node, disk, build }
  const { clock, settings, sessions, callers, ipBans } = await readState(backends, config, log)
  const files = await createFiles(config, { store, disk, limiter, log, settings })
  const cleaned = { store, files, disk: files.disk, clock }
  const maintenance = new Maintenance({ ...cleaned, sessions, hub, lastSeen, leadership, log })
  await maintenance.start()
  const health = new Health(store, disk, node)
  const connections = countConnections(config, log)
  const open = new OpenConnections({ hub, log, ipBans, config })
  const streams = new Streams({ ...services, config, open, connections })
  const visitors = { sessions, callers, ipBans }
  const context = createContext({ ...visitors, config, settings, services, health, render, streams, files })
  const socketIo = createSocketIo({ ...services, callers, config, open, connections })
  const app = createApp({ context, limits: limiter, routes, socketIo, files: join(root, 'static') })
  const server = serve(app, { connections, longBodies: files.longBodies }, config, log)
  new Upgrades(server, { ...services, callers, config, open, connections, socketIo })
  followPublications(backplane, { settings, sessions, ipBans, open, log })
  node.start(hub)
  const elsewhere = config.services && new PresenceElsewhere(hub, backplane)
  await leadership.lead(createSharedWork(context, services, { maintenance, backplane }))
  const { port } = await listen(server, config)
  const url = urlOf(config.host, port)
  const ownerLink = await createOwnerLink(store, originFor(config, port) ?? url)
  // Last: a script that waits for this line may send a signal at once.
  log.event('started', { version: version(), node: process.version, settings: shownSettings(config) })
  if (!config.rateLimits) log.event('limits-off')
  log.event('listening', { url })

  async function close(): Promise<void> {
    // Health says so first, while new connections are still accepted.
    health.stop()
    maintenance.stop()
    open.refuse()
    elsewhere?.close()
    await Promise.all([leadership.close(), hub.close()])
    await open.close()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
    await Promise.all([files.close(), maintenance.finish()])
    await backends.close()
  }
  return { port, url, ownerLink, failed: Promise.race([store.failed, node.failed]), close }
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

type FileNeeds = Pick<Services, 'store' | 'limiter' | 'log'> & {
  disk: DiskSpace
  settings: CurrentSettings
}

/** @throws Error in one line when the S3 store cannot be used */
async function createFiles(config: Config, given: FileNeeds) {
  const disk = await fileDisk(given.disk, { ...config, filesDir: config.s3 ? undefined : config.filesDir }, given.log)
  const needs = { ...given, disk, bytes: await openBytes(config, given.log) }
  const images = createImages(needs)
  const inTurn = createImageTurns()
  const previews = new Previews({ ...needs, folder: join(config.dataDir, 'previews'), images, inTurn })
  const bytes = withPreviews(needs.bytes, previews)
  const inspect = inspectImagesWith(images, inTurn)
  const checks = config.fileCheck && createFileCheck(config.fileCheck, needs.log)
  const kept = { inspect, check: checks?.check, folder: join(config.dataDir, 'uploads') }
  const uploads = new Uploads({ ...needs, bytes, ...kept, limits: currentLimits(needs.settings) })
  const pictures = new Pictures({ images, inTurn, kept: uploads.kept })
  async function clean(now: number): Promise<void> {
    await uploads.clean(now)
    await previews.clean(now, needs.store.files)
  }
  async function close(): Promise<void> {
    await uploads.finish()
    checks?.stop()
    await images.close()
    bytes.close()
  }
  return { disk, bytes, previews, pictures, uploads, longBodies: new LongBodies(), clean, close }
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

type Given = 'config' | 'settings' | 'sessions' | 'callers' | 'ipBans' | 'health' | 'render' | 'streams' | 'files'

interface ContextNeeds extends Pick<AppContext, Given> {
  services: Services
}

function createContext({ services, ...given }: ContextNeeds): AppContext {
  const { config, settings, sessions, ipBans } = given
  const { store, hub, log, limiter, reads, build } = services
  const addressOf = (request: IncomingMessage) => clientAddress(request, config.trustProxy)
  return {
    ...given,
    log,
    store,
    signIn: new SignIn({
      config: withGuestsOf(config, settings),
      log,
      store,
      sessions,
      hub,
      passwords: createPasswords(),
      throttle: new LoginThrottle(),
      ipBans,
      waits: limiter,
      addressOf,
    }),
    names: new NameSuggestions(store.accounts),
    chat: new ChatService(services),
    read: createPageReads(reads, addressOf),
    build,
    apiDocs: new ApiDocs(join(root, 'docs/protocol.md'), version()),
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

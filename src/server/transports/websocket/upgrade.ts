/** From an HTTP upgrade to a WebSocket, or to a plain refusal. */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { ChatError, closeCodes, limits, subprotocol } from '../../../shared/protocol.ts'
import { isAdmin } from '../../../shared/rights.ts'
import type { IpBans } from '../../auth/ip-bans.ts'
import type { Session, Sessions } from '../../auth/sessions.ts'
import { ChatConnection } from '../../chat/connection.ts'
import { chatV1 } from '../../chat/subprotocols/chat-v1.ts'
import { classic } from '../../chat/subprotocols/classic.ts'
import type { Subprotocol } from '../../chat/subprotocols/subprotocol.ts'
import type { Services } from '../../commands/contract.ts'
import type { Config } from '../../config.ts'
import { clientAddress } from '../../http/client-address.ts'
import { answerPlainly } from '../../http/plain-response.ts'
import { faultInHost, isSameOrigin } from '../../http/request-origin.ts'
import { type NoPlace, Places } from '../../rate-limit/connection-slots.ts'
import { networkOf } from '../../rate-limit/network.ts'
import { ChatSocket } from './chat-socket.ts'
import { echo } from './echo.ts'
import { keepAlive } from './heartbeat.ts'
import { setMessageDeadline } from './message-deadline.ts'

interface UpgradeNeeds extends Services {
  sessions: Sessions
  ipBans: IpBans
  config: Config
  /** The HTTP connections; what becomes a WebSocket leaves them. */
  connections: { remove(socket: Socket): void }
}

/** Stated, not inherited: defaults have changed under people before. */
const webSocketServer = new WebSocketServer({
  noServer: true,
  WebSocket: ChatSocket,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: limits.maxFrameBytes,
  maxFragments: 32,
  // A message may come byte by byte; this is more than people write, and bounds what one connection can hold.
  maxBufferedChunks: 4_096,
  skipUTF8Validation: false,
  autoPong: false,
  closeTimeout: 3_000,
  handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
} as ServerOptions<typeof ChatSocket>)

// What is no handshake (RFC 6455, 4.2.1), and the version that would be one.
webSocketServer.on('wsClientError', (error, socket) => {
  answerPlainly(socket, 400, `${error.message}.`, { 'Sec-WebSocket-Version': '13' })
})

const noPlace: Readonly<Record<NoPlace, [status: number, reason: string, message: string]>> = {
  'server-full': [503, 'server-full', 'The server is full.'],
  'too-many-of-network': [429, 'too-many-of-network', 'There are too many connections from this address.'],
}

/** For which a refusal is held back. */
const mostHeldMs = 1_000

class UpgradeRefusal extends Error {
  readonly status: number
  /** For the log. */
  readonly reason: string
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.reason = reason
    this.status = status
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export interface Upgrades {
  /** Closes what is open from addresses that are banned. */
  closeBanned(): void
  /** Refuses all further ones. */
  refuse(): void
  /** Closes what is open; resolves when the last socket is gone. */
  close(): Promise<void>
}

/** Lets WebSockets in: each upgrade of `server` becomes one, or gets a plain refusal. */
export function acceptUpgrades(server: Server, needs: UpgradeNeeds): Upgrades {
  const { config, log, sessions } = needs
  const open = new Set<ChatSocket>()
  const networkLimit = config.rateLimits ? limits.maxConnectionsPerAddress : Number.POSITIVE_INFINITY
  const places = new Places<ChatSocket>({ total: config.maxConnections, network: networkLimit }, giveWay)
  let isRefusing = false

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // A client may reset the connection while its session is looked up. Without a listener that ends the process.
    socket.on('error', destroy)
    admit(request, socket, head).catch((error) => {
      const address = clientAddress(request, config.trustProxy)
      if (error instanceof UpgradeRefusal) {
        log.event('upgrade-refused', { reason: error.reason, address })
        return refuseInTime(request, socket, error)
      }
      if (error instanceof ChatError && error.code === 'unavailable') {
        return refuse(socket, new UpgradeRefusal(503, 'unavailable', error.message, 5))
      }
      log.event('upgrade-failed', { address, err: error })
      refuse(socket, new UpgradeRefusal(500, 'failed', 'Something went wrong here.'))
    })
  })

  return {
    closeBanned() {
      for (const { address, connection } of open) {
        if (connection && isBanned(address, connection.session)) connection.close(closeCodes.banned, 'Banned')
      }
    },
    refuse() {
      isRefusing = true
    },
    async close() {
      isRefusing = true
      // `ws` destroys a socket whose other side does not answer the close within `closeTimeout`.
      const closed = [...open].map((ws) => new Promise((resolve) => ws.on('close', resolve)))
      for (const ws of open) ws.close(closeCodes.restart, 'Restart')
      await Promise.all(closed)
    },
  }

  /**
   * A network that is refused again and again waits for each further refusal: whoever tries again at once would otherwise keep the
   * server busy. How many can wait is bounded by the connections that a network may have.
   */
  function refuseInTime(request: IncomingMessage, socket: Socket, refusal: UpgradeRefusal): void {
    const waitMs = needs.limiter.refuse(networkOf(clientAddress(request, config.trustProxy)))
    if (waitMs) setTimeout(refuse, Math.min(waitMs, mostHeldMs), socket, refusal)
    else refuse(socket, refusal)
  }

  async function admit(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const path = request.url?.split('?', 1)[0]
    if (path !== '/ws/echo' && path !== '/ws/chat')
      throw new UpgradeRefusal(404, 'wrong-path', 'There is nothing here.')
    const faultyHost = faultInHost(request, config)
    if (faultyHost)
      throw new UpgradeRefusal(
        faultyHost,
        'wrong-host',
        'This is another host. The operator names it in PUBLIC_ORIGIN.',
      )
    if (!isSameOrigin(request, config)) {
      throw new UpgradeRefusal(
        403,
        'wrong-origin',
        'This origin is not allowed. The operator names it in PUBLIC_ORIGIN or ALLOWED_ORIGINS.',
      )
    }
    const address = clientAddress(request, config.trustProxy)
    refuseWhenStopping()

    const spoken = chosenSubprotocol(request)
    if (path === '/ws/echo') {
      refuseWhenFull(address, undefined)
      return upgrade(request, socket, head, { address }, (ws) => echo(ws, socket, needs))
    }
    const session = await sessions.find(request)
    refuseWhenStopping()
    if (config.rateLimits && session && needs.hub.connectionsOf(session) >= limits.maxConnectionsPerUser) {
      throw new UpgradeRefusal(
        429,
        'too-many-of-user',
        `One user has at most ${limits.maxConnectionsPerUser} connections.`,
        30,
      )
    }
    const retryAfterMs = session && needs.limiter.connect(session)
    if (retryAfterMs)
      throw new UpgradeRefusal(429, 'too-often', 'You connect too often.', Math.ceil(retryAfterMs / 1000))
    const isOut = session && isBanned(address, session)
    const placed = isOut ? undefined : session
    // Only now, and at once before the socket is there: hundreds may come while a session is looked up.
    refuseWhenFull(address, placed)
    upgrade(request, socket, head, { address, session: placed }, (ws) => {
      // A page can read a close code, and cannot read a refused handshake.
      if (!session) return ws.close(closeCodes.invalidUser, 'Invalid user')
      if (isOut) {
        log.event('upgrade-refused', { reason: 'banned', address, user: session.user.id })
        return ws.close(closeCodes.banned, 'Banned')
      }
      const connection = new ChatConnection(ws, socket, session, spoken, needs)
      keepAlive(ws, socket, connection.limits)
    })
  }

  function refuseWhenStopping(): void {
    if (isRefusing) throw new UpgradeRefusal(503, 'stopping', 'The server is about to restart.', 2)
  }

  function refuseWhenFull(address: string, session: Session | undefined): void {
    const reason = places.find(networkOf(address), session)
    if (reason) throw new UpgradeRefusal(...noPlace[reason], 30)
  }

  function giveWay(ws: ChatSocket): void {
    log.event('connection-dropped', { reason: 'gave-way', address: ws.address, user: ws.connection?.user.id })
    if (ws.connection) ws.connection.close(closeCodes.gaveWay, 'Others need the place')
    else ws.terminate()
  }

  function isBanned(address: string, { role }: Session): boolean {
    return needs.ipBans.has(address) && !isAdmin(role)
  }

  function upgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    { address, session }: { address: string; session?: Session | undefined },
    begin: (ws: ChatSocket) => void,
  ): void {
    // Reset while its session was looked up.
    if (socket.destroyed) return
    webSocketServer.handleUpgrade(request, socket, head, (ws) => {
      ws.address = address
      needs.connections.remove(socket)
      ws.network = networkOf(address)
      open.add(ws)
      places.add(ws, ws.network, session)
      ws.on('error', noteFault).on('close', remove)
      setMessageDeadline(ws, socket)
      begin(ws)
    })
  }

  /** A fault in a frame closes the socket with its code; nobody else needs to know. */
  function noteFault(error: Error): void {
    log.debug({ reason: error.message }, 'a bad frame')
  }

  function remove(this: WebSocket): void {
    const ws = this as ChatSocket
    open.delete(ws)
    places.remove(ws)
  }
}

function destroy(this: Socket): void {
  this.destroy()
}

/** @throws UpgradeRefusal when only subprotocols are offered that we do not know */
function chosenSubprotocol(request: IncomingMessage): Subprotocol {
  const offered = request.headers['sec-websocket-protocol']
  if (offered === undefined) return classic
  if (offered.split(',').some((name) => name.trim() === subprotocol)) return chatV1
  throw new UpgradeRefusal(400, 'wrong-subprotocol', `The subprotocol is ${subprotocol}, or none.`)
}

function refuse(socket: Duplex, { status, message, retryAfterSeconds }: UpgradeRefusal): void {
  answerPlainly(socket, status, message, retryAfterSeconds ? { 'Retry-After': String(retryAfterSeconds) } : {})
}

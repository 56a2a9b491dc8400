/** From an HTTP upgrade to a WebSocket, or to a plain refusal. */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { socketIoPath, subprotocol } from '../../../shared/protocol/limits.ts'
import type { Callers } from '../../auth/callers.ts'
import type { Session } from '../../auth/sessions.ts'
import { ChatConnection } from '../../chat/connection.ts'
import { chatV1 } from '../../chat/subprotocols/chat-v1.ts'
import { classic } from '../../chat/subprotocols/classic.ts'
import type { Subprotocol } from '../../chat/subprotocols/subprotocol.ts'
import type { Services } from '../../commands/contract.ts'
import type { Config } from '../../config.ts'
import { clientAddress } from '../../http/client-address.ts'
import { bearerToken, faultInHost, isSameOrigin } from '../../http/request-origin.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { OpenConnections, UserRefusal } from '../open-connections.ts'
import type { SocketIo } from '../socket-io/socket-io.ts'
import type { ChatSocket } from './chat-socket.ts'
import { echo } from './echo.ts'
import { keepAlive } from './heartbeat.ts'
import { setMessageDeadline } from './message-deadline.ts'
import { answerNoHandshake, webSocketOptions } from './options.ts'
import { answerRefusal, refusalWhenStopping, refusalWithoutSlot, UpgradeRefusal } from './upgrade-refusal.ts'

interface UpgradeNeeds extends Services {
  callers: Callers
  config: Config
  open: OpenConnections
  /** The HTTP connections; what becomes a WebSocket leaves them. */
  connections: { remove(socket: Socket): void }
  /** Undefined when it is off. */
  socketIo: Pick<SocketIo, 'upgrade'> | undefined
}

const webSocketServer = new WebSocketServer({
  ...webSocketOptions,
  handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
})

webSocketServer.on('wsClientError', answerNoHandshake)

/** What is said with a close code. */
const userRefusals: Readonly<Record<UserRefusal, [code: number, reason: string]>> = {
  banned: [closeCodes.banned, 'Banned'],
  'too-many-of-user': [closeCodes.tooManyConnections, 'Too many connections'],
}

/** How long a refusal may be held back. */
const maxHeldMs = 1_000

/** Accepts WebSockets: each upgrade of the server becomes one, or gets a plain refusal. */
export class Upgrades {
  readonly #needs: UpgradeNeeds
  // One function for all sockets: a closure for each would be a large part of what an idle connection holds.
  readonly #onError: (error: Error) => void
  readonly #onClose: (this: WebSocket) => void
  readonly #onFault: (ws: ChatSocket, error: unknown) => void

  constructor(server: Server, needs: UpgradeNeeds) {
    this.#needs = needs
    // A bad frame closes the socket with its code; nobody else needs to know.
    this.#onError = (error) => needs.log.debug({ reason: error.message }, 'a bad frame')
    this.#onFault = (ws, err) => {
      needs.log.event('connection-failed', { address: ws.address, err })
      endFailed(ws)
    }
    const { open } = needs
    this.#onClose = function () {
      open.remove(this as ChatSocket)
    }
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      // A client may reset the connection while its session is looked up. Without a listener that ends the process.
      socket.on('error', destroy)
      this.#admit(request, socket, head).catch((error) => this.#refuse(request, socket, error))
    })
  }

  async #admit(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const { config, socketIo } = this.#needs
    const path = request.url?.split('?', 1)[0]
    const isSocketIo = path === socketIoPath && socketIo !== undefined
    if (path !== '/ws/echo' && path !== '/ws/chat' && !isSocketIo)
      throw new UpgradeRefusal(404, 'wrong-path', 'Not found.')
    refuseOtherSites(request, config)
    this.#refuseWhenStopping()
    if (isSocketIo) return await socketIo.upgrade(request, socket, head)
    const address = clientAddress(request, config.trustProxy)
    const protocol = chosenSubprotocol(request)
    if (path === '/ws/chat') return await this.#admitChat(request, socket, head, address, protocol)
    this.#refuseWhenFull(address, undefined)
    this.#upgrade(request, socket, head, { address }, (ws) => echo(ws, socket, this.#needs))
  }

  async #admitChat(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    address: string,
    protocol: Subprotocol,
  ): Promise<void> {
    const needs = this.#needs
    const session = await needs.callers.find(request)
    this.#refuseWhenStopping()
    // A program reads the status of a handshake, and a page sends no token.
    if (!session && bearerToken(request) !== undefined)
      throw new UpgradeRefusal(401, 'wrong-token', 'This token is wrong or was revoked.')
    if (session) this.#refuseTooOften(session)
    const refusal = session && needs.open.refusalOf(address, session)
    const placed = refusal ? undefined : session
    // Only now, and at once before the socket is there: hundreds may come while a session is looked up.
    this.#refuseWhenFull(address, placed)
    this.#upgrade(request, socket, head, { address, session: placed }, (ws) => {
      // A page can read a close code, and cannot read a refused handshake.
      if (!session) return ws.close(closeCodes.invalidUser, 'Invalid user')
      if (refusal) {
        needs.log.event('upgrade-refused', { reason: refusal, address, user: session.user.id })
        return ws.close(...userRefusals[refusal])
      }
      const connection = new ChatConnection(ws, socket, session, protocol, needs)
      keepAlive(ws, socket, connection.limits)
    })
  }

  #refuseTooOften(session: Session): void {
    const retryAfterMs = this.#needs.limiter.connect(session)
    if (retryAfterMs) throw new UpgradeRefusal(429, 'too-often', 'You connect too often.', retryAfterMs)
  }

  #refuseWhenStopping(): void {
    if (this.#needs.open.isStopping) throw refusalWhenStopping()
  }

  #refuseWhenFull(address: string, session: Session | undefined): void {
    const reason = this.#needs.open.findSlot(address, session)
    if (reason) throw refusalWithoutSlot(reason)
  }

  #upgrade(
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
      this.#needs.connections.remove(socket)
      ws.network = networkOf(address)
      this.#needs.open.add(ws, session)
      ws.onFault = this.#onFault
      ws.on('error', this.#onError).on('close', this.#onClose)
      setMessageDeadline(ws, socket)
      begin(ws)
    })
  }

  #refuse(request: IncomingMessage, socket: Socket, error: unknown): void {
    const { log, config } = this.#needs
    const address = clientAddress(request, config.trustProxy)
    if (error instanceof UpgradeRefusal) {
      log.event('upgrade-refused', { reason: error.reason, address })
      return this.#refuseInTime(socket, address, error)
    }
    if (error instanceof ChatError && error.code === 'unavailable') {
      return answerRefusal(socket, new UpgradeRefusal(503, 'unavailable', error.message, 5_000))
    }
    log.event('upgrade-failed', { address, err: error })
    answerRefusal(socket, new UpgradeRefusal(500, 'failed', 'Something went wrong.'))
  }

  /**
   * A network that is refused again and again waits for each further refusal: a client that tries again at once would otherwise keep
   * the server busy. How many can wait is bounded by the connections that a network may have.
   */
  #refuseInTime(socket: Socket, address: string, refusal: UpgradeRefusal): void {
    const waitMs = this.#needs.limiter.refuse(networkOf(address))
    if (waitMs) setTimeout(answerRefusal, Math.min(waitMs, maxHeldMs), socket, refusal)
    else answerRefusal(socket, refusal)
  }
}

/** A fault of ours costs its client the connection: it may come back. */
function endFailed(ws: ChatSocket): void {
  try {
    const ending = ws.connection ?? ws
    ending.close(closeCodes.internal, 'Internal error')
  } catch {
    // To tell the client fails for the same reason.
    ws.terminate()
  }
}

/** @throws UpgradeRefusal */
function refuseOtherSites(request: IncomingMessage, config: Config): void {
  const status = faultInHost(request, config)
  if (status)
    throw new UpgradeRefusal(status, 'wrong-host', 'This is another host. The operator names it in PUBLIC_ORIGIN.')
  // A token is not sent by a browser by itself, as a cookie is.
  if (bearerToken(request) === undefined && !isSameOrigin(request, config)) {
    const message = 'This origin is not allowed. The operator names it in PUBLIC_ORIGIN or ALLOWED_ORIGINS.'
    throw new UpgradeRefusal(403, 'wrong-origin', message)
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

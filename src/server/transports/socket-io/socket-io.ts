/** From a request or an upgrade to a client of Socket.IO, or to a refusal. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Socket as EngineSocket } from 'engine.io'
import { secondMs } from '../../../shared/durations.ts'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { Callers } from '../../auth/callers.ts'
import type { Session } from '../../auth/sessions.ts'
import type { Services } from '../../commands/contract.ts'
import type { Config } from '../../config.ts'
import { clientAddress } from '../../http/client-address.ts'
import { bearerToken, isNavigation, isSameOrigin } from '../../http/request-origin.ts'
import { networkOf } from '../../rate-limit/network.ts'
import { connectionRefusals, tooOften } from '../connection-refusals.ts'
import type { OpenConnections } from '../open-connections.ts'
import type { ChatSocket } from '../websocket/chat-socket.ts'
import { answerPings } from '../websocket/heartbeat.ts'
import { refusalWhenStopping, refusalWithoutSlot, UpgradeRefusal } from '../websocket/upgrade-refusal.ts'
import { type EngineOptions, type LoadedEngine, loadEngine } from './engine.ts'
import { EngineClient } from './engine-client.ts'
import { maxRequestBytes, tooLargeFile, tooManyFiles } from './file-limits.ts'
import { failureOf, guardEvents } from './guard.ts'
import { type HeldBytes, LargeMessages } from './held-bytes.ts'

interface SocketIoNeeds extends Pick<Services, 'limiter' | 'log'> {
  callers: Pick<Callers, 'find'>
  config: Config
  open: OpenConnections
  held: HeldBytes
  /** The HTTP connections; what becomes a WebSocket leaves them. */
  connections: { remove(socket: Socket): void }
}

/** What is done with clients that were let in. */
export interface Bridge {
  options: EngineOptions
  /** Binds the package to the engine. */
  begin(loaded: LoadedEngine, clientOf: (engineSocket: EngineSocket) => EngineClient): void
  /** Called for each client before the package hears of it. */
  watch(engineSocket: EngineSocket, client: EngineClient): void
}

type Query = Record<string, string>

/** Clients of one user that have not said who they are, and are counted as theirs. */
const maxWaiting = limits.maxConnectionsPerUser

export class SocketIo {
  readonly #needs: SocketIoNeeds
  readonly #bridge: Bridge
  readonly #ofRequest = new WeakMap<IncomingMessage, EngineClient>()
  /** By the id that the engine has given to the client. */
  readonly #clients = new Map<string, EngineClient>()
  /** Those that have not said who they are. */
  readonly #waiting = new Set<EngineClient>()
  #loaded: Promise<LoadedEngine> | undefined

  constructor(needs: SocketIoNeeds, bridge: Bridge) {
    this.#needs = needs
    this.#bridge = bridge
  }

  /** Hands a request to the engine, which answers it. @throws ChatError */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config, callers } = this.#needs
    // What polls say is what a user does. As with a stream, it must come from a script of one of our own pages, or from no browser.
    const isBearer = bearerToken(request) !== undefined
    if (!isBearer && !(isSameOrigin(request, config) && !isNavigation(request)))
      throw this.#refusal('wrong-origin', request)
    const query = queryOf(request)
    // JSONP: a script, which a page of any origin can read.
    if (query.j !== undefined) throw new ChatError('bad-field', '"j" is not offered.')
    const { engine } = await this.#load()
    const session = await callers.find(request)
    // An empty one is none, for the engine too.
    if (query.sid) {
      const client = this.#clients.get(query.sid)
      // One that is being closed is told why: its session may have ended.
      if (client?.isOpen && !isOf(client, session, this.#networkOf(request)))
        throw new ChatError('forbidden', 'This connection belongs to another session.')
      await client?.mayRequest(request.method === 'POST', () => hasGone(request, response))
    } else if (!hasGone(request, response)) {
      this.#begin(request, response, session)
    }
    // Gone while its session was looked up: nothing would tell of it again.
    if (hasGone(request, response)) return
    this.#holdBody(request, response, query.sid ? this.#clients.get(query.sid) : undefined)
    engine.handleRequest(request as EngineRequest, response)
  }

  /** A body with a file is in memory until it is whole. @throws ChatError */
  #holdBody(request: IncomingMessage, response: ServerResponse, client: EngineClient | undefined): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    const bytes = encoding === undefined ? Number(length ?? 0) : maxRequestBytes
    if (bytes <= limits.maxFrameBytes) return
    if (bytes > maxRequestBytes) {
      client?.close(closeCodes.tooLarge, tooLargeFile)
      throw new ChatError('too-large', tooLargeFile)
    }
    const giveBack = this.#needs.held.hold(this.#networkOf(request), bytes)
    if (!giveBack) throw new ChatError('unavailable', tooManyFiles, secondMs)
    response.once('close', giveBack)
  }

  /** @throws ChatError */
  #begin(request: IncomingMessage, response: ServerResponse, session: Session | undefined): void {
    const { open } = this.#needs
    const retryAfterMs = this.#waitMs(request, session)
    if (retryAfterMs) throw tooOften(retryAfterMs)
    const reason = open.isStopping ? 'stopping' : this.#add(request, session)
    if (reason) throw this.#refusal(reason, request, session)
    response.once('close', () => this.#removeUnlessTaken(request))
  }

  /** The first request of a client costs as much as a page. */
  #waitMs(request: IncomingMessage, session: Session | undefined): number {
    return this.#needs.limiter.page(this.#networkOf(request), session)
  }

  #networkOf(request: IncomingMessage): string {
    return networkOf(clientAddress(request, this.#needs.config.trustProxy))
  }

  /** Hands an upgrade to the engine. Its host and origin are checked. @throws UpgradeRefusal */
  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const { callers, open } = this.#needs
    const query = queryOf(request)
    const isKnown = query.EIO === '4' && query.transport === 'websocket'
    if (!isKnown) throw new UpgradeRefusal(400, 'wrong-protocol', 'The query has EIO=4 and transport=websocket.')
    const { engine } = await this.#load()
    const session = await callers.find(request)
    if (open.isStopping) throw refusalWhenStopping()
    if (!session && bearerToken(request) !== undefined)
      throw new UpgradeRefusal(401, 'wrong-token', 'This token is wrong or was revoked.')
    // Reset while its session was looked up.
    if (socket.destroyed) return
    if (!query.sid) {
      const retryAfterMs = this.#waitMs(request, session)
      if (retryAfterMs) throw new UpgradeRefusal(429, 'too-often', 'You connect too often.', retryAfterMs)
      const reason = this.#add(request, session)
      if (reason) throw refusalWithoutSlot(reason)
      socket.once('close', () => this.#removeUnlessTaken(request))
    } else {
      const client = this.#clients.get(query.sid)
      if (!client || !isOf(client, session, this.#networkOf(request)) || !client.mayUpgrade())
        throw new UpgradeRefusal(400, 'wrong-sid', 'There is no such session of polls.')
      this.#ofRequest.set(request, client)
      socket.once('close', () => client.upgradeEnded())
    }
    engine.handleUpgrade(request as EngineRequest, socket, head)
  }

  #load(): Promise<LoadedEngine> {
    this.#loaded ??= this.#mount()
    return this.#loaded
  }

  async #mount(): Promise<LoadedEngine> {
    const { options } = this.#bridge
    const loaded = await loadEngine(options, (ws, request, socket) => this.#onWebSocket(ws, request, socket))
    const { engine } = loaded
    const clients = new WeakMap<EngineSocket, EngineClient>()
    // Before the package: it then finds the place there.
    engine.on('connection', (engineSocket: EngineSocket) => {
      const client = this.#ofRequest.get(engineSocket.request)
      if (!client) return engineSocket.close(true)
      clients.set(engineSocket, client)
      this.#take(engineSocket, client)
    })
    this.#bridge.begin(loaded, (engineSocket) => clients.get(engineSocket) as EngineClient)
    return loaded
  }

  #take(engineSocket: EngineSocket, client: EngineClient): void {
    const { id } = engineSocket as unknown as { id: string }
    guardEvents(engineSocket, failureOf(client, this.#needs.log))
    client.take(engineSocket)
    this.#clients.set(id, client)
    this.#bridge.watch(engineSocket, client)
    engineSocket.once('close', () => {
      this.#clients.delete(id)
      this.#remove(client)
    })
  }

  /** Counts a client before it is there: hundreds may come while a session is looked up. @returns why there is no place */
  #add(request: IncomingMessage, session: Session | undefined) {
    const { open, limiter, config } = this.#needs
    const address = clientAddress(request, config.trustProxy)
    // A user who may not have another one is told so when they connect, where a client can read it.
    // Those that never say who they are must not take the places of others.
    const isFree = session && !open.refusalOf(address, session) && this.#countWaiting(session) < maxWaiting
    const counted = isFree ? session : undefined
    const reason = open.findSlot(address, counted)
    if (reason) return reason
    const ofNetwork = () => limiter.forConnection(`network ${networkOf(address)}`)
    const client = new EngineClient(address, session, { commands: ofNetwork(), requests: ofNetwork() })
    this.#ofRequest.set(request, client)
    this.#waiting.add(client)
    open.add(client, counted)
    return undefined
  }

  #countWaiting({ user }: Session): number {
    let count = 0
    for (const client of this.#waiting) {
      if (client.connection) this.#waiting.delete(client)
      else if (client.session?.user.id === user.id) count++
    }
    return count
  }

  #remove(client: EngineClient): void {
    this.#waiting.delete(client)
    this.#needs.open.remove(client)
  }

  /** The engine has refused it, or it has gone before. */
  #removeUnlessTaken(request: IncomingMessage): void {
    const client = this.#ofRequest.get(request)
    if (client && !client.isTaken) this.#remove(client)
  }

  #onWebSocket(ws: ChatSocket, request: IncomingMessage, socket: Socket): void {
    const client = this.#ofRequest.get(request)
    if (!client) return ws.terminate()
    this.#needs.connections.remove(socket)
    ws.address = client.address
    ws.network = client.network
    const fail = failureOf(client, this.#needs.log)
    ws.onFault = (_, error) => fail(error)
    ws.partialMessages = new LargeMessages(this.#needs.held, client)
    answerPings(ws, socket, client.limits)
  }

  #refusal(reason: keyof typeof connectionRefusals, request: IncomingMessage, session?: Session): ChatError {
    const { log, config } = this.#needs
    const address = clientAddress(request, config.trustProxy)
    log.event('socket-io-refused', { reason, address, user: session?.user.id })
    return connectionRefusals[reason]()
  }
}

interface EngineRequest extends IncomingMessage {
  /** The engine reads the query here: it is then the one that we have checked. */
  _query: Query
}

function queryOf(request: IncomingMessage): Query {
  const { url = '' } = request
  const at = url.indexOf('?')
  const query: Query = Object.fromEntries(new URLSearchParams(at < 0 ? '' : url.slice(at + 1)))
  Object.assign(request, { _query: query })
  return query
}

function hasGone(request: IncomingMessage, response: ServerResponse): boolean {
  return response.closed || request.socket.destroyed
}

/**
 * The id of a client stands in addresses that proxies write down: with the cookie of another session it is worth nothing. A client that
 * began without one stays in its network.
 */
function isOf({ session, network }: EngineClient, other: Session | undefined, from: string): boolean {
  return session ? session.id === other?.id && session.user.id === other.user.id : network === from
}

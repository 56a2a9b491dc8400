/** From a request to an event stream or a long poll, or to a refusal. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ChatError } from '../../../shared/protocol/errors.ts'
import type { Session } from '../../auth/sessions.ts'
import type { Services } from '../../commands/contract.ts'
import type { Config } from '../../config.ts'
import { clientAddress } from '../../http/client-address.ts'
import { bearerToken, isNavigation, isSameOrigin } from '../../http/request-origin.ts'
import { ReaderGone } from '../../rate-limit/read-queue.ts'
import { connectionRefusals, tooOften } from '../connection-refusals.ts'
import type { OpenConnections } from '../open-connections.ts'
import { EventStream } from './event-stream.ts'
import { Poll } from './poll.ts'
import { FrameTexts } from './stream-codecs.ts'
import type { StreamConnection } from './stream-connection.ts'
import { parseStreamRequest } from './stream-request.ts'

interface StreamNeeds extends Services {
  config: Config
  open: OpenConnections
  /** The HTTP connections; what becomes an event stream leaves them. */
  connections: { remove(socket: Socket): void }
}

export class Streams {
  readonly #needs: StreamNeeds
  readonly #texts = new FrameTexts()

  constructor(needs: StreamNeeds) {
    this.#needs = needs
  }

  /**
   * Serves the request of a session that was just looked up: nothing is awaited before it is in its place.
   * @returns the body of a long poll; undefined for an event stream, which has begun
   * @throws ChatError
   */
  async serve(request: IncomingMessage, response: ServerResponse, session: Session): Promise<string | undefined> {
    const { config, connections } = this.#needs
    // It opens rooms in the name of its user, as only the scripts of our own pages may, not links in them.
    // A token is not sent by a browser by itself, as a cookie is.
    const isBearer = bearerToken(request) !== undefined
    if (!isBearer && !(isSameOrigin(request, config) && !isNavigation(request)))
      throw this.#refusal('wrong-origin', request, session)
    const asked = parseStreamRequest(request)
    // Gone while its session was looked up: nothing would tell of it again.
    if (response.closed || request.socket.destroyed) return undefined
    this.#refuseUnlessFree(request, session, asked.isEventStream)
    const origin = { session, address: clientAddress(request, config.trustProxy) }
    if (!asked.isEventStream) {
      const poll = new Poll(this.#needs, origin, response, this.#texts)
      this.#place(poll, response)
      return await poll.answer(asked)
    }
    const stream = new EventStream(this.#needs, origin, response, this.#texts)
    this.#place(stream, response)
    try {
      await stream.open(asked)
    } catch (error) {
      if (response.headersSent) stream.fail(error)
      else stream.ended()
      if (!response.headersSent && !(error instanceof ReaderGone)) throw error
    }
    connections.remove(request.socket)
    return undefined
  }

  #place(connection: StreamConnection & { ended(): void }, response: ServerResponse): void {
    const { open, hub } = this.#needs
    open.add(connection, connection.session)
    hub.add(connection)
    response.once('close', () => {
      open.remove(connection)
      connection.ended()
    })
  }

  #refuseUnlessFree(request: IncomingMessage, session: Session, isEventStream: boolean): void {
    const { open, limiter, config } = this.#needs
    const address = clientAddress(request, config.trustProxy)
    if (open.isStopping) throw this.#refusal('stopping', request, session)
    // Polls are as many as their user's other requests may be.
    const retryAfterMs = isEventStream ? limiter.connect(session) : 0
    if (retryAfterMs) throw tooOften(retryAfterMs)
    const reason = open.refusalOf(address, session) ?? open.findSlot(address, session)
    if (reason) throw this.#refusal(reason, request, session)
  }

  #refusal(reason: keyof typeof connectionRefusals, request: IncomingMessage, session: Session): ChatError {
    const { log, config } = this.#needs
    log.event('stream-refused', { reason, address: clientAddress(request, config.trustProxy), user: session.user.id })
    return connectionRefusals[reason]()
  }
}

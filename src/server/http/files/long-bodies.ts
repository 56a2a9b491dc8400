import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests whose body may take longer than that of others: uploads. The reader of the body watches that it goes on. */
export class LongBodies {
  readonly #sockets = new WeakSet<Socket>()

  /** Until it is answered. */
  allow({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#sockets.add(socket)
    response.once('close', () => this.#sockets.delete(socket))
  }

  has(socket: object): boolean {
    return this.#sockets.has(socket as Socket)
  }
}

/** Which transport the next connection uses: a WebSocket, or HTTP where something between blocks WebSockets. */
import type { SocketEvents, Transport } from './environment.ts'

/** WebSockets in a row that never opened, before one connection is tried over HTTP. */
const tries = 2

export type Open = (events: SocketEvents) => Transport

export class Transports {
  readonly #socket: Open
  readonly #http: (canOpenSockets: boolean) => Promise<Open>
  #failed = 0
  #canOpenSockets = true
  #loaded: Open | undefined

  /**
   * @param socket throws where no WebSocket can be opened
   * @param http loads the transport over HTTP
   */
  constructor(socket: Open, http: (canOpenSockets: boolean) => Promise<Open>) {
    this.#socket = socket
    this.#http = http
  }

  open(events: SocketEvents): Transport {
    if (this.#canOpenSockets && this.#failed < tries) {
      try {
        return this.#openSocket(events)
      } catch {
        this.#canOpenSockets = false
      }
    }
    // After it a WebSocket is tried again: it may work by now, or the server is away for both.
    this.#failed = tries - 1
    const transport = new Loading(events)
    this.#load().then(
      (open) => transport.begin(open),
      () => transport.fail(),
    )
    return transport
  }

  async #load(): Promise<Open> {
    this.#loaded ??= await this.#http(this.#canOpenSockets)
    return this.#loaded
  }

  #openSocket(events: SocketEvents): Transport {
    this.#failed++
    return this.#socket({
      ...events,
      opened: () => {
        this.#failed = 0
        events.opened()
      },
    })
  }
}

/** A transport whose code is being loaded. */
class Loading implements Transport {
  readonly #events: SocketEvents
  #transport: Transport | undefined
  #isDropped = false

  constructor(events: SocketEvents) {
    this.#events = events
  }

  begin(open: Open) {
    if (!this.#isDropped) this.#transport = open(this.#events)
  }

  fail() {
    if (!this.#isDropped) this.#events.closed(1006)
  }

  send(text: string) {
    this.#transport?.send(text)
  }

  drop() {
    this.#isDropped = true
    this.#transport?.drop()
  }
}

/** A wire that can be hurt: forwards TCP to the server, and does to each connection what it is told. */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, Socket } from 'node:net'

const tickMs = 50

/** One direction of a connection. */
class Flow {
  readonly #from: Socket
  readonly #to: Socket
  #isSwallowing = false
  #bytesLeft = Number.POSITIVE_INFINITY
  #whenCut: (() => void) | undefined
  #queue: Buffer[] = []
  #throttle: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    from.on('data', (chunk) => this.#carry(chunk as Buffer))
    from.on('end', () => this.#throttle || this.#isSwallowing || to.end())
    from.on('close', () => clearInterval(this.#throttle))
    to.on('drain', () => this.#throttle || from.resume())
  }

  get isSwallowing(): boolean {
    return this.#isSwallowing
  }

  /** What comes is taken and never arrives, the end of the connection included. */
  swallow(): void {
    this.#isSwallowing = true
  }

  /** So many bytes more arrive, wherever in a frame that is, and then comes the cut. */
  cutAfter(bytes: number, cut: () => void): void {
    this.#bytesLeft = bytes
    this.#whenCut = cut
  }

  /** So slow for so long; then what gathered comes at once. */
  throttle(bytesPerSecond: number, forMs: number): void {
    const each = Math.max(1, Math.round((bytesPerSecond * tickMs) / 1_000))
    const end = performance.now() + forMs
    clearInterval(this.#throttle)
    this.#throttle = setInterval(() => (performance.now() < end ? this.#trickle(each) : this.#release()), tickMs)
  }

  #carry(chunk: Buffer): void {
    if (this.#isSwallowing || this.#to.destroyed) return
    if (this.#throttle) {
      this.#queue.push(chunk)
      this.#from.pause()
    } else if (chunk.length > this.#bytesLeft) {
      this.#to.write(chunk.subarray(0, this.#bytesLeft), () => this.#whenCut?.())
      this.#isSwallowing = true
    } else {
      this.#bytesLeft -= chunk.length
      if (!this.#to.write(chunk)) this.#from.pause()
    }
  }

  #release(): void {
    clearInterval(this.#throttle)
    this.#throttle = undefined
    for (const chunk of this.#queue.splice(0)) this.#to.write(chunk)
    this.#from.resume()
    if (this.#from.readableEnded) this.#to.end()
  }

  #trickle(bytes: number): void {
    const [first] = this.#queue
    if (!first) return void this.#from.resume()
    this.#to.write(first.subarray(0, bytes))
    if (first.length > bytes) this.#queue[0] = first.subarray(bytes)
    else this.#queue.shift()
  }
}

export class Wire {
  readonly toServer: Flow
  readonly toClient: Flow
  readonly #client: Socket
  readonly #server: Socket

  constructor(client: Socket, server: Socket) {
    this.#client = client
    this.#server = server
    for (const socket of [client, server]) socket.on('error', () => socket.destroy()).setNoDelay(true)
    this.toServer = new Flow(client, server)
    this.toClient = new Flow(server, client)
  }

  get isOpen(): boolean {
    return !this.#client.destroyed && !this.#server.destroyed
  }

  /** Both ends get an RST. */
  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  /** One end is told that the other will say nothing more, and may go on talking itself. */
  halfClose(end: 'client' | 'server'): void {
    if (end === 'client') this.#client.end()
    else this.#server.end()
  }

  destroy(): void {
    this.#client.destroy()
    this.#server.destroy()
  }
}

export class TcpProxy implements AsyncDisposable {
  readonly wires = new Set<Wire>()
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param target the port to forward to; asked anew for each connection */
  static async start(target: () => number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true })
    const proxy = new TcpProxy(server)
    server.on('connection', (client) => {
      const upstream = new Socket({ allowHalfOpen: true })
      const wire = new Wire(client, upstream)
      proxy.wires.add(wire)
      // A refused or lost server is a lost line for its client, unless the wire was told to keep that from it.
      upstream.on('close', () => client.destroy())
      // Through a black hole the server does not notice that its client has gone, and sends into the void.
      client.on('close', () => (wire.toServer.isSwallowing ? upstream.pause() : upstream.destroy()))
      upstream.on('close', () => proxy.wires.delete(wire))
      upstream.connect(target(), '127.0.0.1')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** An open wire, any of them. */
  any(): Wire | undefined {
    const open = [...this.wires].filter(({ isOpen }) => isOpen)
    return open[Math.floor(Math.random() * open.length)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const wire of this.wires) wire.destroy()
    await closed
  }
}

import type { Socket } from 'node:net'
import { networkOf } from './network.ts'

export interface ConnectionLimits {
  /** In all. */
  total: number
  /** For one network (`networkOf`). */
  network: number
}

/**
 * A school of 1,000 people is one address, and a browser opens up to six connections for a page. 2,000 are left
 * to others. A head of 24 KiB on each of them takes 192 MB, for the 10 s that a head may take.
 */
export function connectionLimits(isLimited: boolean): ConnectionLimits {
  return { total: 8_000, network: isLimited ? 6_000 : Number.POSITIVE_INFINITY }
}

/** Why a connection was closed: its network, or the server, has too many; or it was idle, and made room for another. */
export type Cause = 'network-full' | 'server-full' | 'made-room'

interface Network {
  /** Connections without a request in progress; the one that has been idle for longest comes first. */
  idle: Set<Socket>
  busy: Set<Socket>
}

/**
 * The HTTP connections of each network: those that have not become a WebSocket. Idle ones make room for new ones, and the
 * network that has most gives up its own first. So one network cannot shut out the others by holding connections open.
 */
export class HttpConnections {
  readonly limits: ConnectionLimits
  readonly #networks = new Map<string, Network>()
  readonly #names = new Map<Socket, string>()
  readonly #onClose: (cause: Cause, address: string | undefined) => void

  /** @param onClose told of each connection that is closed for its limit */
  constructor(limits: ConnectionLimits, onClose: (cause: Cause, address: string | undefined) => void = () => {}) {
    this.limits = limits
    this.#onClose = onClose
  }

  get size(): number {
    return this.#names.size
  }

  /** How many wait for their next request. */
  get idle(): number {
    return [...this.#networks.values()].reduce((sum, { idle }) => sum + idle.size, 0)
  }

  /** Takes in a new connection, or closes it when no other can be closed for it. */
  add(socket: Socket): void {
    const name = networkOf(socket.remoteAddress ?? '')
    const network = this.#networks.get(name) ?? { idle: new Set(), busy: new Set() }
    const isFull = sizeOf(network) >= this.limits.network
    if (isFull && !this.#closeIdle(network)) return this.#refuse(socket, 'network-full')
    if (this.size >= this.limits.total && !this.#makeRoom(sizeOf(network))) return this.#refuse(socket, 'server-full')
    // Only now: to make room may have removed the network, when it has no other connection.
    this.#networks.set(name, network)
    this.#names.set(socket, name)
    network.idle.add(socket)
    socket.once('close', () => this.remove(socket))
  }

  /** Says whether a request of the connection is being answered. */
  mark(socket: Socket, state: 'idle' | 'busy'): void {
    const network = this.#networkOf(socket)
    if (!network) return
    network.idle.delete(socket)
    network.busy.delete(socket)
    network[state].add(socket)
  }

  /** Forgets the connection: it is closed, or a WebSocket now. */
  remove(socket: Socket): void {
    const network = this.#networkOf(socket)
    if (!network) return
    network.idle.delete(socket)
    network.busy.delete(socket)
    if (sizeOf(network) === 0) this.#networks.delete(this.#names.get(socket) ?? '')
    this.#names.delete(socket)
  }

  #networkOf(socket: Socket): Network | undefined {
    return this.#networks.get(this.#names.get(socket) ?? '')
  }

  /** @param size of the network that wants in: what is being answered is only closed for one that has fewer connections */
  #makeRoom(size: number): boolean {
    const idle = this.#largest(({ idle }) => idle.size > 0)
    if (idle) return this.#closeIdle(idle)
    const largest = this.#largest(() => true)
    return largest !== undefined && sizeOf(largest) > size + 1 && this.#close(largest.busy)
  }

  #largest(fits: (network: Network) => boolean): Network | undefined {
    let largest: Network | undefined
    for (const network of this.#networks.values()) {
      if (fits(network) && (!largest || sizeOf(network) > sizeOf(largest))) largest = network
    }
    return largest
  }

  #refuse(socket: Socket, cause: Cause): void {
    // A destroyed socket has no address any more.
    this.#onClose(cause, socket.remoteAddress)
    socket.destroy()
  }

  #closeIdle(network: Network): boolean {
    return this.#close(network.idle)
  }

  #close(sockets: Set<Socket>): boolean {
    const [oldest] = sockets
    if (!oldest) return false
    this.remove(oldest)
    this.#refuse(oldest, 'made-room')
    return true
  }
}

function sizeOf({ idle, busy }: Network): number {
  return idle.size + busy.size
}

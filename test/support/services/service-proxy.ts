/** Between a node and a service: changes or keeps what the service answers, or goes silent while the connections stay open. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'
import type { Cleanup } from '../server/server.ts'

interface Options {
  /** Called for each connection. @returns what sees all that the client sends on it */
  connected?(): (sent: Buffer) => void
  /** Changes what the service answers. */
  answered?(data: Buffer): Buffer
}

export class ServiceProxy {
  /** How many connections there were in all. */
  opened = 0
  readonly #server: Server
  readonly #target: NetConnectOpts
  readonly #options: Options
  readonly #sockets = new Set<Socket>()
  /** Those on which nothing is carried any more. */
  readonly #silent = new WeakSet<Socket>()
  #isSilent = false
  /** What waits for `letGo`. */
  #kept: (() => void)[] | undefined

  private constructor(server: Server, target: NetConnectOpts, options: Options) {
    this.#server = server
    this.#target = target
    this.#options = options
  }

  static async start(t: Cleanup, target: NetConnectOpts, options: Options = {}): Promise<ServiceProxy> {
    const server = createServer()
    const proxy = new ServiceProxy(server, target, options)
    server.on('connection', (client) => proxy.#carry(client))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.onTestFinished(async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of proxy.#sockets) socket.destroy()
      await closed
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Nothing is carried any more on connections that are open now, and on those that are opened before `restore`. */
  silence(): void {
    this.#isSilent = true
    for (const socket of this.#sockets) this.#silent.add(socket)
  }

  /** For new connections: those that were silent stay so. */
  restore(): void {
    this.#isSilent = false
  }

  /** Keeps all answers back. */
  keepAnswers(): void {
    this.#kept ??= []
  }

  letGo(): void {
    const kept = this.#kept ?? []
    this.#kept = undefined
    for (const write of kept) write()
  }

  #carry(client: Socket): void {
    this.opened++
    const service = connect(this.#target)
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      this.#sockets.add(socket)
      if (this.#isSilent) this.#silent.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    const { connected, answered = (data) => data } = this.#options
    const sent = connected?.()
    client.on('data', (data: Buffer) => {
      if (this.#silent.has(client)) return
      sent?.(data)
      service.write(data)
    })
    service.on('data', (data: Buffer) => {
      if (this.#silent.has(service)) return
      const write = () => void client.write(answered(data))
      if (this.#kept) this.#kept.push(write)
      else write()
    })
  }
}

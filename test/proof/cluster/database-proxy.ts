/** Between the nodes and PostgreSQL: cuts connections while a transaction is committed, when nobody can know what became of it. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A simple query of the protocol: its type, its length, its text. */
const commit = Buffer.from([0x51, 0, 0, 0, 11, ...Buffer.from('commit\0')])

export class DatabaseProxy implements AsyncDisposable {
  /** How many of the next commits are cut, and how often one is. */
  cutsLeft = 0
  cutRate = 0
  cuts = 0
  /** The socket of PostgreSQL, asked anew for each connection. */
  target: () => string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, target: () => string) {
    this.#server = server
    this.target = target
  }

  static async start(target: () => string): Promise<DatabaseProxy> {
    const server = createServer()
    const proxy = new DatabaseProxy(server, target)
    server.on('connection', (client) => proxy.#carry(client, connect(proxy.target())))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  /** @param url of a database on the socket @returns its URL through this proxy */
  urlOf(url: string): string {
    const { username, pathname } = new URL(url)
    return `postgres://${username}@127.0.0.1:${(this.#server.address() as AddressInfo).port}${pathname}`
  }

  /** Cuts all connections at once, whatever they are doing. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #carry(client: Socket, database: Socket): void {
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.setNoDelay(true)
    database.on('data', (data) => client.write(data))
    client.on('data', (data: Buffer) => {
      const at = data.indexOf(commit)
      if (at < 0 || this.cutsLeft <= 0 || Math.random() >= this.cutRate) return void database.write(data)
      this.cutsLeft--
      this.cuts++
      // Half of them are stored, and half are not: the node sees no difference.
      const arrives = Math.random() < 0.5
      if (arrives) database.write(data, () => client.resetAndDestroy())
      else client.resetAndDestroy()
    })
  }
}

/** Between the nodes and PostgreSQL: cuts connections while messages are committed, when nobody can know what became of them. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { StatementReader } from './statement-reader.ts'

export class DatabaseProxy implements AsyncDisposable {
  /** How many of the next commits of messages are cut, and how often one is. */
  cutsLeft = 0
  cutRate = 0
  cuts = 0
  /** Of those, how many reached PostgreSQL: it has stored them. */
  arrived = 0
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
    const reader = new StatementReader()
    client.on('data', (data: Buffer) => {
      database.cork()
      for (const { bytes, isCommitOfEntries } of reader.read(data)) {
        if (isCommitOfEntries && this.cutsLeft > 0 && Math.random() < this.cutRate) {
          this.#cut(client, database, bytes)
          break
        }
        database.write(bytes)
      }
      database.uncork()
    })
  }

  /** Half of them are stored, and half are not: the node sees no difference. */
  #cut(client: Socket, database: Socket, commit: Buffer): void {
    this.cutsLeft--
    this.cuts++
    if (Math.random() < 0.5) return void client.resetAndDestroy()
    this.arrived++
    database.write(commit, () => client.resetAndDestroy())
  }
}

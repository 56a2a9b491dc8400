/** Between one node and Redis: drops publications, or lets nothing through. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const lineEnd = Buffer.from('\r\n')

export class RedisProxy implements AsyncDisposable {
  /** The share of publications that do not arrive at this node. */
  lossRate = 0
  dropped = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isDeaf = false
  #isMute = false

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param target the port of Redis */
  static async start(target: number): Promise<RedisProxy> {
    const server = createServer()
    const proxy = new RedisProxy(server)
    server.on('connection', (client) => proxy.#carry(client, connect(target, '127.0.0.1')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on the node hears nothing, and its connections stay open. */
  deafen(): void {
    this.#isDeaf = true
  }

  /** From now on nothing gets through in either direction, and its connections stay open. */
  cutOff(): void {
    this.#isDeaf = this.#isMute = true
  }

  /** Connections that have lost something are of no use any more. */
  restore(): void {
    this.#isDeaf = this.#isMute = false
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #carry(client: Socket, redis: Socket): void {
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (data) => this.#isMute || redis.write(data))
    let rest: Buffer = Buffer.alloc(0)
    redis.on('data', (data: Buffer) => {
      if (this.#isDeaf) return
      rest = Buffer.concat([rest, data])
      for (let end = endOfValue(rest, 0); end !== undefined; end = endOfValue(rest, 0)) {
        const value = rest.subarray(0, end)
        rest = rest.subarray(end)
        if (isPublication(value) && Math.random() < this.lossRate) this.dropped++
        else client.write(value)
      }
    })
  }
}

/** `*3` or, as version 3 of the protocol has it, `>3`, and `message` as the first of the three. */
function isPublication(value: Buffer): boolean {
  return /^[*>]3\r\n\$7\r\nmessage\r\n/.test(value.toString('latin1', 0, 24))
}

/** @returns where the value of the Redis protocol ends that begins there; undefined when it is not whole yet */
function endOfValue(data: Buffer, start: number): number | undefined {
  const lineAt = data.indexOf(lineEnd, start)
  if (lineAt < 0) return undefined
  const afterLine = lineAt + lineEnd.length
  const count = Number(data.toString('latin1', start + 1, lineAt))
  switch (data.toString('latin1', start, start + 1)) {
    case '$':
    case '=':
    case '!': {
      const end = count < 0 ? afterLine : afterLine + count + lineEnd.length
      return end <= data.length ? end : undefined
    }
    case '*':
    case '>':
    case '~':
      return endOfValues(data, afterLine, count)
    case '%':
      return endOfValues(data, afterLine, 2 * count)
    default:
      return afterLine
  }
}

function endOfValues(data: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start
  for (let i = 0; i < count && end !== undefined; i++) end = endOfValue(data, end)
  return end
}

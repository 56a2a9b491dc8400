/**
 * The backplane of nodes that share a Redis or Valkey: what one publishes in a turn of the event loop is one message to the others. At
 * most once: what is published while the connection is broken is lost, and who listens finds it in the store.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { Backplane, BackplaneTraffic } from './backplane.ts'
import { hostAndPort, refuseUnusable } from './redis-server.ts'

/** Until it has subscribed: a server may accept a connection, and say nothing. */
const connectMs = 5_000
/** Between attempts to connect, at first and at most. */
const backoffMs = { first: 100, max: 2_000 }
/** How often a node tells itself something through Redis, and how long it waits to hear it: a connection may be open and dead. */
const probeMs = { every: 1_000, patience: 4_000 }
/** What waits for a connection that takes nothing is dropped. */
const maxWaiting = 10_000

type Client = ReturnType<typeof newClient>

interface Message<Publication> {
  /** The node. It comes first: a node knows its own messages by how they begin. */
  from: string
  data: Publication[]
}

export interface RedisOptions {
  /** Nodes of the same store have the same channel. */
  channel: string
  /** @param fault why nothing is heard of other nodes; undefined when it is again */
  changed?(fault: string | undefined): void
}

interface Connection {
  publisher: Client
  subscriber: Client
  heardAt: number
  /** Resolves with the reason once it is of no use any more. */
  broken: Promise<string>
  end(reason: string): void
}

export class RedisBackplane<Publication> implements Backplane<Publication> {
  readonly #url: string
  readonly #options: RedisOptions
  readonly traffic: BackplaneTraffic = { sent: { messages: 0, bytes: 0 }, received: { messages: 0, bytes: 0 } }
  readonly #node = randomUUID()
  /** How its own messages begin, which need not be parsed. */
  readonly #own = JSON.stringify({ from: this.#node }).slice(0, -1)
  readonly #listeners: ((publication: Publication) => void)[] = []
  #connection: Connection | undefined
  #fault: string | undefined
  #waiting: Publication[] = []
  #isClosed = false
  #running: Promise<void> = Promise.resolve()

  private constructor(url: string, options: RedisOptions) {
    this.#url = url
    this.#options = options
  }

  /** @throws Error in one line, without the password, when the server cannot be used */
  static async open<Publication>(url: string, options: RedisOptions): Promise<RedisBackplane<Publication>> {
    const backplane = new RedisBackplane<Publication>(url, options)
    const connection = await backplane.#connect()
    backplane.#running = backplane.#run(connection)
    return backplane
  }

  /** Why nothing is heard of other nodes; undefined when all is well. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** This node hears it at once, by the same path as what others publish. */
  publish(publication: Publication): void {
    this.#hear(publication)
    if (!this.#connection) return
    if (this.#waiting.push(publication) === 1) setImmediate(() => this.#flush())
  }

  subscribe(listener: (publication: Publication) => void): void {
    this.#listeners.push(listener)
  }

  async close(): Promise<void> {
    this.#flush()
    // The server answers it after everything that was published.
    await this.#connection?.publisher.ping().catch(() => {})
    this.#isClosed = true
    this.#connection?.end('closed')
    await this.#running
  }

  #hear(publication: Publication): void {
    for (const listener of this.#listeners) listener(publication)
  }

  #flush(): void {
    const data = this.#waiting
    this.#waiting = []
    if (data.length) this.#send(data)
  }

  #send(data: Publication[]): void {
    if (!this.#connection) return
    const message: Message<Publication> = { from: this.#node, data }
    const text = JSON.stringify(message)
    if (data.length) count(this.traffic.sent, text)
    // The store has what is lost.
    this.#connection.publisher.publish(this.#options.channel, text).catch(() => {})
  }

  /** Connects again and again until it is closed. */
  async #run(first: Connection): Promise<void> {
    let connection: Connection | undefined = first
    let delayMs = backoffMs.first
    while (!this.#isClosed) {
      try {
        connection ??= await this.#connect()
        delayMs = backoffMs.first
        // It was closed while it connected.
        if (this.#isClosed) connection.end('closed')
        this.#fail(await connection.broken)
      } catch (error) {
        this.#fail((error as Error).message)
      }
      connection = undefined
      if (this.#isClosed) return
      await wait(delayMs)
      delayMs = Math.min(2 * delayMs, backoffMs.max)
    }
  }

  #fail(fault: string): void {
    this.#connection = undefined
    const before = this.#fault
    this.#fault = fault
    if (before === undefined && !this.#isClosed) this.#options.changed?.(fault)
  }

  /** @returns it once this node hears itself */
  async #connect(): Promise<Connection> {
    const connection = newConnection(this.#url)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('it does not answer')), connectMs)
    try {
      await Promise.race([this.#subscribe(connection), late.promise])
    } catch (error) {
      connection.end((error as Error).message)
      throw new Error(`REDIS_URL: cannot use Redis at ${hostAndPort(this.#url)}: ${reasonOf(error)}.`)
    } finally {
      clearTimeout(timer)
    }
    connection.heardAt = performance.now()
    this.#connection = connection
    this.#probe(connection)
    const before = this.#fault
    this.#fault = undefined
    if (before !== undefined) this.#options.changed?.(undefined)
    return connection
  }

  async #subscribe(connection: Connection): Promise<void> {
    const { publisher, subscriber } = connection
    await Promise.all([publisher.connect(), subscriber.connect()])
    await refuseUnusable(publisher)
    await subscriber.subscribe(this.#options.channel, (text) => this.#receive(connection, text))
  }

  #probe(connection: Connection): void {
    const timer = setInterval(() => {
      if (performance.now() - connection.heardAt > probeMs.patience) connection.end('nothing is heard through Redis')
      else this.#send([])
    }, probeMs.every)
    void connection.broken.then(() => clearInterval(timer))
  }

  #receive(connection: Connection, text: string): void {
    if (text.startsWith(this.#own)) {
      connection.heardAt = performance.now()
      return
    }
    const { data } = JSON.parse(text) as Message<Publication>
    if (data.length) count(this.traffic.received, text)
    for (const publication of data) this.#hear(publication)
  }
}

function count(traffic: { messages: number; bytes: number }, text: string): void {
  traffic.messages++
  traffic.bytes += Buffer.byteLength(text)
}

function newClient(url: string) {
  const client = createClient({
    url,
    commandsQueueMaxLength: maxWaiting,
    disableOfflineQueue: true,
    socket: { connectTimeout: connectMs, reconnectStrategy: false },
  })
  return client
}

function newConnection(url: string): Connection {
  const { promise: broken, resolve } = Promise.withResolvers<string>()
  const [publisher, subscriber] = [newClient(url), newClient(url)]
  const clients = [publisher, subscriber]
  let isEnded = false
  const end = (reason: string) => {
    if (isEnded) return
    isEnded = true
    for (const client of clients) if (client.isOpen) client.destroy()
    resolve(reason)
  }
  for (const client of clients) {
    client.on('error', (error) => end(reasonOf(error)))
    client.on('end', () => end('the connection was closed'))
    // A handshake of TLS that was under way at the end.
    client.on('connect', () => isEnded && client.destroy())
  }
  return { publisher, subscriber, heardAt: 0, broken, end }
}

/** Node's error has no message when none of a server's addresses can be reached; the code says why then. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string }
  return message || code || String(error)
}

/** The stock client of Socket.IO, which awaits the next event, so that no test has to sleep. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { patienceMs } from '../run/timeouts.ts'
import type { Cleanup, TestServer } from '../server/server.ts'

type Frame = Record<string, unknown> & { type: string }

interface Received {
  event: string
  // Whatever a server sends.
  args: unknown[]
}

export interface SocketIoOptions extends Partial<ManagerOptions & SocketOptions> {
  cookie?: string
}

export class SocketIoClient {
  readonly socket: Socket
  /** Every event so far, waited for or not; `connect`, `disconnect` and `connect_error` too. */
  readonly received: Received[] = []
  #unread: Received[] = []
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.onAny((event: string, ...args: unknown[]) => this.#receive({ event, args }))
    for (const event of ['connect', 'disconnect', 'connect_error'] as const)
      socket.on(event, (...args: unknown[]) => this.#receive({ event, args }))
  }

  /** The next event of that name that fits; others before it are passed over. @returns its arguments */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came.
  async nextWhere(event: string, fits: (...args: any[]) => boolean = () => true): Promise<any[]> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      for (let one = this.#unread.shift(); one; one = this.#unread.shift())
        if (one.event === event && fits(...one.args)) return one.args
      if (performance.now() > deadline)
        throw new Error(
          `Nothing came while waiting for "${event}". So far: ${JSON.stringify(this.received.slice(-20))}`,
        )
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** @returns the first argument of the next event of that name: mostly a frame */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came.
  async next(event: string): Promise<any> {
    const [first] = await this.nextWhere(event)
    return first
  }

  /** @returns the frame that acknowledges it */
  async ask(event: string, ...args: unknown[]): Promise<Frame> {
    return await this.socket.timeout(patienceMs).emitWithAck(event, ...args)
  }

  /** The ids of the messages that came as `chat`. */
  get ids(): unknown[] {
    return this.#argumentsOf('chat').map(([frame]) => (frame as Frame).id)
  }

  /** What was heard as `talk`: text and name. */
  get talks(): [unknown, unknown][] {
    return this.#argumentsOf('talk').map(([text, user]) => [text, (user as { name: string }).name])
  }

  #argumentsOf(event: string): unknown[][] {
    return this.received.filter((one) => one.event === event).map(({ args }) => args)
  }

  #receive(received: Received): void {
    this.received.push(received)
    this.#unread.push(received)
    this.#wake?.()
  }
}

export const transports = ['websocket', 'polling'] as const

/** A client that connects. It is not known yet whether it may. */
export function socketIoClient(
  t: Cleanup,
  { url }: Pick<TestServer, 'url'>,
  options: SocketIoOptions = {},
): SocketIoClient {
  const { cookie, extraHeaders, ...more } = options
  const headers = { ...extraHeaders, ...(cookie !== undefined && { cookie }) }
  const socket = io(url, {
    forceNew: true,
    reconnectionDelay: 1,
    randomizationFactor: 0,
    ...more,
    extraHeaders: headers,
  })
  t.onTestFinished(() => void socket.disconnect())
  return new SocketIoClient(socket)
}

/** A client that is connected and has its room open. */
export async function talker(
  t: Cleanup,
  server: TestServer,
  person: { cookie: string },
  options: SocketIoOptions = {},
): Promise<SocketIoClient> {
  const client = socketIoClient(t, server, { cookie: person.cookie, ...options })
  await client.next('opened')
  return client
}

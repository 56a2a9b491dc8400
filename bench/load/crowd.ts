/** Many clients. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { ServerProcess } from '../server-process.ts'
import type { Target } from '../targets.ts'
import type { Cursor } from './dialects.ts'
import { RawSocket } from './raw-socket.ts'

/** Below the length of a server's queue of new connections, 511, past which they wait for a second. */
const atOnce = 250
const maxTries = 10
const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4']

export interface CrowdOptions {
  target: Target
  server: ServerProcess
  /** As `signIn` made them; they are shared out in turn. */
  cookies: string[]
  count: number
  roomsOf(index: number): string[]
  cursor?: Cursor
  onOpen?: (answer: string) => void
}

/** Connects `count` clients and opens their rooms. A connection that is lost later ends the run. */
export async function gather(options: CrowdOptions): Promise<RawSocket[]> {
  const { server, count, onOpen } = options
  const sockets: RawSocket[] = new Array(count)
  let next = 0
  const work = async () => {
    while (next < count) {
      const index = next++
      const { socket, answer } = await connect(options, index)
      sockets[index] = socket
      onOpen?.(answer)
      socket.onClose = (reason) => {
        if (server.isMeantToRun) throw new Error(`Client ${index} lost its connection: ${reason}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work))
  return sockets
}

/** A server that has too much to do resets connections before it has taken them; a client that is refused tries again. */
async function connect(options: CrowdOptions, index: number): Promise<{ socket: RawSocket; answer: string }> {
  const { target, server, cookies, roomsOf, cursor } = options
  const { dialect } = target
  for (let tries = 1; ; tries++) {
    const socket = new RawSocket({
      port: server.port,
      path: dialect.path,
      protocol: dialect.protocol,
      cookie: cookies[index % cookies.length],
      localAddress: addresses[index % addresses.length] as string,
    })
    try {
      return { socket, answer: await dialect.open(socket, roomsOf(index), cursor) }
    } catch (error) {
      if (tries === maxTries) throw error
      await sleep(100 * tries)
    }
  }
}

/** Makes so many users, each with a session. @param from the number of the first @returns their cookies */
export async function signIn({ dialect }: Target, port: number, users: number, from = 0): Promise<string[]> {
  if (!dialect.hasSessions) return []
  const cookies: string[] = []
  for (let first = 0; first < users; first += 50) {
    const group = Array.from({ length: Math.min(50, users - first) }, (_, i) => cookieOf(port, from + first + i))
    cookies.push(...(await Promise.all(group)))
  }
  return cookies
}

async function cookieOf(port: number, index: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/signin`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ name: `U${String(index + 1).padStart(4, '0')}` }),
  })
  await response.arrayBuffer()
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0])
  if (!response.ok || !cookies.length) throw new Error(`Signing in was answered with ${response.status}.`)
  return cookies.join('; ')
}

/** What the two servers on bare `ws` share. */
import type { AddressInfo } from 'node:net'
import type { WebSocket, WebSocketServer } from 'ws'

export interface Message {
  type: string
  room: string
  data: string
}

const heartbeatMs = 25_000

/** A user of the same size as Teahouse's. */
export function userOf(number: number) {
  return { id: number, name: `U${String(number).padStart(4, '0')}`, image: number % 10 }
}

/** "How to detect and close broken connections", as the README of `ws` has it. */
export function keepAlive(server: WebSocketServer): void {
  const isAlive = new WeakMap<WebSocket, boolean>()
  server.on('connection', (socket) => {
    isAlive.set(socket, true)
    socket.on('pong', () => isAlive.set(socket, true))
  })
  setInterval(() => {
    for (const socket of server.clients) {
      if (!isAlive.get(socket)) socket.terminate()
      isAlive.set(socket, false)
      socket.ping()
    }
  }, heartbeatMs)
}

export function say(server: WebSocketServer): void {
  server.on('listening', () => console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  process.on('SIGTERM', () => process.exit(0))
}

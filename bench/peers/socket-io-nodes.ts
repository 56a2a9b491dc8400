/** One of several nodes of the same chat on Socket.IO, with its Redis streams adapter. Messages are in the stream, and acknowledged to nobody. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@redis/client'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Server } from 'socket.io'
import { type Message, userOf } from './ws-common.ts'

const redis = createClient({ url: process.env.REDIS_URL ?? '' })
await redis.connect()
const http = createServer()
const io = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
  adapter: createAdapter(redis),
})
const last = new Map<string, number>()
let people = 0

io.on('connection', (socket) => {
  const user = userOf(++people)
  socket.on('open', async (rooms: string[], answer: () => void) => {
    await socket.join(rooms)
    answer()
  })
  socket.on('chat', ({ type, room, data }: Message) => {
    // Of this node alone: there is no order that all nodes agree on.
    const id = (last.get(room) ?? 0) + 1
    last.set(room, id)
    io.to(room).emit('message', { id, room, user, at: Date.now(), type, data })
  })
})

http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', 511, () => {
  console.log(`listening on http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})
process.on('SIGTERM', () => process.exit(0))

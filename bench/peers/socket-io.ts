/** The same chat on Socket.IO, over WebSocket only, each room one of its rooms. Nothing is stored. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { type Message, userOf } from './ws-common.ts'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
const last = new Map<string, number>()
let people = 0

io.on('connection', (socket) => {
  const user = userOf(++people)
  socket.on('open', async (rooms: string[], answer: () => void) => {
    await socket.join(rooms)
    answer()
  })
  socket.on('chat', ({ type, room, data }: Message) => {
    const id = (last.get(room) ?? 0) + 1
    last.set(room, id)
    io.to(room).emit('message', { id, room, user, at: Date.now(), type, data })
  })
})

http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', 511, () => {
  console.log(`listening on http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})
process.on('SIGTERM', () => process.exit(0))

/** The server of the tutorial on today's `ws`: one room, everybody in it, `clients.forEach(send)`. Nothing is stored. */
import { type WebSocket, WebSocketServer } from 'ws'
import { keepAlive, type Message, say, userOf } from './ws-common.ts'

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0), perMessageDeflate: false })
let people = 0
let id = 0

server.on('connection', (socket: WebSocket) => {
  const user = userOf(++people)
  socket.on('error', () => socket.terminate())
  socket.on('message', (data) => {
    const { type, room, data: text } = JSON.parse(data.toString()) as Message
    const message = JSON.stringify({ id: ++id, room, user, at: Date.now(), type, data: text })
    server.clients.forEach((client) => {
      if (client.readyState === client.OPEN) client.send(message)
    })
  })
})
keepAlive(server)
say(server)

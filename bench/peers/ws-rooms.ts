/** The tutorial's server with rooms: a Set of sockets for each. Nothing is stored. */
import { type WebSocket, WebSocketServer } from 'ws'
import { keepAlive, type Message, say, userOf } from './ws-common.ts'

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0), perMessageDeflate: false })
const rooms = new Map<string, { last: number; members: Set<WebSocket> }>()
let people = 0

server.on('connection', (socket: WebSocket) => {
  const user = userOf(++people)
  const own: string[] = []
  socket.on('error', () => socket.terminate())
  socket.on('message', (data) => {
    const command = JSON.parse(data.toString()) as Message & { rooms?: string[] }
    if (command.rooms) {
      own.push(...command.rooms)
      for (const name of own) roomOf(name).members.add(socket)
      return socket.send('{"type":"opened"}')
    }
    const { type, room, data: text } = command
    const target = roomOf(room)
    const message = JSON.stringify({ id: ++target.last, room, user, at: Date.now(), type, data: text })
    target.members.forEach((member) => {
      if (member.readyState === member.OPEN) member.send(message)
    })
  })
  socket.on('close', () => {
    for (const name of own) rooms.get(name)?.members.delete(socket)
  })
})
keepAlive(server)
say(server)

function roomOf(name: string) {
  const room = rooms.get(name) ?? { last: 0, members: new Set() }
  rooms.set(name, room)
  return room
}

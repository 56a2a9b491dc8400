/** Socket.IO, as one of the transports that are compared. */
import type { Cleanup, TestServer } from '../server/server.ts'
import { type SocketIoClient, socketIoClient } from './socket-io-client.ts'
import type { Follower, Transport } from './transports.ts'

export const socketIo: Transport = {
  name: 'Socket.IO',
  hasKeys: true,
  async withoutSession(server) {
    const finished: (() => void)[] = []
    const client = socketIoClient({ onTestFinished: (end) => finished.push(end) }, server)
    const { data } = await client.next('connect_error')
    for (const end of finished) end()
    return data.code
  },
  async open(t, server, cookie) {
    const client = socketIoClient(t, server, { cookie })
    const { rooms } = await client.next('welcome')
    const open = (room: string) => client.ask('open', { room, limit: 1 })
    return {
      rooms: async () => rooms.map(({ room }: { room: string }) => room),
      async history(room) {
        await open(room)
        const { messages, code } = await client.ask('history', { room })
        if (code) throw new Error(String(code))
        return (messages as { data: string }[]).map(({ data }) => data)
      },
      async send(room, data, key) {
        await open(room)
        const { id, code } = await client.ask('chat', { room, data, key })
        return code ? { refusal: String(code) } : { id: Number(id) }
      },
      follow: (room) => follow(t, server, cookie, room),
    }
  },
}

interface Chat {
  id: number
  data: string
}

async function follow(t: Cleanup, server: TestServer, cookie: string, room: string, after?: number): Promise<Follower> {
  const client = socketIoClient(t, server, { cookie, auth: { room, after } })
  let last = after ?? (await client.next('opened')).last
  return {
    get texts() {
      return chatsOf(client).map(({ data }) => data)
    },
    async next() {
      const chat: Chat = await client.next('chat')
      last = chat.id
      return chat.data
    },
    async settle() {
      await client.ask('ping')
    },
    async breakOff() {
      client.socket.disconnect()
      return () => follow(t, server, cookie, room, last)
    },
  }
}

function chatsOf({ received }: SocketIoClient): Chat[] {
  return received.filter(({ event }) => event === 'chat').map(({ args }) => args[0] as Chat)
}

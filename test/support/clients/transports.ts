/** One user over each transport, with the same methods. What a transport does not offer has no method. */

import type { Cleanup, TestServer } from '../server/server.ts'
import { socketIo } from './socket-io-transport.ts'
import { openStream, poll } from './stream-client.ts'

/** Receives the messages of a room. */
export interface Follower {
  /** Every text so far. */
  readonly texts: readonly string[]
  /** The next text. */
  next(): Promise<string>
  /** Resolves when whatever the server had for this user until now has arrived. */
  settle(): Promise<void>
  /** Breaks the connection. @returns goes on where it broke; undefined if the transport cannot */
  breakOff(): Promise<(() => Promise<Follower>) | undefined>
}

/** The id of what was stored, or the reason of a refusal: its code, or a sentence where there is none. */
export type SendAnswer = { id: number } | { refusal: string }

export interface Chatter {
  rooms?(): Promise<string[]>
  /** The texts of a room. @throws Error when it is refused */
  history?(room: string): Promise<string[]>
  send?(room: string, data: string, key: string): Promise<SendAnswer>
  follow?(room: string): Promise<Follower>
}

export interface Transport {
  name: string
  /** Whether a message can be sent again under its key. */
  hasKeys: boolean
  /** What a program without a session gets: a status, a close code, or the code of an error. */
  withoutSession(server: TestServer): Promise<number | string>
  open(t: Cleanup, server: TestServer, cookie: string): Promise<Chatter>
}

const chatV1: Transport = {
  name: 'WebSocket, `chat.v1`',
  hasKeys: true,
  withoutSession: async (server) => (await (await server.connect('/ws/chat', { protocol: 'chat.v1' })).closed).code,
  async open(_t, server, cookie) {
    const connect = () => server.connect('/ws/chat', { protocol: 'chat.v1', cookie })
    const chat = await connect()
    const { rooms } = await chat.next('welcome')
    const follow = async (room: string, after?: number): Promise<Follower> => {
      const own = await connect()
      const opened = await own.open(room, after === undefined ? {} : { after })
      const missed = (opened.entries ?? []).flatMap((entry) => (entry.type === 'chat' ? [entry.data] : []))
      const texts = [...missed]
      let last = opened.last
      return {
        texts,
        async next() {
          const waiting = missed.shift()
          if (waiting !== undefined) return waiting
          const frame = await own.next('chat')
          last = frame.id
          texts.push(frame.data)
          return frame.data
        },
        async settle() {
          await own.settle()
          texts.push(...own.received.flatMap((frame) => (frame.type === 'chat' ? [String(frame.data)] : [])))
        },
        async breakOff() {
          own.socket.terminate()
          await own.closed
          return () => follow(room, last)
        },
      }
    }
    const openOnce = async (room: string) => {
      if (!chat.received.some((frame) => frame.type === 'opened' && frame.room === room)) await chat.open(room)
    }
    return {
      rooms: async () => rooms.map(({ room }) => room),
      async history(room) {
        await openOnce(room)
        chat.send({ type: 'history', room })
        const answer = await chat.nextWhere(({ type }) => type === 'history' || type === 'error')
        if (answer.type === 'error') throw new Error(String(answer.code))
        return (answer.messages as { data: string }[]).map(({ data }) => data)
      },
      async send(room, data, key) {
        await openOnce(room)
        chat.send({ type: 'chat', room, key, data })
        const answer = await chat.nextWhere(({ type }) => type === 'sent' || type === 'error')
        return answer.type === 'sent' ? { id: Number(answer.id) } : { refusal: String(answer.code) }
      },
      follow,
    }
  },
}

const classic: Transport = {
  name: 'WebSocket, classic',
  hasKeys: false,
  withoutSession: async (server) => (await (await server.connect('/ws/chat')).closed).code,
  async open(_t, server, cookie) {
    const connect = () => server.connect('/ws/chat', { protocol: undefined, cookie })
    const chat = await connect()
    await chat.nextWhere(({ type }) => type === 'list')
    return {
      async send(_room, data) {
        chat.send(data)
        const answer = await chat.nextWhere((frame) => frame.type === 'error' || frame.data === data)
        return answer.type === 'error' ? { refusal: String(answer.data) } : { id: Number(answer.id) }
      },
      async follow() {
        const own = await connect()
        await own.nextWhere(({ type }) => type === 'list')
        const texts: string[] = []
        return {
          texts,
          async next() {
            const { data } = await own.nextWhere(({ type }) => type === 'chat')
            texts.push(String(data))
            return String(data)
          },
          // A text that is too long is answered, and costs nothing.
          async settle() {
            own.send('x'.repeat(4_001))
            await own.nextWhere(({ type }) => type === 'error')
            texts.push(...own.received.flatMap((frame) => (frame.type === 'chat' ? [String(frame.data)] : [])))
          },
          async breakOff() {
            own.socket.terminate()
            await own.closed
            return undefined
          },
        }
      },
    }
  },
}

const httpApi: Transport = {
  name: 'HTTP API',
  hasKeys: true,
  withoutSession: async ({ url }) => (await fetch(`${url}/api/rooms`)).status,
  async open(_t, { url }, cookie) {
    const ask = async (command: string, fields: object) => {
      const headers = { cookie, 'content-type': 'application/json' }
      const response = await fetch(`${url}/api/${command}`, { method: 'POST', headers, body: JSON.stringify(fields) })
      return await response.json()
    }
    return {
      async rooms() {
        const { rooms } = await (await fetch(`${url}/api/rooms`, { headers: { cookie } })).json()
        return rooms.map(({ room }: { room: string }) => room)
      },
      async history(room) {
        const { messages, code } = await ask('history', { room })
        if (code) throw new Error(code)
        return messages.map(({ data }: { data: string }) => data)
      },
      async send(room, data, key) {
        const { id, code } = await ask('chat', { room, data, key })
        return code ? { refusal: code } : { id }
      },
    }
  },
}

/** Another room, whose messages come after those of the first. */
const other = 'tea'

interface Frame {
  type: string
  [field: string]: unknown
}

function textsIn(frames: readonly Frame[], room: string): string[] {
  return frames.flatMap((frame) => (frame.type === 'chat' && frame.room === room ? [String(frame.data)] : []))
}

/** What both forms of `GET /api/stream` have in the frames at their beginning. */
function chatterOf(firstFrames: (query: string) => Promise<Frame[]>, follow: Chatter['follow']): Chatter {
  return {
    async rooms() {
      const welcome = (await firstFrames('welcome')).find(({ type }) => type === 'welcome')
      const rooms = (welcome?.rooms ?? []) as { room: string }[]
      return rooms.map(({ room }) => room)
    },
    async history(room) {
      const frames = await firstFrames(`open=${encodeURIComponent(JSON.stringify({ room }))}`)
      const opened = frames.find(({ type }) => type === 'opened')
      if (!opened) throw new Error(String(frames.find(({ type }) => type === 'error')?.code))
      return (opened.messages as { data: string }[]).map(({ data }) => data)
    },
    ...(follow && { follow }),
  }
}

const eventStream: Transport = {
  name: 'event stream',
  hasKeys: false,
  async withoutSession({ url }) {
    return (await fetch(`${url}/api/stream?room=lobby:`, { headers: { accept: 'text/event-stream' } })).status
  },
  async open(t, server, cookie) {
    const firstFrames = async (query: string): Promise<Frame[]> => {
      const stream = await openStream(t, server, { cookie }, query)
      if (stream.response.status !== 200) {
        await stream.ended
        return [{ type: 'error', code: stream.response.status }]
      }
      const { frame } = await stream.nextWhere(({ frame }) => ['welcome', 'opened', 'error'].includes(frame.type))
      await stream.close()
      return [frame]
    }
    const follow = async (room: string, query = `room=${room}:&room=${other}:`): Promise<Follower> => {
      const stream = await openStream(t, server, { cookie }, query)
      // The list of the last room: the first is open by then.
      await stream.nextWhere(({ frame }) => frame.room === other)
      let read = 0
      const follower: Follower = {
        get texts() {
          return textsIn(
            stream.received.map(({ frame }) => frame),
            room,
          )
        },
        async next() {
          while (follower.texts.length <= read) await stream.nextWhere(() => true)
          return follower.texts[read++] as string
        },
        async settle() {
          const marker = crypto.randomUUID()
          await (await httpApi.open(t, server, cookie)).send?.(other, marker, marker)
          await stream.nextWhere(({ frame }) => frame.data === marker)
        },
        async breakOff() {
          const { lastId } = stream
          await stream.close()
          return () => follow(room, lastId)
        },
      }
      return follower
    }
    return chatterOf(firstFrames, follow)
  },
}

const longPoll: Transport = {
  name: 'long poll',
  hasKeys: false,
  withoutSession: async ({ url }) => (await fetch(`${url}/api/stream?room=lobby:`)).status,
  async open(t, server, cookie) {
    const firstFrames = async (query: string): Promise<Frame[]> => {
      const { status, frames, body } = await poll(server, { cookie }, `${query}&wait=0`)
      return status === 200 ? (frames as Frame[]) : [{ type: 'error', code: body.code }]
    }
    const follow = async (room: string, query?: string): Promise<Follower> => {
      let next = query ?? (await poll(server, { cookie }, `room=${room}:&room=${other}:&wait=0`)).next
      const frames: Frame[] = []
      let read = 0
      const pollUntil = async (isMet: () => boolean) => {
        while (!isMet()) {
          const answer = await poll(server, { cookie }, next)
          if (answer.status !== 200) throw new Error(`A poll was refused with ${answer.status}.`)
          frames.push(...(answer.frames as Frame[]))
          next = answer.next
        }
      }
      const follower: Follower = {
        get texts() {
          return textsIn(frames, room)
        },
        async next() {
          await pollUntil(() => follower.texts.length > read)
          return follower.texts[read++] as string
        },
        async settle() {
          const marker = crypto.randomUUID()
          await (await httpApi.open(t, server, cookie)).send?.(other, marker, marker)
          await pollUntil(() => frames.some(({ data }) => data === marker))
        },
        breakOff: async () => () => follow(room, next),
      }
      return follower
    }
    return chatterOf(firstFrames, follow)
  },
}

/** A transport that is added here is tested with all others, and has a column in docs/protocol.md. */
export const transports: readonly Transport[] = [chatV1, classic, httpApi, eventStream, longPoll, socketIo]

/** How to talk to each server, so that the same load can be put on all of them. */
import type { RawSocket } from './raw-socket.ts'

/** Where a client was when it went away. */
export interface Cursor {
  after: number
  epoch: string
}

export interface Dialect {
  path: string
  protocol?: string
  /** Whether one signs in over HTTP first. */
  hasSessions: boolean
  /** Opens the rooms on a new socket. Resolves when messages arrive from all of them; with what was answered last. */
  open(socket: RawSocket, rooms: string[], cursor?: Cursor): Promise<string>
  /** The command that sends a message to a room; `number` ends its text. */
  chat(room: string, number: string): string
  /** Whether a frame's payload, which begins at `start`, is a message that somebody sent. */
  isMessage(bytes: Buffer, start: number): boolean
  /** Bytes between the end of a message's text and the end of its frame. */
  tail: number
}

/** 100 characters with the number: what people write in a chat is seldom longer. */
const text = 'The kettle is on, the good cups are out, and whoever comes by may sit down. '.padEnd(92, '.')

const letter = {
  i: 'i'.charCodeAt(0),
  p: 'p'.charCodeAt(0),
  four: '4'.charCodeAt(0),
  two: '2'.charCodeAt(0),
  bracket: '['.charCodeAt(0),
}

export const teahouse: Dialect = {
  path: '/ws/chat',
  protocol: 'chat.v1',
  hasSessions: true,
  async open(socket, rooms, cursor) {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    let missing = rooms.length
    socket.onText = (bytes, start, end) => {
      const isOpened =
        bytes[start + 10] === letter.p && bytes.toString('latin1', start, start + 16) === '{"type":"opened"'
      if (isOpened && --missing === 0) resolve(bytes.toString('utf8', start, end))
    }
    socket.onClose = (reason) => reject(new Error(reason))
    await socket.opened
    for (const room of rooms) socket.say(JSON.stringify({ type: 'open', room, limit: cursor ? 1_000 : 1, ...cursor }))
    return await promise
  },
  chat: (room, number) => `{"type":"chat","room":"${room}","key":"${number}","data":"${text}${number}"}`,
  isMessage: (bytes, start) => bytes[start + 2] === letter.i,
  tail: '"}'.length,
}

export const ws: Dialect = {
  path: '/',
  hasSessions: false,
  async open(socket, rooms) {
    socket.onText = () => {}
    await socket.opened
    if (rooms.length === 1) return ''
    const answered = Promise.withResolvers<string>()
    socket.onText = () => answered.resolve('')
    socket.say(JSON.stringify({ type: 'open', rooms }))
    return await answered.promise
  },
  chat: teahouse.chat,
  isMessage: (bytes, start) => bytes[start + 2] === letter.i,
  tail: '"}'.length,
}

export const socketIo: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  hasSessions: false,
  async open(socket, rooms) {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    socket.onClose = (reason) => reject(new Error(reason))
    socket.onText = (bytes, start, end) => {
      const said = bytes.toString('latin1', start, Math.min(end, start + 3))
      if (said.startsWith('0')) socket.say('40')
      else if (said.startsWith('40')) socket.say(`420${JSON.stringify(['open', rooms])}`)
      else if (said.startsWith('43')) resolve('')
      else if (said === '2') socket.say('3')
    }
    await socket.opened
    return await promise
  },
  chat: (room, number) => `42["chat",${teahouse.chat(room, number)}]`,
  isMessage: (bytes, start) => bytes[start] === letter.four && bytes[start + 1] === letter.two,
  tail: '"}]'.length,
}

/** Our server as a client of Socket.IO sees it, over a WebSocket alone. */
export const teahouseSocketIo: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  hasSessions: true,
  async open(socket, [room = 'lobby']) {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    socket.onClose = (reason) => reject(new Error(reason))
    socket.onText = (bytes, start, end) => {
      const said = bytes.toString('latin1', start, Math.min(end, start + 11))
      if (said.startsWith('0')) socket.say(`40${JSON.stringify({ room })}`)
      else if (said === '42["opened"') resolve('')
      else if (said === '2') socket.say('3')
    }
    await socket.opened
    return await promise
  },
  chat: (room, number) => `42["chat",${teahouse.chat(room, number)}]`,
  // Not the event `talk`, which comes besides.
  isMessage: (bytes, start) => bytes.toString('latin1', start, start + 9) === '42["chat"',
  tail: '"}]'.length,
}

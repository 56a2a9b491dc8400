/** Clients that receive over HTTP: raw TCP and as little work as can be, so that the load is not what is measured. */
import { connect, type Socket } from 'node:net'

export interface HttpLine {
  /** Resolves when messages arrive. */
  opened: Promise<void>
  destroy(): void
}

export interface HttpLineOptions {
  port: number
  cookie: string | undefined
  room: string
  /** Takes how many messages came. */
  heard(count: number): void
  lost(reason: string): void
}

const mark = '"type":"chat"'
const endOfHead = '\r\n\r\n'

export function openEventStream(options: HttpLineOptions): HttpLine {
  const opened = Promise.withResolvers<void>()
  const socket = connectTo(options, opened.reject)
  let rest = ''
  socket.on('data', (chunk) => {
    const text = rest + chunk.toString('latin1')
    // The list of who is there comes when the room is open.
    if (text.includes('"type":"list"')) opened.resolve()
    options.heard(text.split(mark).length - 1)
    rest = text.slice(text.lastIndexOf(mark) + mark.length).slice(1 - mark.length)
  })
  ask(socket, options, `room=${options.room}:`, 'text/event-stream')
  return { opened: opened.promise, destroy: () => leave(socket) }
}

/** Each answer is followed by the next request. */
export function openPolls(options: HttpLineOptions): HttpLine {
  const opened = Promise.withResolvers<void>()
  const socket = connectTo(options, opened.reject)
  let rest = ''
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1')
    const head = rest.indexOf(endOfHead)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(rest)?.[1])
    const end = head + endOfHead.length + length
    if (head < 0 || rest.length < end) return
    const body = rest.slice(end - length, end)
    rest = rest.slice(end)
    options.heard(body.split(mark).length - 1)
    opened.resolve()
    ask(socket, options, JSON.parse(body).next, '*/*')
  })
  ask(socket, options, `room=${options.room}:&wait=0`, '*/*')
  return { opened: opened.promise, destroy: () => leave(socket) }
}

function connectTo({ port, lost }: HttpLineOptions, failed: (error: Error) => void): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  socket.on('close', () => {
    failed(new Error('closed'))
    lost('closed')
  })
  return socket
}

function ask(socket: Socket, { port, cookie }: HttpLineOptions, query: string, accept: string): void {
  const head = [`GET /api/stream?${query} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Accept: ${accept}`]
  if (cookie !== undefined) head.push(`Cookie: ${cookie}`)
  socket.write(`${head.join('\r\n')}${endOfHead}`)
}

function leave(socket: Socket): void {
  socket.removeAllListeners('close')
  socket.destroy()
}

/** HTTP as bytes: requests are sent as they are written, and responses are read without normalizing them. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  status: number
  /** Each line of the head, by its name in small letters; a name may come twice. */
  headers: [name: string, value: string][]
  /** Everything after the head, an octet for each character. */
  body: string
}

/** Long enough for a busy machine. */
const patienceMs = 240_000

/** The `Host` of a browser that has this cookie: over http its name has the port. */
export function hostWith(cookie = ''): string {
  const [, port] = /\bsession-(\d+)=/.exec(cookie) ?? []
  return port ? `127.0.0.1:${port}` : '127.0.0.1'
}

/** The bytes of a request on a connection that is closed after it. In its head each character is an octet. */
export function requestOf(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): Buffer {
  const length = body.length > 0 && { 'Content-Length': Buffer.byteLength(body) }
  const all = { Host: hostWith(headers.Cookie), Connection: 'close', ...length, ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  const head = [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
}

/** Sends the bytes and reads until the other side ends. @throws Error when it never does */
export async function sendRaw(port: number, bytes: Uint8Array): Promise<RawAnswer> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(bytes)
  return parseAnswer(await readToTheEnd(socket))
}

/**
 * Sends HEAD requests on one connection, each when the one before it is answered.
 * @returns the status of each; fewer when one of them ended the connection
 */
export async function sendHeads(port: number, requests: readonly Uint8Array[]): Promise<number[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const statuses: number[] = []
  let head = ''
  await new Promise<void>((resolve) => {
    const ask = () => {
      const next = requests[statuses.length]
      if (next) socket.write(next)
      else resolve()
    }
    socket.setEncoding('latin1').on('data', (text: string) => {
      head += text
      if (!head.endsWith('\r\n\r\n')) return
      statuses.push(Number(head.slice(9, 12)))
      head = ''
      ask()
    })
    socket.on('error', () => {}).on('close', () => resolve())
    ask()
  })
  socket.destroy()
  return statuses
}

/** What comes until the other side ends, or resets. */
export async function readToTheEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error(`No end after ${patienceMs / 1_000} s.`)), patienceMs)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A reset is an answer too: none.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(patience)
      resolve()
    })
  }).finally(() => socket.destroy())
  return Buffer.concat(chunks)
}

export function parseAnswer(bytes: Buffer): RawAnswer {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end === -1 ? undefined : end).split('\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1] ?? 0),
    headers: lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
    body: end === -1 ? '' : text.slice(end + 4),
  }
}

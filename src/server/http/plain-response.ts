/** Answers on a bare socket, in one line of text: to upgrades that are refused, and to what is no request at all. */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { responseHeaders } from './response-headers.ts'

export function answerPlainly(
  socket: Duplex,
  status: number,
  message: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const body = `${message}\n`
  const headers = {
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ...responseHeaders,
    ...more,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  // Destroyed once it is out: a proxy must not take what follows for a tunnel.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

/** Where a request comes from: the connection itself, or what a proxy that we trust says of it. */
import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * The client's address: the connection's own, or, while that is a trusted proxy, the one that it names. Read from the
 * right, because only what a trusted proxy appended is true; everything left of that is the client's own claim.
 */
export function clientAddress(request: IncomingMessage, trusted: BlockList): string {
  const claimed = header(request, 'x-forwarded-for')
    .split(',')
    .map((word) => word.trim())
  let address = request.socket.remoteAddress ?? ''
  while (isTrusted(address, trusted)) {
    const next = claimed.pop()
    if (!next || !isIP(next)) break
    address = next
  }
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Whether the client speaks TLS, to us or to a trusted proxy. */
export function isSecure(request: IncomingMessage, trusted: BlockList): boolean {
  if (request.socket instanceof TLSSocket) return true
  return isTrusted(request.socket.remoteAddress ?? '', trusted) && header(request, 'x-forwarded-proto') === 'https'
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return (Array.isArray(value) ? value.join(',') : value) ?? ''
}

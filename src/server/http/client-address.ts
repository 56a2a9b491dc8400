/**
 * Where a request comes from: the connection itself, or what a trusted proxy says of it in `X-Forwarded-For` and
 * `X-Forwarded-Proto`. `Forwarded` (RFC 7239) is not read: few proxies send it, and most pass on what a client sends.
 */
import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP, SocketAddress } from 'node:net'
import { TLSSocket } from 'node:tls'

interface Origin {
  /** In its shortest form, an IPv4 address as such; empty when the connection has gone. */
  address: string
  /** How many trusted proxies the request has passed. */
  proxies: number
  /** What a trusted proxy names as its client and is no address. */
  unreadable?: string
}

/**
 * The client's address: the connection's own, or, while that is a trusted proxy, the one that it names. Read from the
 * right, because only what a trusted proxy appended is true; everything left of that is the client's own claim. When a
 * proxy names something that is no address, the client counts as the proxy.
 */
export function clientAddress(request: IncomingMessage, trusted: BlockList): string {
  return originOf(request, trusted).address
}

/** Whether the client speaks TLS, to us or to a trusted proxy. */
export function isSecure(request: IncomingMessage, trusted: BlockList): boolean {
  if (request.socket instanceof TLSSocket) return true
  const { proxies } = originOf(request, trusted)
  if (!proxies) return false
  // Proxies append as in X-Forwarded-For, or pass on what the first of them has set: then there are fewer than proxies.
  const schemes = listIn(request, 'x-forwarded-proto')
  const scheme = schemes[Math.max(0, schemes.length - proxies)] ?? ''
  // Some say what the browser speaks in an upgrade.
  return /^(https|wss)$/i.test(scheme)
}

/** What a trusted proxy says and we cannot read, for the operator. */
export function unreadableClaim(request: IncomingMessage, trusted: BlockList): string | undefined {
  return originOf(request, trusted).unreadable
}

function originOf(request: IncomingMessage, trusted: BlockList): Origin {
  const claimed = listIn(request, 'x-forwarded-for')
  let address = readAddress(request.socket.remoteAddress ?? '') ?? ''
  for (let proxies = 0; ; proxies++) {
    if (!isTrusted(address, trusted)) return { address, proxies }
    const claim = claimed.pop()
    const next = claim && readAddress(claim)
    if (next) address = next
    else return { address, proxies: proxies + 1, ...(claim && { unreadable: claim }) }
  }
}

/** Reads `203.0.113.9` and `2001:db8::7`, also with a port, in brackets, in quotes or with a zone, as proxies write them. */
function readAddress(text: string): string | undefined {
  const bare = text.replace(/^"(.*)"$/, '$1')
  const [, host = bare] = /^\[([^[\]]+)\](?::\d{1,5})?$/.exec(bare) ?? /^([\d.]+):\d{1,5}$/.exec(bare) ?? []
  const address = host.replace(/(?<=:.*)%[\w.-]+$/, '')
  const version = isIP(address)
  if (version !== 6) return version === 4 ? address : undefined
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=\d+\.)/, '')
}

/** Whether the address is a proxy's whose headers are believed. */
export function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

function listIn(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name] ?? []
  return [value]
    .flat()
    .flatMap((line) => line.split(','))
    .map((word) => word.trim())
}

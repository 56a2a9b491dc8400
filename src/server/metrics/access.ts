/** Says which clients may read the metrics. See `METRICS` in README.md. */
import { type BlockList, isIP } from 'node:net'
import { isNetwork, networks } from '../networks.ts'

export type MetricsAccess =
  /** At `/metrics` of the server, for clients of these networks. */
  | { type: 'networks'; networks: BlockList }
  /** At `/metrics` of the server, for those who know it. */
  | { type: 'token'; token: string }
  /** At `/metrics` of a server of its own, for all who reach it. */
  | { type: 'port'; host: string; port: number }

const loopback = '127.0.0.1'
/** What a `Bearer` token may have (RFC 6750, 2.1). A letter: a mistyped address is none. */
const token = /^(?=.*[a-z])[\w.~+/-]{16,512}=*$/i

/** Undefined for what is none of these. */
export function parseMetricsAccess(text: string): MetricsAccess | undefined {
  const words = text.split(/[\s,]+/).filter(Boolean)
  if (words.length && words.every(isNetwork)) return { type: 'networks', networks: networks(words) }
  const [, host = loopback, port = ''] = /^(?:(\[[\da-f:]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(text) ?? []
  const name = host.replace(/^\[|\]$/g, '')
  const isHost = !host.startsWith('[') || isIP(name) === 6
  if (port && isHost && Number(port) <= 65_535) return { type: 'port', host: name, port: Number(port) }
  return token.test(text) ? { type: 'token', token: text } : undefined
}

/** For the log, without the token. */
export function shownMetrics(access: MetricsAccess): Record<string, unknown> {
  switch (access.type) {
    case 'networks':
      return { type: access.type, networks: access.networks.rules }
    case 'token':
      return { type: access.type }
    case 'port':
      return access
  }
}

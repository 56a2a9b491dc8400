/** Is this request meant for us, and does it come from our own site? Forms and upgrades alike. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Config } from '../config.ts'
import { isSecure } from './client-address.ts'

type OriginSettings = Pick<Config, 'publicOrigin' | 'allowedOrigins' | 'trustProxy'>

/** What people type to come here; undefined when the request's `Host` is not one. */
export function ownOrigin(request: IncomingMessage, config: OriginSettings): string | undefined {
  if (config.publicOrigin) return config.publicOrigin
  const scheme = isSecure(request, config.trustProxy) ? 'https' : 'http'
  return hostOf(request, scheme)?.origin
}

/** The port of `ownOrigin`, over http. */
export function ownHttpPort(request: IncomingMessage, config: OriginSettings): string {
  return URL.parse(ownOrigin(request, config) ?? '')?.port || '80'
}

/**
 * What is wrong with the host that a request asks for: 400 when it names none, or several (RFC 9112, 3.2), 421 when it is
 * somebody else's name (RFC 9110, 15.5.20): of a page, say, that has its own name lead to this machine in order to read
 * here. Addresses are nobody's name, and those who watch a server or stand in front of it often ask by one.
 */
export function faultInHost(request: IncomingMessage, config: OriginSettings): 400 | 421 | undefined {
  const host = hostOf(request, 'http')
  // HTTP/1.0 knew no Host.
  if (!host) return request.httpVersion === '1.0' && request.headers.host === undefined ? undefined : 400
  return !config.publicOrigin || isOurs(host, config) ? undefined : 421
}

/** Whatever the port: the one that people type is the proxy's. */
function isOurs({ hostname }: URL, { publicOrigin, allowedOrigins }: OriginSettings): boolean {
  if (hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, ''))) return true
  return [publicOrigin, ...allowedOrigins].some((origin) => origin && URL.parse(origin)?.hostname === hostname)
}

function hostOf(request: IncomingMessage, scheme: 'http' | 'https'): URL | undefined {
  // Node keeps the first of two `Host` headers, and a proxy in front may have used the second.
  const [host = '', ...more] = request.headersDistinct.host ?? []
  // A Host with a user or a path in it would otherwise be read as another host.
  const isHost = more.length === 0 && /^[\w.:[\]-]+$/.test(host)
  return (isHost && URL.parse(`${scheme}://${host}`)) || undefined
}

/**
 * Browsers say where a request comes from, in `Origin` or `Sec-Fetch-Site`, and a page cannot forge either. What sends
 * neither is no browser, and is judged by its cookie alone.
 */
export function isSameOrigin(request: IncomingMessage, config: OriginSettings): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && config.allowedOrigins.includes(origin)) return true
  // 'none': the user opened a bookmark or typed the address.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return origin === undefined || origin === ownOrigin(request, config)
}

/** Whether a browser asks for a page: somebody may have followed a link of another site. */
export function isNavigation({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-mode'] === 'navigate'
}

/** The token of `Authorization: Bearer` (RFC 6750), which may be no token at all; undefined when the request names no bearer. */
export function bearerToken(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct.authorization ?? []
  const bearers = values.filter((value) => /^bearer\b/i.test(value))
  // A proxy may have read the other one of two headers.
  if (bearers.length && values.length > 1) return ''
  return bearers[0]?.slice('bearer'.length).trim()
}

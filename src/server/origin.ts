/** Does this request come from our own site? Forms and upgrades alike. */
import type { IncomingMessage } from 'node:http'
import type { Config } from './config.ts'
import { isSecure } from './forwarded.ts'

type OriginSettings = Pick<Config, 'publicOrigin' | 'allowedOrigins' | 'trustProxy'>

/** What people type to come here; undefined when the request's `Host` is not one. */
export function ownOrigin(request: IncomingMessage, config: OriginSettings): string | undefined {
  if (config.publicOrigin) return config.publicOrigin
  const scheme = isSecure(request, config.trustProxy) ? 'https' : 'http'
  const { host = '' } = request.headers
  // A Host with a user or a path in it would otherwise be read as another host.
  return /^[\w.:[\]-]+$/.test(host) ? URL.parse(`${scheme}://${host}`)?.origin : undefined
}

/**
 * Browsers say where a request comes from, in `Origin` or `Sec-Fetch-Site`, and a page cannot forge either. What sends
 * neither is no browser, and is judged by its cookie alone.
 */
export function isSameOrigin(request: IncomingMessage, config: OriginSettings): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && config.allowedOrigins.includes(origin)) return true
  // 'none' is a person's own doing: a bookmark, a typed address.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return origin === undefined || origin === ownOrigin(request, config)
}

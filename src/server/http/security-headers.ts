import type { Context, Next } from 'koa'
import type { Config } from '../config.ts'
import { isSecure } from './client-address.ts'
import { ownOrigin } from './request-origin.ts'
import { onlyHttps, responseHeaders } from './response-headers.ts'

/** Headers of every response. Nothing is loaded from anywhere else, and no other site may frame or script the page. */
export function securityHeaders(config: Config) {
  return async function securityHeaders(ctx: Context, next: Next): Promise<void> {
    ctx.set({
      'Content-Security-Policy': policyFor(ownOrigin(ctx.req, config)),
      ...responseHeaders,
      ...(isSecure(ctx.req, config.trustProxy) && onlyHttps),
    })
    await next()
  }
}

function policyFor(origin: string | undefined): string {
  // Older Safari does not let 'self' match a WebSocket.
  const socket = origin?.replace(/^http/, 'ws') ?? ''
  return [
    // What is not named below: objects, frames, fonts, media. Reports are not asked for: they would tell of what people's
    // extensions do to a page, to an address that anybody may fill; our own pages' faults are found by a test.
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self'",
    `connect-src 'self' ${socket}`.trim(),
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    // Vue has one of its own, for what a template has of static HTML.
    "require-trusted-types-for 'script'",
    'trusted-types vue worker',
  ].join('; ')
}

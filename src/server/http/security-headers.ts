import type { Context, Next } from 'koa'
import type { Config } from '../config.ts'
import { ownOrigin } from '../origin.ts'

/** Headers of every response. Nothing is loaded from anywhere else, and no other site may frame or script the page. */
export function securityHeaders(config: Config) {
  return async function securityHeaders(ctx: Context, next: Next): Promise<void> {
    // Older Safari does not let 'self' match a WebSocket.
    const socket = ownOrigin(ctx.req, config)?.replace(/^http/, 'ws') ?? ''
    ctx.set({
      'Content-Security-Policy': [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        `connect-src 'self' ${socket}`.trim(),
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        // Vue has one of its own, for what a template has of static HTML.
        "require-trusted-types-for 'script'",
        'trusted-types vue worker',
      ].join('; '),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      // With no-referrer a browser sends forms with `Origin: null`, and we would refuse our own.
      'Referrer-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=()',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    await next()
  }
}

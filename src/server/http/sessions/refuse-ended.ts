import type { Context, Next } from 'koa'

interface Callers {
  hasEnded(request: Context['req'], ms: number): Promise<boolean>
}

/**
 * A session may end while an answer is being read for it: then nobody gets that answer. What was written is another matter, for it was
 * checked in its transaction, and its client is to know that it is stored.
 */
export function refuseEnded(callers: Callers) {
  return async function refuseEnded(ctx: Context, next: Next): Promise<void> {
    const began = performance.now()
    await next()
    if (ctx.respond === false || ctx.headerSent || ctx.status >= 400 || !isRead(ctx)) return
    if (await callers.hasEnded(ctx.req, performance.now() - began)) ctx.throw(401)
  }
}

function isRead({ method, path, body }: Context): boolean {
  // A long poll says itself with which code it was closed.
  if (path === '/api/stream') return false
  if (method === 'GET' || method === 'HEAD') return true
  return path.startsWith('/api/') && (body as { type?: string } | null)?.type !== 'sent'
}

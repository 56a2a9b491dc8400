import type { Context, Next } from 'koa'

/** A worker reaches no further than the folder that it comes from, and a browser looks for some files where they always were. */
const files: Readonly<Record<string, string>> = {
  '/sw.js': '/static/sw.js',
  '/favicon.ico': '/static/images/icon-192.png',
  '/apple-touch-icon.png': '/static/images/apple-touch-icon.png',
}

/** Names the static files that have their address at the root. */
export function rootFiles() {
  return async function rootFiles(ctx: Context, next: Next): Promise<void> {
    const file = files[ctx.path]
    if (file) ctx.path = file
    await next()
  }
}

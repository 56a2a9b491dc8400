import type { Context, Next } from 'koa'
import { isFilePath } from '../../shared/protocol/file-path.ts'
import type { Config } from '../config.ts'
import { isApiPath, isMcpPath, isUpload } from './error-frame.ts'
import { bearerToken, isSameOrigin } from './request-origin.ts'

const preflight = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PATCH, DELETE',
  'Access-Control-Allow-Headers': [
    'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Teahouse-User, MCP-Protocol-Version, Mcp-Method, Mcp-Name',
    'Range, If-None-Match, If-Range',
    'Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, X-Requested-With',
  ].join(', '),
  'Access-Control-Max-Age': '600',
}

const exposed = [
  'Retry-After, WWW-Authenticate',
  'Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm',
  'Upload-Length, Upload-Offset, Upload-Expires, Content-Disposition, Content-Range, ETag',
].join(', ')

/** It fills a form and changes nothing: programs that share something are no page of ours. */
const share = '/share'

/** Refuses what another site tries to change in the name of our user. */
export function sameOrigin(config: Config) {
  return async function sameOrigin(ctx: Context, next: Next): Promise<void> {
    // A token is not sent by a browser by itself, as a cookie is.
    const isBearer = (isApiPath(ctx.path) || isUpload(ctx)) && bearerToken(ctx.req) !== undefined
    const isSafe = ctx.method === 'GET' || ctx.method === 'HEAD' || (ctx.method === 'POST' && ctx.path === share)
    if (!isSafe && !isBearer && !isSameOrigin(ctx.req, config)) ctx.throw(403, ctx.state.language.t('fromAnotherSite'))
    await next()
  }
}

/** Lets pages of ALLOWED_ORIGINS call the API and read its answers (CORS, in the Fetch standard). Pages of other origins get none of these headers. */
export function crossOrigin({ allowedOrigins }: Pick<Config, 'allowedOrigins'>) {
  return async function crossOrigin(ctx: Context, next: Next): Promise<void> {
    if (isApiPath(ctx.path) || isMcpPath(ctx.path) || isUpload(ctx) || isFilePath(ctx.path ?? '')) {
      ctx.vary('Origin')
      const origin = ctx.get('Origin')
      if (allowedOrigins.includes(origin)) allow(ctx, origin)
    }
    await next()
  }
}

function allow(ctx: Context, origin: string): void {
  ctx.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': exposed })
  const asked = ctx.get('Access-Control-Request-Headers')
  // A token is all that a request with one needs. Without one the cookie identifies the user, as on a WebSocket.
  const hasToken = ctx.get('Authorization') !== '' || /(^|,)\s*authorization\s*(,|$)/i.test(asked)
  if (!hasToken) ctx.set('Access-Control-Allow-Credentials', 'true')
  if (ctx.method !== 'OPTIONS') return
  ctx.vary('Access-Control-Request-Headers')
  ctx.set(preflight)
}

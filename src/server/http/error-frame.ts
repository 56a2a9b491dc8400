/** Refusals of the HTTP API: the `error` frames of the protocol, with a status. */
import type { Context } from 'koa'
import { referenceOf } from '../../shared/protocol/commands.ts'
import { type ChatError, type ErrorCode, usedKeyMessage } from '../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import { socketIoPath } from '../../shared/protocol/limits.ts'
import { UploadFault } from '../files/upload-faults.ts'
import { retryAfter } from './retry-after.ts'

type ErrorFrame = Extract<ServerFrame, { type: 'error' }>

const statuses: Readonly<Record<ErrorCode, number>> = {
  'bad-frame': 400,
  'unknown-type': 404,
  'bad-field': 400,
  'too-long': 413,
  'too-large': 413,
  quota: 413,
  'file-refused': 422,
  'too-fast': 429,
  'no-such-room': 404,
  'not-in-room': 403,
  'no-such-message': 404,
  'no-such-user': 404,
  'no-such-file': 404,
  'name-taken': 409,
  forbidden: 403,
  'not-accepted': 403,
  muted: 403,
  'read-only': 403,
  unavailable: 503,
  internal: 500,
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'unknown-type',
  405: 'unknown-type',
  413: 'too-long',
  421: 'forbidden',
  429: 'too-fast',
  500: 'internal',
  503: 'unavailable',
}

/** Answers with the `error` frame of a refused command. @param fields those of the request */
export function refuseCommand(ctx: Context, error: ChatError, fields: Record<string, unknown>): void {
  const { code, message, retryAfterMs } = error
  ctx.status = message === usedKeyMessage ? 409 : statuses[code]
  if (retryAfterMs) ctx.set('Retry-After', retryAfter(retryAfterMs))
  ctx.body = { type: 'error', code, message, ...(retryAfterMs && { retryAfterMs }), ...referenceOf(fields) }
}

/**
 * Answers an upload that was refused for its own reasons. Koa knows no status 460.
 * @returns whether it was one of those
 */
export function refuseUpload(ctx: Context, error: unknown): boolean {
  if (!(error instanceof UploadFault)) return false
  ctx.status = error.status
  if (error.status === 460) ctx.message = 'Checksum Mismatch'
  ctx.body = errorFrame(error.status, error.message)
  return true
}

/** Answers a webhook that was refused, in plain text. */
export function refuseHook(ctx: Context, { code, message, retryAfterMs }: ChatError): void {
  ctx.status = message === usedKeyMessage ? 409 : statuses[code]
  if (retryAfterMs) ctx.set('Retry-After', retryAfter(retryAfterMs))
  ctx.type = 'text/plain'
  ctx.body = message
}

/** The frame for a request that was refused before it became a command. */
export function errorFrame(status: number, message: string): ErrorFrame {
  const sentence = /[.。]$/.test(message) ? message : `${message}.`
  return { type: 'error', code: codes[status] ?? 'bad-frame', message: sentence }
}

/** Whether webhooks come here: their programs read no pages, and the path is a secret. */
export function isHookPath(path: string | undefined): boolean {
  return path?.startsWith('/hooks/') ?? false
}

/** Whether programs speak JSON-RPC here. */
export function isMcpPath(path: string | undefined): boolean {
  return path === '/mcp'
}

/** Whether programs speak here, whatever they accept. */
export function isApiPath(path: string | undefined): boolean {
  return path === socketIoPath || (path?.startsWith('/api/') ?? false)
}

/** Whether a program uploads files here. */
export function isUpload({ method, path }: Pick<Context, 'method' | 'path'>): boolean {
  // A target like `http://?x` has no path.
  return method !== 'GET' && /^\/rooms\/[^/]+\/files(\/(?!(message|picture|picture\/remove)$)|$)/.test(path ?? '')
}

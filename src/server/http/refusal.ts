import type { Context } from 'koa'
import type { ChatError, ErrorCode } from '../../shared/protocol/errors.ts'
import { retryAfter } from './retry-after.ts'

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = { 'too-fast': 429, unavailable: 503 }

/** Sets the status of a refused command, and when to try again. @param otherwise the status of most refusals */
export function setRefusal(ctx: Context, { code, retryAfterMs }: ChatError, otherwise: 400 | 403): void {
  ctx.status = statuses[code] ?? otherwise
  if (retryAfterMs) ctx.set('Retry-After', retryAfter(retryAfterMs))
}

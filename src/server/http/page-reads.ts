import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { ChatError } from '../../shared/protocol.ts'
import type { ReadQueue } from '../chat/read-queue.ts'
import { networkOf } from '../network.ts'
import type { Meter, Viewer } from '../store/store.ts'

export type PageReads = <Result>(
  ctx: Context,
  session: Viewer,
  work: (meter: Meter) => Promise<Result>,
) => Promise<Result>

/** Pages read in turn with sockets, at the cost of the same user. Whoever does not wait for his page is not read for. */
export function createPageReads(
  reads: Pick<ReadQueue, 'read' | 'leave'>,
  addressOf: (request: IncomingMessage) => string,
): PageReads {
  return async function read(ctx, session, work) {
    const reader = {
      session,
      network: networkOf(addressOf(ctx.req)),
      get isGone() {
        return ctx.res.closed
      },
    }
    const leave = () => reads.leave(reader)
    ctx.res.once('close', leave)
    try {
      return await reads.read(reader, work)
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'too-fast') throw error
      ctx.set('Retry-After', String(Math.ceil((error.retryAfterMs ?? 1_000) / 1_000)))
      return ctx.throw(503, ctx.state.language.t('tooMuchRead'), { expose: true })
    } finally {
      ctx.res.off('close', leave)
    }
  }
}

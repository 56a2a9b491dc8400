import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { ChatError } from '../../shared/protocol/errors.ts'
import { retryAfter } from '../http/retry-after.ts'
import type { Meter, Viewer } from '../store/store.ts'
import { networkOf } from './network.ts'
import type { ReadQueue } from './read-queue.ts'
import { TurnQueue } from './turn-queue.ts'

/** What was read is rendered next, which takes milliseconds of the event loop: in each of its turns for one page. */
const maxRenderedInTurn = 1
/** A client that asks for one page after the other takes a fifth of the event loop. */
const renderingRest = 4

export type PageReads = <Result>(
  ctx: Context,
  session: Viewer,
  work: (meter: Meter) => Promise<Result>,
) => Promise<Result>

/** Pages read in turn with sockets, at the cost of the same user. Nothing is read for a client that has gone. */
export function createPageReads(
  reads: Pick<ReadQueue, 'read' | 'leave'>,
  addressOf: (request: IncomingMessage) => string,
): PageReads {
  const rendering = new TurnQueue(maxRenderedInTurn, { rest: renderingRest })
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
      const result = await reads.read(reader, work)
      await rendering.turn(String(session.user.id))
      return result
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'too-fast') throw error
      ctx.set('Retry-After', retryAfter(error.retryAfterMs ?? 1_000))
      return ctx.throw(503, ctx.state.language.t('serverBusy'), { expose: true })
    } finally {
      ctx.res.off('close', leave)
    }
  }
}

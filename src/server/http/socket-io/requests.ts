import type { Context, Next } from 'koa'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { socketIoPath } from '../../../shared/protocol/limits.ts'
import type { SocketIo } from '../../transports/socket-io/socket-io.ts'
import { refuseCommand } from '../error-frame.ts'

/** Hands the polls of clients of Socket.IO to their engine. @param socketIo undefined when it is off */
export function socketIoRequests(socketIo: Pick<SocketIo, 'serve'> | undefined) {
  return async function socketIoRequests(ctx: Context, next: Next): Promise<void> {
    if (!socketIo || ctx.path !== socketIoPath) return await next()
    if (ctx.method === 'OPTIONS') {
      ctx.set('Allow', 'GET, POST')
      ctx.status = 204
      return
    }
    if (ctx.method !== 'GET' && ctx.method !== 'POST') return refuseMethod(ctx)
    try {
      // Until the engine says otherwise.
      ctx.status = 200
      await socketIo.serve(ctx.req, ctx.res)
      ctx.respond = false
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      refuseCommand(ctx, error, {})
    }
  }
}

/** As the engine does (engine.io-protocol 4, "Handshake"). */
function refuseMethod(ctx: Context): void {
  ctx.status = 400
  ctx.body = { code: 2, message: 'Bad handshake method' }
}

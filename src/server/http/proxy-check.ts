import type { Context, Next } from 'koa'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { unreadableClaim } from './client-address.ts'

const maxShown = 100

/** Tells the operator, once, that a trusted proxy names its clients in a way that we cannot read: they all count as it. */
export function proxyCheck({ trustProxy }: Config, log: Log) {
  let isTold = false
  return async function proxyCheck(ctx: Context, next: Next): Promise<void> {
    const claim = isTold ? undefined : unreadableClaim(ctx.req, trustProxy)
    if (claim !== undefined) {
      isTold = true
      log.event('client-unreadable', { address: ctx.req.socket.remoteAddress, claim: claim.slice(0, maxShown) })
    }
    await next()
  }
}

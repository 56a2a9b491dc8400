import type { Context, Next } from 'koa'
import type { Config } from '../config.ts'
import { isSameOrigin } from './request-origin.ts'

/** Refuses what another site tries to change in the name of our user. */
export function sameOrigin(config: Config) {
  return async function sameOrigin(ctx: Context, next: Next): Promise<void> {
    const isSafe = ctx.method === 'GET' || ctx.method === 'HEAD'
    if (!isSafe && !isSameOrigin(ctx.req, config)) ctx.throw(403, ctx.state.language.t('fromAnotherSite'))
    await next()
  }
}

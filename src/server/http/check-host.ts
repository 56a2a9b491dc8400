import type { Context, Next } from 'koa'
import type { Config } from '../config.ts'
import { faultInHost } from './request-origin.ts'

/** Paths of those who watch over the process. */
const monitoring: ReadonlySet<string> = new Set(['/healthz', '/metrics'])

/** Refuses what is meant for another host, once it is known which one we are. */
export function checkHost(config: Config) {
  return async function checkHost(ctx: Context, next: Next): Promise<void> {
    const fault = faultInHost(ctx.req, config)
    // Whatever watches over the process asks by a name of its own, and is told nothing but that.
    if (fault === 421 && !monitoring.has(ctx.path)) ctx.throw(421, ctx.state.language.t('anotherHost'))
    if (fault === 400) ctx.throw(400)
    await next()
  }
}

import Koa, { type Context } from 'koa'
import bodyParser from 'koa-bodyparser'
import type { AppContext } from './http/app-context.ts'
import { checkHost } from './http/check-host.ts'
import { type Route, routerOf, trailingSlash } from './http/controllers.ts'
import { errors } from './http/errors.ts'
import { forms } from './http/forms.ts'
import { proxyCheck } from './http/proxy-check.ts'
import { rootFiles } from './http/root-files.ts'
import { crossOrigin, sameOrigin } from './http/same-origin.ts'
import { securityHeaders } from './http/security-headers.ts'
import { refuseEnded } from './http/sessions/refuse-ended.ts'
import { socketIoRequests } from './http/socket-io/requests.ts'
import { staticFiles } from './http/static-files.ts'
import { preferences } from './http/views/preferences.ts'
import { limitPages, limitRequests, type RequestLimits } from './rate-limit/limit-requests.ts'

interface AppNeeds {
  context: AppContext
  limits: RequestLimits
  routes: readonly Route[]
  socketIo: Parameters<typeof socketIoRequests>[0]
  /** The folder of static files. */
  files: string
}

/** The pages, from request to response. */
export function createApp({ context, limits, routes, socketIo, files }: AppNeeds): Koa {
  const { config, settings, log, addressOf } = context
  const { callers } = context.auth
  const app = new Koa()
  const router = routerOf(routes, context)
  app.use(securityHeaders(config))
  app.use(preferences(settings))
  app.use(errors(log, context.pages.render))
  app.use(proxyCheck(config, log))
  app.use(checkHost(config))
  app.use(crossOrigin(config))
  const requestLimits = { limits, log, addressOf, callers }
  app.use(limitRequests(requestLimits))
  app.use(rootFiles())
  app.use(staticFiles(files))
  // Before bodies are read: the engine reads its own. It has limits of its own, too: a poll costs less than a page.
  app.use(socketIoRequests(socketIo))
  app.use(limitPages(requestLimits))
  app.use(refuseEnded(callers))
  app.use(sameOrigin(config))
  // A form writes each byte of what is not English as three, and the longest message is one.
  app.use(bodyParser({ enableTypes: ['form', 'json'], formLimit: '64kb', jsonLimit: '64kb', onError: refuseBody }))
  app.use(forms())
  app.use(trailingSlash(router))
  app.use(router.routes())
  app.use(router.allowedMethods())
  // What is left: a response that broke off halfway, mostly because its reader has gone.
  app.on('error', (error) => log.debug({ reason: error.message }, 'a response broke off'))
  return app
}

/** A body that cannot be unpacked is the client's fault. The parser's error does not say so. */
function refuseBody(error: Error, ctx: Context): never {
  if ('status' in error) throw error
  return ctx.throw(400)
}

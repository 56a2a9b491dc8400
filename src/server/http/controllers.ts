import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Context, Next } from 'koa'
import Router from 'koa-router'
import type { Action, AppContext, Controller } from './app-context.ts'

const routeShape = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/\S*)$/

export interface Route {
  method: string
  path: string
  action: Action
}

/**
 * Loads every file of `folder` and of the folders in it.
 * @throws Error naming the file that is not a controller
 */
export async function loadControllers(folder: string): Promise<Route[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[jt]s$/.test(file))
  const routes: Route[] = []
  for (const file of files.sort()) {
    try {
      routes.push(...(await loadOnce(join(folder, file))))
    } catch (error) {
      const [reason] = String(error instanceof Error ? error.message : error).split('\n', 1)
      throw new Error(`controllers/${file} does not fit: ${reason}`, { cause: error })
    }
  }
  return routes.sort(fixedFirst)
}

/** `/rooms/:room/pins` comes before `/rooms/:room/:id`, whatever files they are in. */
function fixedFirst(a: Route, b: Route): number {
  return Number(endsInParameter(a)) - Number(endsInParameter(b))
}

function endsInParameter({ path }: Route): boolean {
  return /\/:\w+$/.test(path)
}

export function routerOf(routes: readonly Route[], app: AppContext): Router {
  // Limits in front of us, nginx's among them, match a path as it is written here. Another spelling must not pass them by.
  const router = new Router({ strict: true, sensitive: true })
  for (const { method, path, action } of routes) router.register(path, [method], (ctx) => action(ctx, app))
  return router
}

/**
 * Leads from `/rooms/tea/` to `/rooms/tea`: people type the slash. Reading only, since a redirected form may lose its
 * fields; and no link, whose token would then be in one more request.
 */
export function trailingSlash(router: Router) {
  return async function trailingSlash(ctx: Context, next: Next): Promise<void> {
    await next()
    const isRead = ctx.method === 'GET' || ctx.method === 'HEAD'
    if (!isRead || ctx.status !== 404 || ctx.body != null || !ctx.path?.endsWith('/')) return
    const path = ctx.path.slice(0, -1)
    if (!path.startsWith('/link/') && router.match(path, 'GET').route) ctx.redirect(path + ctx.search)
  }
}

/** By path: a process that starts several servers loads each file once. */
const loaded = new Map<string, Promise<Route[]>>()

function loadOnce(file: string): Promise<Route[]> {
  const routes = loaded.get(file) ?? load(file)
  loaded.set(file, routes)
  return routes
}

async function load(file: string): Promise<Route[]> {
  const module = await import(pathToFileURL(file).href)
  const controller: unknown = module.default
  if (!isController(controller)) {
    throw new Error(`its default export must be a map like { 'GET /path': (ctx, app) => … }.`)
  }
  return Object.entries(controller).map(([route, action]) => {
    const [, method = '', path = ''] = routeShape.exec(route) ?? []
    // Throws for a pattern that is none.
    new Router().register(path, [method], () => {})
    return { method, path, action }
  })
}

function isController(value: unknown): value is Controller {
  // One without a route is no page: an array, a Map or a forgotten one would be silently nothing.
  const routes = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return routes.length > 0 && routes.every(([route, action]) => routeShape.test(route) && isAction(action))
}

function isAction(value: unknown): value is Action {
  return typeof value === 'function'
}

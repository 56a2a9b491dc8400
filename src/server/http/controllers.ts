import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Router from 'koa-router'
import type { Action, Controller, House } from './context.ts'

const routeShape = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/

/**
 * Registers every file of `folder` on a router.
 * @throws Error naming the file that is not a controller
 */
export async function controllers(folder: string, house: House): Promise<Router> {
  const router = new Router()
  const files = readdirSync(folder).filter((file) => /\.[jt]s$/.test(file))
  for (const file of files.sort()) {
    await register(router, join(folder, file), house).catch((error: unknown) => {
      const [reason] = String(error instanceof Error ? error.message : error).split('\n', 1)
      throw new Error(`controllers/${file} does not fit: ${reason}`, { cause: error })
    })
  }
  return router
}

async function register(router: Router, file: string, house: House): Promise<void> {
  for (const [route, action] of Object.entries(await load(file))) {
    const [, method = '', path = ''] = routeShape.exec(route) ?? []
    router.register(path, [method], (ctx) => action(ctx, house))
  }
}

async function load(file: string): Promise<Controller> {
  const module = await import(pathToFileURL(file).href)
  const controller: unknown = module.default
  if (!isController(controller)) {
    throw new Error(`its default export must be a map like { 'GET /path': (ctx, house) => … }.`)
  }
  return controller
}

function isController(value: unknown): value is Controller {
  // One without a route is no page: an array, a Map or a forgotten one would be silently nothing.
  const routes = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return routes.length > 0 && routes.every(([route, action]) => routeShape.test(route) && isAction(action))
}

function isAction(value: unknown): value is Action {
  return typeof value === 'function'
}

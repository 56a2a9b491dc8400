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
    for (const [route, action] of Object.entries(await load(folder, file))) {
      const [, method = '', path = ''] = routeShape.exec(route) ?? []
      router.register(path, [method], (ctx) => action(ctx, house))
    }
  }
  return router
}

async function load(folder: string, file: string): Promise<Controller> {
  const module = await import(pathToFileURL(join(folder, file)).href)
  const controller: unknown = module.default
  if (!isController(controller)) {
    throw new Error(
      `controllers/${file} does not fit: its default export must be a map like { 'GET /path': (ctx, house) => … }.`,
    )
  }
  return controller
}

function isController(value: unknown): value is Controller {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([route, action]) => routeShape.test(route) && isAction(action))
  )
}

function isAction(value: unknown): value is Action {
  return typeof value === 'function'
}

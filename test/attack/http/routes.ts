/** What the router knows, so that no route can be forgotten: one that is added tomorrow is attacked tomorrow. */
import { METHODS } from 'node:http'
import { join } from 'node:path'
import type { AppContext } from '../../../src/server/http/app-context.ts'
import { loadControllers, routerOf } from '../../../src/server/http/controllers.ts'
import { lobby } from '../../../src/shared/protocol/limits.ts'
import type { Size } from '../battery.ts'

export interface Route {
  methods: readonly string[]
  /** As the controller names it: `/rooms/:room`. */
  path: string
  /** A path of that form. `values` stand for its parameters, as they are; those that are not given have a usual one. */
  at(values?: Record<string, string>): string
  parameters: readonly string[]
}

const usual: Readonly<Record<string, string>> = { room: lobby, id: '1', file: 'f'.repeat(32) }

/**
 * The paths of the server and their methods; a path that two methods have comes once.
 * @param own what parameters stand for where nothing else is given
 */
export async function allRoutes(own: Readonly<Record<string, string>> = {}): Promise<Route[]> {
  // Registered and never asked: no action is reached, so none misses its services.
  const router = routerOf(await loadControllers(join(import.meta.dirname, '../../../controllers')), {} as AppContext)
  const byPath = Map.groupBy(router.stack, ({ path }) => String(path))
  return [...byPath].map(([path, layers]) => ({
    methods: layers.flatMap((layer) => layer.methods),
    path,
    at: (values = {}) => path.replace(/:(\w+)/g, (_, name) => values[name] ?? own[name] ?? usual[name] ?? 'x'),
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name),
  }))
}

/** Those that a server may have heard of, and in the long form all that Node knows; CONNECT has no path. */
export function methodsFor(size: Size): readonly string[] {
  const usual = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']
  return size !== 'long' ? usual : METHODS.filter((method) => method !== 'CONNECT')
}

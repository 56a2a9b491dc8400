/** What the router knows, so that no route can be forgotten: one that is added tomorrow is attacked tomorrow. */
import { join } from 'node:path'
import type { House } from '../../src/server/http/context.ts'
import { controllers } from '../../src/server/http/controllers.ts'
import { lobby } from '../../src/shared/protocol.ts'

export interface Route {
  methods: readonly string[]
  /** As the controller names it: `/rooms/:room`. */
  path: string
  /** A path of that form. `values` stand for its parameters, as they are; those that are not given have a usual one. */
  at(values?: Record<string, string>): string
  parameters: readonly string[]
}

const usual: Readonly<Record<string, string>> = { room: lobby, id: '1' }

/** The paths of the house and their methods; a path that two methods have comes once. */
export async function allRoutes(): Promise<Route[]> {
  // Registered and never asked: no action is reached, so none misses its house.
  const router = await controllers(join(import.meta.dirname, '../../controllers'), {} as House)
  const byPath = Map.groupBy(router.stack, ({ path }) => String(path))
  return [...byPath].map(([path, layers]) => ({
    methods: layers.flatMap((layer) => layer.methods),
    path,
    at: (values = {}) => path.replace(/:(\w+)/g, (_, name) => values[name] ?? usual[name] ?? 'x'),
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name),
  }))
}

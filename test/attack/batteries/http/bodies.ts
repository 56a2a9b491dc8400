import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import type { TestServer } from '../../../support/server/server.ts'
import { type Battery, premise, share, Tally } from '../../battery.ts'
import { type HostileBody, hostileBodies, hostileQueries } from '../../http/bodies.ts'
import { allFields, withPassword } from '../../http/form-fields.ts'
import { requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes } from '../../http/routes.ts'
import { populate } from '../../server/owned-server.ts'

export default {
  what: 'Bodies and queries that are too large, too deep, too many, of another type or aimed at prototypes, at every route: the server handles each.',
  atLeast: { smallest: 50, short: 500, long: 500 },

  async run(size, t) {
    const tally = new Tally()
    const { server, values, signIn } = await populate(t)
    const prototype = Object.getOwnPropertyNames(Object.prototype).join()
    const names = Object.keys(allFields(withPassword))
    const [bodies, queries] = [hostileBodies(names), hostileQueries(names)]
    for (const [number, { at, methods }] of (await allRoutes(values)).entries()) {
      const cookie = await signIn()
      await mapConcurrently(share(size, 10, queries), 8, async (query) => {
        const { status } = await sendRaw(server.port, requestOf('GET', `${at()}?${query}`, { Cookie: cookie }))
        tally.count(status > 0 && status < 500, `GET ${at()}?${query}: ${status}`)
      })
      if (!methods.includes('POST')) continue
      const askers = [{ Cookie: cookie }, ...(size === 'long' ? [{}] : [])]
      const attempts = bodies.flatMap((body) => askers.map((asker) => ({ body, asker })))
      await mapConcurrently(share(size, 30, attempts, number), 8, async ({ body, asker }) => {
        const { status } = await post(server, at(), asker, body)
        const isRight = body.status ? status === body.status : status > 0 && status < 500
        tally.count(isRight, `POST ${at()} with ${body.what}: ${status}`)
      })
    }
    tally.count(prototype === Object.getOwnPropertyNames(Object.prototype).join(), 'Object.prototype was changed')
    for (const name of namesOf(server)) tally.count(!/object|^a,b$|^true$|^1$/i.test(name), `a user is named ${name}`)
    premise((await server.signIn('Anna')).user.name === 'Anna', 'nobody can sign in any more')
    return tally
  },
} satisfies Battery

function post({ port }: TestServer, path: string, asker: Record<string, string>, { headers, body }: HostileBody) {
  return sendRaw(port, requestOf('POST', path, { ...asker, ...headers }, body))
}

/** A value that is not a string must not have become one. */
function namesOf({ dataDir }: TestServer): string[] {
  const database = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  const names = database
    .prepare('select name from users')
    .all()
    .map(({ name }) => String(name))
  database.close()
  return names
}

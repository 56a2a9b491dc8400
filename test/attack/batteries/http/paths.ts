import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { traversals, waysUp } from '../../../http/traversal.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { type RawAnswer, requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes, type Route } from '../../http/routes.ts'
import { populate } from '../../server/owned-server.ts'

const root = join(import.meta.dirname, '../../../..')

const routeShare = 50

/** What lies outside of what is served, and what it is known by. */
interface Secret {
  path: string
  mark: string
}

export default {
  what: 'Paths that lead out of the static folder, in every spelling, octet by octet: no file outside is read.',
  atLeast: { smallest: 150, short: 600, long: 10_000 },

  async run(size, t) {
    const tally = new Tally()
    const { server, values, signIn } = await populate(t)
    const cookie = await signIn()
    const get = (target: string) => sendRaw(server.port, requestOf('GET', target, { Cookie: cookie }))
    premise((await get('/static/css/base.css')).status === 200, 'a file inside is not served either')
    const secrets: Secret[] = [
      { path: join(root, 'package.json'), mark: '"private": true' },
      { path: join(server.dataDir, 'teahouse.db'), mark: 'SQLite format 3' },
      { path: '/etc/passwd', mark: 'root:' },
    ]
    for (const { path, mark } of secrets) {
      premise(readFileSync(path, 'latin1').includes(mark), `${path} is not there, or not what it was`)
    }
    const marks = secrets.map(({ mark }) => mark)
    const targets = targetsFor(await allRoutes(values), secrets, size)
    await mapConcurrently(share(size, 12, [...new Set(targets)]), 8, async (target) => {
      const fault = faultIn(target, await get(target), marks)
      tally.count(!fault, `GET ${target}: ${fault}`)
    })
    return tally
  },
} satisfies Battery

/** In the short form one secret, and each route has its share of the ways; below `/static/` all of them are tried. */
function targetsFor(routes: Route[], secrets: Secret[], size: Size): string[] {
  const sought = size === 'long' ? secrets : secrets.slice(0, 1)
  return sought.flatMap(({ path }) => {
    const ways = waysUp(path.slice(1))
    const mine = (route: number) => ways.filter((_, i) => size === 'long' || (i + route) % routeShare === 0)
    return [...traversals(path), ...routes.flatMap((route, i) => mine(i).flatMap((way) => inEveryPlace(route, way)))]
  })
}

/** Behind the path, in place of each of its parameters, and in a query. */
function inEveryPlace({ at, parameters }: Route, way: string): string[] {
  const inParameters = parameters.map((name) => at({ [name]: way }))
  return [`${at()}/${way}`, `${at()}?to=/${way}&room=${way}`, ...inParameters]
}

/** "Not there" is a page too, and so is a room of a strange name: what counts is what stands in it. */
function faultIn(target: string, { status, body }: RawAnswer, marks: string[]): string | undefined {
  if (marks.some((mark) => body.includes(mark))) return 'it was read'
  if (status === 0 || status >= 500) return `it was answered with ${status}`
  if (target.startsWith('/static/') && status !== 404 && status !== 400) return `it was answered with ${status}`
  return undefined
}

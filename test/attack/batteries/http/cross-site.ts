import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { allFields, type Body, bodiesOf, withPassword } from '../../http/form-fields.ts'
import { type RawAnswer, requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes, methodsFor, type Route } from '../../http/routes.ts'
import { type PopulatedServer, populate } from '../../server/owned-server.ts'
import { StoredData } from '../../server/stored-data.ts'

const evil = 'https://evil.example'

/** How a browser marks requests that another site's page makes with our user's cookie. */
function marks(port: number): Record<string, string>[] {
  const own = `http://127.0.0.1:${port}`
  return [
    { Origin: evil },
    { Origin: 'null' },
    { Origin: own.replace('http:', 'https:') },
    { Origin: `${own}.evil.example` },
    { Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'navigate' },
    { Origin: own, 'Sec-Fetch-Site': 'cross-site' },
    { Origin: evil, 'Sec-Fetch-Site': 'same-origin' },
    { Origin: evil, Referer: `${own}/`, 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-For': '127.0.0.1' },
    { Origin: evil, 'X-Requested-With': 'XMLHttpRequest', 'X-HTTP-Method-Override': 'GET' },
  ]
}

/** Reads, and what fills the form for sharing, are allowed from any site. The attack checks that they change nothing. */
const reading = ['GET', 'HEAD']

export default {
  what: 'Every route and method with the owner’s cookie, as pages of other sites send it: 403, and nothing is changed.',
  atLeast: { smallest: 40, short: 2_000, long: 10_000 },

  async run(size, t) {
    const tally = new Tally()
    const populated = await populate(t)
    const stored = new StoredData(t, populated.server)
    const routes = await allRoutes(populated.values)
    for (const [number, route] of routes.entries())
      await tryFromOutside(populated, stored, { route, number, size }, tally)
    const changing = await routesThatChange(populated, stored, routes)
    premise(changing.length >= 12, `from inside only ${changing.join(', ')} change anything`)
    tally.notes.push(`from inside the same requests change something at ${changing.join(', ')}`)
    return tally
  },
} satisfies Battery

async function tryFromOutside(
  populated: PopulatedServer,
  stored: StoredData,
  { route, number, size }: { route: Route; number: number; size: Size },
  tally: Tally,
) {
  const { port } = populated.server
  const cookie = await populated.signIn()
  const before = stored.digest()
  const attempts = methodsFor(size).flatMap((method) =>
    marksFor(port, method, size).flatMap((mark) => bodiesFor(method, size).map((body) => ({ method, mark, body }))),
  )
  await mapConcurrently(share(size, 30, attempts, number), 8, async ({ method, mark, body }) => {
    const answer = await send(port, route, method, { Cookie: cookie, ...mark }, body)
    const sentence = `${method} ${route.path} as ${JSON.stringify(mark)} with ${body.type}: ${answer.status}`
    tally.count(isWithstood(method, route, answer), sentence)
  })
  tally.count(stored.digest() === before, `${route.path}: something was stored`)
}

/** Methods that no form can use are tried with fewer marks and bodies. */
function marksFor(port: number, method: string, size: Size): Record<string, string>[] {
  return method === 'POST' || size === 'long' ? marks(port) : marks(port).slice(0, 3)
}

function bodiesFor(method: string, size: Size): Body[] {
  const bodies = [{}, withPassword].flatMap((more) => bodiesOf(allFields({ _method: 'POST', ...more })))
  return method === 'POST' || size === 'long' ? bodies : bodies.slice(0, 1)
}

function isWithstood(method: string, { path }: Route, { status, headers }: RawAnswer): boolean {
  const sets = headers.some(([name]) => name === 'set-cookie')
  return (
    !sets &&
    (reading.includes(method) || (method === 'POST' && path === '/share') ? status > 0 && status < 500 : status === 403)
  )
}

function send(port: number, route: Route, method: string, headers: Record<string, string>, { type, text }: Body) {
  return sendRaw(port, requestOf(method, route.at(), { ...(type && { 'Content-Type': type }), ...headers }, text))
}

/** A refusal proves little where the request would change nothing anyway. */
async function routesThatChange(
  { server, signIn }: PopulatedServer,
  stored: StoredData,
  routes: Route[],
): Promise<string[]> {
  const changing = new Set<string>()
  const host = `127.0.0.1:${server.port}`
  for (const route of routes.filter(({ methods }) => methods.includes('POST'))) {
    const headers = { Host: host, Cookie: await signIn(), Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }
    const before = stored.digest()
    for (const fields of [allFields(), allFields(withPassword)]) {
      const answer = await send(server.port, route, 'POST', headers, bodiesOf(fields)[0] as Body)
      const isSet = answer.headers.some(([name]) => name === 'set-cookie')
      if (isSet || stored.digest() !== before) changing.add(route.path)
    }
  }
  return [...changing]
}

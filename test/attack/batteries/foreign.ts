import { METHODS } from 'node:http'
import { inTurns } from '../../support/in-turns.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { pathOf, Visitor, visitorNamed } from '../../support/visitor.ts'
import { type Battery, premise, Tally } from '../battery.ts'
import { StoredData } from '../database.ts'
import { allFields, type Body, bodiesOf, withPassword } from '../fields.ts'
import { type RawAnswer, requestOf, sendRaw } from '../raw.ts'
import { allRoutes, type Route } from '../routes.ts'

const evil = 'https://evil.example'

/** How a browser marks what another site's page does in our user's name. */
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

/** What only reads may be asked for from anywhere; whether it really only reads is what is looked at. */
const reading = ['GET', 'HEAD']

export default {
  what: 'Every route with every method in the owner’s name, as pages of other sites send it: 403, and nothing is changed.',
  atLeast: { short: 2_000, long: 10_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    await furnish(server)
    const stored = new StoredData(t, server)
    const routes = await allRoutes()
    for (const route of routes) await tryFromOutside(server, stored, route, size === 'long', tally)
    const changing = await routesThatChange(server, stored, routes)
    premise(changing.length >= 12, `from inside only ${changing.join(', ')} change anything`)
    tally.notes.push(`from inside the same requests change something at ${changing.join(', ')}`)
    return tally
  },
} satisfies Battery

/** Our user owns the house, so that there is nothing in it that he could not be made to do; user 1 is somebody to do it to. */
async function furnish(server: TestServer): Promise<void> {
  await server.signIn('Somebody')
  const answer = await new Visitor(server).post(pathOf(server.ownerLink ?? ''), { name: 'Mallory', ...withPassword })
  premise(answer.status === 303, `nobody could become the owner: ${answer.status}`)
}

async function signIn(server: TestServer): Promise<string> {
  return (await visitorNamed(server, 'Mallory', withPassword)).cookie
}

async function tryFromOutside(server: TestServer, stored: StoredData, route: Route, isThorough: boolean, tally: Tally) {
  const cookie = await signIn(server)
  const before = stored.digest()
  const attempts = METHODS.filter((method) => method !== 'CONNECT').flatMap((method) =>
    marks(server.port).flatMap((mark) => bodiesFor(method, isThorough).map((body) => ({ method, mark, body }))),
  )
  await inTurns(attempts, 8, async ({ method, mark, body }) => {
    const answer = await send(server.port, route, method, { Cookie: cookie, ...mark }, body)
    const sentence = `${method} ${route.path} as ${JSON.stringify(mark)} with ${body.type}: ${answer.status}`
    tally.count(isHeldOff(method, answer), sentence)
  })
  const isUnchanged = stored.digest() === before
  tally.count(isUnchanged, `${route.path}: something was stored`)
}

/** Methods that no form has are not worth every body. */
function bodiesFor(method: string, isThorough: boolean): Body[] {
  const bodies = [{}, withPassword].flatMap((more) => bodiesOf(allFields({ _method: 'POST', ...more })))
  return method === 'POST' || isThorough ? bodies : bodies.slice(0, 1)
}

function isHeldOff(method: string, { status, headers }: RawAnswer): boolean {
  const sets = headers.some(([name]) => name === 'set-cookie')
  return !sets && (reading.includes(method) ? status > 0 && status < 500 : status === 403)
}

function send(port: number, route: Route, method: string, headers: Record<string, string>, { type, text }: Body) {
  return sendRaw(port, requestOf(method, route.at(), { ...(type && { 'Content-Type': type }), ...headers }, text))
}

/** That they are refused means little where they would do nothing anyway. */
async function routesThatChange(server: TestServer, stored: StoredData, routes: Route[]): Promise<string[]> {
  const changing: string[] = []
  for (const route of routes.filter(({ methods }) => methods.includes('POST'))) {
    const cookie = await signIn(server)
    const before = stored.digest()
    const host = `127.0.0.1:${server.port}`
    const headers = { Host: host, Cookie: cookie, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }
    for (const fields of [allFields(), allFields(withPassword)]) {
      const answer = await send(server.port, route, 'POST', headers, bodiesOf(fields)[0] as Body)
      if (answer.headers.some(([name]) => name === 'set-cookie') || stored.digest() !== before)
        changing.push(route.path)
    }
  }
  return [...new Set(changing)]
}

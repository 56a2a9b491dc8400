import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'
import { type Battery, type Size, share, Tally } from '../../battery.ts'
import { faultsInHead } from '../../http/headers.ts'
import { malformedRequests } from '../../http/malformed-requests.ts'
import { requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes, methodsFor } from '../../http/routes.ts'
import { populate } from '../../server/owned-server.ts'

const statics = join(import.meta.dirname, '../../../../static')
const formType = 'application/x-www-form-urlencoded'
const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
/** Each must have come, or it was not tried. What takes time, 408, is left to the battery that takes it. */
const statuses = [200, 206, 302, 303, 304, 400, 403, 404, 405, 413, 416, 421, 429, 431, 500, 501, 503]

export default {
  what: 'Requests of every kind and status: every response has the security headers.',
  atLeast: { smallest: 150, short: 900, long: 2_500 },

  async run(size, t) {
    const answers = new Answers()
    await everyRoute(t, answers, size)
    await everyFile(t, answers, size)
    for (const ask of [forms, sockets, noRequests, otherHosts, tooOften, broken, ending]) {
      await ask(t, answers)
    }
    for (const status of statuses) answers.tally.count(answers.statuses.has(status), `${status} did not come`)
    return answers.tally
  },
} satisfies Battery

/** What was answered, each looked at as it comes. */
class Answers {
  readonly tally = new Tally()
  readonly statuses = new Set<number>()

  async to(port: number, bytes: Buffer): Promise<void> {
    const answer = await sendRaw(port, bytes)
    this.statuses.add(answer.status)
    const faults = answer.status ? faultsInHead(answer) : ['no answer']
    const sent = JSON.stringify(bytes.toString('latin1', 0, 300))
    this.tally.count(faults.length === 0, `${answer.status} to ${sent}: ${faults.join('; ')}`)
  }

  /** @param body sent as a form */
  ask(port: number, method: string, target: string, headers: Record<string, string> = {}, body = ''): Promise<void> {
    return this.to(port, requestOf(method, target, { ...(body && { 'Content-Type': formType }), ...headers }, body))
  }
}

async function everyRoute(t: Cleanup, answers: Answers, size: Size): Promise<void> {
  const { server, values, signIn } = await populate(t)
  const routes = (await allRoutes(values)).map(({ at }) => at())
  const paths = [...routes, '/nowhere', '/%zz', '/rooms/nowhere', '/rooms/lobby/999', '/link/x']
  const methods = methodsFor(size)
  for (const [number, path] of paths.entries()) {
    // For each path, as some of them end the session.
    const cookie = await signIn()
    const askers = [{ Cookie: cookie }, {}, { Accept: 'application/json' }, { Origin: 'https://evil.example' }]
    const questions = askers.flatMap((headers) => methods.map((method) => [method, headers] as const))
    await mapConcurrently(share(size, 20, questions, number), 8, ([method, headers]) =>
      answers.ask(server.port, method, path, headers),
    )
  }
}

async function everyFile(t: Cleanup, answers: Answers, size: Size): Promise<void> {
  const { port } = await startServer(t)
  const names = globSync('**', { cwd: statics }).filter((name) => statSync(join(statics, name)).isFile())
  const paths = ['/sw.js', '/favicon.ico', '/static/', '/static/none.css', ...names.map((name) => `/static/${name}`)]
  await mapConcurrently(share(size, 30, paths), 8, async (path) => {
    await answers.ask(port, 'GET', path)
    await answers.ask(port, 'HEAD', path)
    await answers.ask(port, 'POST', path)
    await answers.ask(port, 'GET', path, { Range: 'bytes=0-1' })
    await answers.ask(port, 'GET', path, { Range: 'bytes=99999999-' })
    await answers.ask(port, 'GET', path, { 'If-None-Match': '*' })
    await answers.ask(port, 'HEAD', path, { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' })
  })
}

async function forms(t: Cleanup, answers: Answers): Promise<void> {
  const { port } = await startServer(t)
  await answers.ask(port, 'POST', '/signin', {}, 'name=Bo')
  await answers.ask(port, 'POST', '/signin', {}, 'name=')
  await answers.ask(port, 'POST', '/signin', { Origin: 'null' }, 'name=Bo')
  await answers.ask(port, 'POST', '/signin', {}, `name=${'x'.repeat(70_000)}`)
  await answers.ask(port, 'POST', '/signin', { 'Content-Type': 'application/json' }, '{"name":')
  await answers.ask(port, 'POST', '/signin', { 'Content-Encoding': 'tea' }, 'name=Bo')
  await answers.ask(port, 'POST', '/signin', { Expect: '100-tea' }, 'name=Bo')
  await answers.ask(port, 'POST', '/settings', {}, 'theme=dark&language=zh&to=//evil.example')
}

async function sockets(t: Cleanup, answers: Answers): Promise<void> {
  const { port, connect } = await startServer(t, { MAX_CONNECTIONS: '1' })
  await connect('/ws/echo')
  await answers.ask(port, 'GET', '/ws/echo', upgrade)
  await answers.ask(port, 'GET', '/ws/nowhere', upgrade)
  await answers.ask(port, 'GET', '/ws/echo', { ...upgrade, Origin: 'https://evil.example' })
  const { port: empty } = await startServer(t)
  await answers.ask(empty, 'GET', '/ws/chat', { ...upgrade, 'Sec-WebSocket-Protocol': 'tea' })
  await answers.ask(empty, 'POST', '/ws/echo', upgrade)
  await answers.ask(empty, 'GET', '/ws/echo', { ...upgrade, 'Sec-WebSocket-Key': 'x' })
  await answers.ask(empty, 'GET', '/ws/echo', { ...upgrade, 'Sec-WebSocket-Version': '7' })
  await answers.ask(empty, 'GET', '/ws/echo', { ...upgrade, 'Sec-WebSocket-Protocol': 'chat.v1,,' })
  await answers.ask(empty, 'GET', '/ws/echo')
}

/** What Node would answer by itself. */
async function noRequests(t: Cleanup, answers: Answers): Promise<void> {
  const { port } = await startServer(t)
  for (const bytes of malformedRequests()) await answers.to(port, bytes)
}

async function otherHosts(t: Cleanup, answers: Answers): Promise<void> {
  const { port } = await startServer(t, { PUBLIC_ORIGIN: 'https://tea.example' })
  for (const Host of ['evil.example', 'tea.example.evil.example', 'me@tea.example', '']) {
    await answers.ask(port, 'GET', '/signin', { Host })
    await answers.ask(port, 'GET', '/static/css/base.css', { Host })
    await answers.ask(port, 'GET', '/ws/echo', { ...upgrade, Host })
  }
}

async function tooOften(t: Cleanup, answers: Answers): Promise<void> {
  const { port, signIn } = await startServer(t)
  const { cookie } = await signIn('Anna')
  // At once and many, since a slow machine would forgive as fast as it is asked one by one.
  const keys = Array.from({ length: 60 }, (_, index) => `k${index}`)
  const say = (key: string) => `data=tea&key=${key}`
  await mapConcurrently(keys, 8, (key) =>
    answers.ask(port, 'POST', '/rooms/lobby/messages', { Cookie: cookie }, say(key)),
  )
}

/** A database that has lost a table is what no page expects. */
async function broken(t: Cleanup, answers: Answers): Promise<void> {
  const server = await startServer(t, { LOG_LEVEL: 'silent' })
  const { cookie } = await server.signIn('Anna')
  const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
  database.exec('pragma foreign_keys = off; drop table sessions')
  database.close()
  const strange = { Cookie: `${cookie.slice(0, -1)}_` }
  for (const { at } of await allRoutes()) await answers.ask(server.port, 'GET', at(), strange)
  await answers.ask(server.port, 'GET', '/ws/chat', { ...upgrade, ...strange })
}

/** Health says so before the server stops listening. */
async function ending(t: Cleanup, answers: Answers): Promise<void> {
  const server = await startServer(t)
  // Does not answer the goodbye, which delays the end for a while.
  const silent = await server.connect('/ws/echo')
  silent.socket.pause()
  const isOver = server.stop()
  await answers.ask(server.port, 'GET', '/healthz')
  await answers.ask(server.port, 'GET', '/ws/echo', upgrade)
  silent.socket.terminate()
  await isOver
}

/** What a server says of itself, to whom. */
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createLog, type Log } from '../../src/server/log.ts'
import { type Cleanup, startServer, type TestServer } from '../support/server/server.ts'
import { valuesIn } from './values.ts'

const token = 'b5d0c1b9a8f74e21-b5d0c1b9a8f74e21'
const bearer = { authorization: `Bearer ${token}` }

async function metricsOf({ url }: Pick<TestServer, 'url'>, headers: Record<string, string> = bearer) {
  const response = await fetch(`${url}/metrics`, { headers })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** Whatever headers, which `fetch` would not send. */
function statusWith({ port }: TestServer, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, path: '/metrics', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

/** Asks until the answer is not that of the second before. */
async function waitFor(server: TestServer, isSo: (values: Map<string, number>) => boolean) {
  for (;;) {
    const values = valuesIn((await metricsOf(server)).text)
    if (isSo(values)) return values
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('GET /metrics', () => {
  it('does not exist unless METRICS is set', async (t) => {
    const server = await startServer(t)
    expect((await metricsOf(server)).status).toBe(404)
    expect((await metricsOf(server, {})).status).toBe(404)
  })
  it('answers those who have the token, and nobody else', async (t) => {
    const server = await startServer(t, { METRICS: token })
    const { status, headers } = await metricsOf(server)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    for (const authorization of [
      '',
      token,
      `bearer ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      'Bearer ',
    ]) {
      const wrong = await metricsOf(server, { authorization })
      expect([authorization, wrong.status]).toEqual([authorization, 404])
      expect(wrong.text).not.toContain('teahouse_')
    }
    const person = await server.signIn('Anna')
    expect((await metricsOf(server, { cookie: person.cookie })).status).toBe(404)
  })
  it('answers clients of the named networks, by what a trusted proxy says of them', async (t) => {
    const server = await startServer(t, { METRICS: '10.1.0.0/16', TRUST_PROXY: '127.0.0.1' })
    expect((await metricsOf(server, { 'x-forwarded-for': '10.1.2.3' })).status).toBe(200)
    expect((await metricsOf(server, { 'x-forwarded-for': '10.2.2.3' })).status).toBe(404)
    expect((await metricsOf(server, { 'x-forwarded-for': '10.1.2.3, 203.0.113.9' })).status).toBe(404)
    expect((await metricsOf(server, {})).status).toBe(404)
  })
  it('does not take the clients of a proxy that is not trusted for the proxy', async (t) => {
    const server = await startServer(t, { METRICS: '127.0.0.1' })
    expect((await metricsOf(server, {})).status).toBe(200)
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])
      expect([name, await statusWith(server, { [name]: '203.0.113.9' })]).toEqual([name, 404])
  })
  it('answers under any host name, as /healthz does', async (t) => {
    const server = await startServer(t, { METRICS: token, PUBLIC_ORIGIN: 'https://chat.example.org' })
    expect(await statusWith(server, { ...bearer, host: 'node-1:3000' })).toBe(200)
    expect(await statusWith(server, { host: 'node-1:3000' })).toBe(404)
  })
  it('answers at a port of its own, where nothing else is', async (t) => {
    const lines: string[] = []
    const log = createLog('info', { dropped: 0, write: (line) => lines.push(line), flush: async () => {} })
    const server = await startServer(t, { METRICS: '0' }, log)
    const said = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'listening')
    expect(said.url).toBe(server.url)
    const own = new URL(said.metrics)
    expect((await metricsOf({ url: own.origin }, {})).text).toContain('teahouse_connections{')
    for (const path of ['/', '/healthz', '/signin', '/metrics?x'])
      expect((await fetch(own.origin + path)).status).toBe(404)
    expect((await fetch(own, { method: 'POST' })).status).toBe(404)
    expect((await metricsOf(server, {})).status).toBe(404)
    await server.stop()
    await expect(fetch(own)).rejects.toThrow()
  })
  it('stops the start when its port is taken, and says so', async (t) => {
    const { port } = await startServer(t)
    await expect(startServer(t, { METRICS: String(port) })).rejects.toThrow(
      `Port ${port} is taken. Set METRICS to another one.`,
    )
  })
  it('does not show the token in the log, whether it can be used or not', async (t) => {
    const lines: string[] = []
    const log: Log = createLog('info', { dropped: 0, write: (line) => lines.push(line), flush: async () => {} })
    await startServer(t, { METRICS: token }, log)
    expect(lines.join('')).toContain('"metrics":{"type":"token"}')
    expect(lines.join('')).not.toContain(token)
    await expect(startServer(t, { METRICS: 'secret word' })).rejects.toThrow(
      /^Bad settings: METRICS must be (?!.*secret word)/,
    )
  })
})

describe('metrics', () => {
  it('are those of now in the first answer too', async (t) => {
    const values = valuesIn((await metricsOf(await startServer(t, { METRICS: token }))).text)
    expect(values.get('nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000)
    expect(values.get('nodejs_external_memory_bytes')).toBeGreaterThan(0)
  })
  const started = async (t: Cleanup) => {
    const server = await startServer(t, { METRICS: token, RATE_LIMITS: 'off' })
    const [anna, bo] = await Promise.all(['Anna', 'Bo'].map(async (name) => (await server.signIn(name)).connect()))
    if (!anna || !bo) throw new Error('Two are needed.')
    return { server, anna, bo }
  }

  it('count what is stored, what is delivered and who is connected', async (t) => {
    const { server, anna, bo } = await started(t)
    await Promise.all([anna.open('tea'), bo.open('tea')])
    for (let i = 0; i < 10; i++) await anna.say('tea', `message ${i}`)
    await bo.nextWhere((frame) => frame.type === 'chat' && frame.data === 'message 9')
    const values = await waitFor(server, (values) => values.get('teahouse_deliveries_total') === 20)
    expect(values.get('teahouse_entries_stored_total')).toBe(10)
    expect(values.get('teahouse_connections{transport="websocket"}')).toBe(2)
    expect(values.get('teahouse_connections{transport="event-stream"}')).toBe(0)
    expect(values.get('teahouse_rooms_open')).toBe(1)
    expect(values.get('teahouse_slow_readers')).toBe(0)
    expect(values.get('teahouse_commit_duration_seconds_count')).toBeGreaterThanOrEqual(10)
    expect(values.get('teahouse_commit_writes_sum')).toBeGreaterThanOrEqual(10)
    expect(values.get('teahouse_publications_missed_total')).toBe(0)
    expect(values.get('teahouse_node_current')).toBe(1)
    expect(values.get('teahouse_leader')).toBe(1)
    expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(values.get('teahouse_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)
  })
  it('count what is read by one who comes back', async (t) => {
    const { server, anna, bo } = await started(t)
    const { last, epoch } = await anna.open('tea')
    for (let i = 0; i < 5; i++) await anna.say('tea', `message ${i}`)
    const opened = await bo.open('tea', { after: last, epoch })
    expect(opened.entries).toHaveLength(5)
    await anna.say('tea', 'more')
    await bo.nextWhere((frame) => frame.type === 'chat' && frame.data === 'more')
    // What is in the answer to a command is not a delivery.
    const values = await waitFor(server, (values) => values.get('teahouse_deliveries_total') === 7)
    expect(values.get('teahouse_entries_stored_total')).toBe(6)
  })
  it('tell nothing that names a room, a user, an address or a path', async (t) => {
    const { server, anna } = await started(t)
    await anna.open('secret-room')
    await anna.say('secret-room', 'hello')
    const { text } = await metricsOf(server)
    for (const name of ['secret-room', 'Anna', '127.0.0.1', '/ws']) expect(text).not.toContain(name)
    const labels = [...text.matchAll(/(\w+)="/g)].map(([, label]) => label)
    expect(new Set(labels)).toEqual(new Set(['le', 'transport', 'quantile', 'version', 'node_version']))
  })
  it('are named by the conventions of Prometheus', async (t) => {
    const { server } = await started(t)
    const { text } = await metricsOf(server)
    const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]))
    expect(types.size).toBeGreaterThan(20)
    for (const [name, type] of types) {
      expect(name).toMatch(/^(teahouse|process|nodejs)_[a-z_]+$/)
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|kilobytes)(_|$)/)
    }
    for (const line of text.split('\n').filter((line) => line.startsWith('# HELP'))) expect(line).toMatch(/\.$/)
  })
})

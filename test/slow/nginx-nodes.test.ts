/** Three nodes behind a real Nginx, as docs/scale.md describes it. */
import { describe, expect, it } from 'vitest'
import { cluster, waitUntil } from '../cluster/nodes.ts'
import { startProxy } from '../nginx/proxy.ts'
import { signIn } from '../nginx/teahouse.ts'
import { check } from '../proof/checker.ts'
import { carriers } from '../proof/clients/carriers.ts'
import { Client } from '../proof/clients/client.ts'
import { FrameReader } from '../proof/clients/frame-reader.ts'
import { pageTimes } from '../proof/clients/proof-socket.ts'
import { readFinalLog } from '../proof/final-log.ts'
import { History } from '../proof/history.ts'
import { type Cleanup, identityOf, startServer } from '../support/server/server.ts'

const services = cluster()
const room = 'lobby'
const times = { ...pageTimes, firstRetryMs: 100, maxRetryMs: 500 }

/** Nginx says in a header which node has answered. */
async function start(t: Cleanup) {
  const url = services.postgres.newDatabase()
  await services.postgres.create(url)
  const settings = {
    DATABASE_URL: url,
    REDIS_URL: services.redis.url,
    TRUST_PROXY: '127.0.0.1',
    RATE_LIMITS: 'off',
  }
  const nodes = await Promise.all([1, 2, 3].map(() => startServer(t, settings)))
  const { port } = await startProxy(t, {
    app: nodes.map((node) => node.port),
    // The whole test is one address.
    changes: [
      ['server_tokens off;', 'server_tokens off; add_header X-Node $upstream_addr always;'],
      ['rate=50r/s', 'rate=1000r/s'],
    ],
  })
  return { nodes, host: `127.0.0.1:${port}` }
}

const nodeOf = (response: Response) => response.headers.get('x-node')

describe('three nodes behind Nginx', () => {
  it('all serve a session, wherever it began', async (t) => {
    const { nodes, host } = await start(t)
    const cookie = identityOf(await signIn(host, 'Anna'))
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => fetch(`http://${host}/api/me`, { headers: { cookie } })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
    expect(new Set(answers.map(nodeOf)).size).toBe(nodes.length)
  })
  it('each keep their clients of Socket.IO, by the session', async (t) => {
    const { host } = await start(t)
    const nodesOfSessions: (string | null | undefined)[] = []
    for (let i = 0; i < 10; i++) {
      const cookie = identityOf(await signIn(host, `person ${i}`))
      const poll = () => fetch(`http://${host}/socket.io/?EIO=4&transport=polling`, { headers: { cookie } })
      const answers = [await poll(), await poll(), await poll()]
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
      const nodes = new Set(answers.map(nodeOf))
      expect(nodes.size).toBe(1)
      nodesOfSessions.push([...nodes][0])
    }
    expect(new Set(nodesOfSessions).size).toBeGreaterThan(1)
  })
  it('are updated one after the other without an error page, and nobody misses a message', async (t) => {
    const { nodes, host } = await start(t)
    const history = new History()
    const reader = new FrameReader()
    const cookies = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => identityOf(await signIn(host, `person ${i}`))),
    )
    const all = Object.values(carriers)
    const clients = cookies.map((cookie, i) => {
      const carry = all[i % all.length]
      return new Client(i, { origin: () => `http://${host}`, cookie, room, times, reader, history, carry })
    })
    t.onTestFinished(() => {
      for (const { line } of clients) line.stop()
    })
    for (const { line } of clients) line.start()
    await waitUntil(() => clients.every(({ isLive }) => isLive))
    const opened = clients.map(({ line }) => line.opened)

    const pages: number[] = []
    let isOver = false
    const [cookie = ''] = cookies
    const reading = (async () => {
      while (!isOver) {
        for (const path of ['/rooms/lobby', '/api/me'])
          pages.push((await fetch(`http://${host}${path}`, { headers: { cookie } })).status)
      }
    })()
    const talk = setInterval(() => clients[Math.floor(Math.random() * clients.length)]?.say(), 20)
    for (const node of nodes) {
      const before = history.acknowledged
      await node.restart()
      // Nginx sends requests to it again before the next one goes: that is the rule of the update.
      await waitUntil(async () => {
        const answer = await fetch(`http://${host}/healthz`)
        return answer.ok && nodeOf(answer) === `127.0.0.1:${node.port}`
      })
      await waitUntil(() => history.acknowledged > before + 20)
    }
    clearInterval(talk)
    isOver = true
    await reading
    await waitUntil(() => clients.every(({ waiting }) => waiting === 0))
    const head = Math.max(...clients.map(({ last }) => last ?? 0), history.head)
    await waitUntil(() => clients.every(({ last = 0 }) => last >= head))
    expect(clients.some(({ line }, i) => line.opened > (opened[i] ?? 0))).toBe(true)
    expect(pages.length).toBeGreaterThan(20)
    expect(pages.filter((status) => status !== 200)).toEqual([])
    for (const { line } of clients) line.stop()
    // Over HTTP `sent` is the answer to a request, and what another node has written may be found in the log first.
    const report = check(history, [await readFinalLog(`http://${host}`, cookie, room)], ['seam', 'entry-before-sent'])
    expect(report.violations, JSON.stringify(report.violations)).toEqual({})
    expect(report.acknowledged).toBeGreaterThan(60)
  })
})

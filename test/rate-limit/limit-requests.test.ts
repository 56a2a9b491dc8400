import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import { TurnQueue } from '../../src/server/rate-limit/turn-queue.ts'
import { startServer } from '../support/server/server.ts'

describe('page loads', () => {
  it('of one user in a loop are refused with 429 and Retry-After, those of others are not', async (t) => {
    const server = await startServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const load = (cookie: string) => fetch(`${server.url}/settings`, { headers: { cookie } })
    const answers = await Promise.all(Array.from({ length: 80 }, () => load(anna.cookie)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThanOrEqual(20)
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused[0]?.text()).toMatch(/Too many requests/)
    expect((await load(bo.cookie)).status).not.toBe(429)
  })

  it('without a session do not slow users with one, on pages or files', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const limiter = createLimiter(true)
    const anna = { user: { id: 1, name: 'Anna', image: 0 }, isVerified: true }
    const take = { page: limiter.page, request: limiter.request }
    for (const [name, one] of Object.entries(take)) {
      for (let n = 0; n < 20_000; n++) one('203.0.113.9', undefined)
      expect(one('203.0.113.9', undefined), name).toBeGreaterThan(0)
      expect(one('203.0.113.9', anna), name).toBe(0)
    }
  })

  it.for(['/healthz', '/icon/unread/green/cup', '/icon/plain/teal/%F0%9F%8D%B5'])(
    'do not limit %s',
    async (path, t) => {
      const server = await startServer(t)
      const anna = await server.signIn('Anna')
      const load = (to: string) => fetch(server.url + to, { headers: { cookie: anna.cookie } })
      const answers = await Promise.all(Array.from({ length: 80 }, () => load(path)))
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      const others = await Promise.all(Array.from({ length: 80 }, () => load('/icon/plain/green/none')))
      expect(others.map(({ status }) => status)).toContain(429)
    },
  )
})

describe('page queue', () => {
  it('alternates between networks, so that a busy one waits for itself', async () => {
    const queue = new TurnQueue(1)
    const order: string[] = []
    const ask = (network: string) => queue.turn(network).then(() => order.push(network))
    await Promise.all([...Array.from({ length: 5 }, () => ask('much')), ask('little'), ask('less')])
    expect(order).toEqual(['much', 'much', 'little', 'less', 'much', 'much', 'much'])
  })

  it('lets other work of the event loop run in between', async () => {
    const queue = new TurnQueue(2)
    const order: string[] = []
    const done = Promise.all(
      Array.from({ length: 6 }, (_, i) => queue.turn('network').then(() => order.push(`page ${i}`))),
    )
    setImmediate(() => order.push('other'))
    await done
    expect(order.indexOf('other')).toBeGreaterThan(0)
    expect(order.indexOf('other')).toBeLessThan(order.length - 1)
  })
  it('gives one network no more than its share of the event loop', async () => {
    const queue = new TurnQueue(1, { rest: 4 })
    const work: { begun: number; ended: number }[] = []
    const ask = async () => {
      await queue.turn('much')
      const begun = performance.now()
      while (performance.now() < begun + 3);
      work.push({ begun, ended: performance.now() })
    }
    const all = Promise.all([ask(), ask(), ask()])
    await queue.turn('little')
    expect(work.length).toBe(1)
    await all
    for (const [i, { begun, ended }] of work.entries()) {
      const next = work[i + 1]
      if (next) expect(next.begun - ended).toBeGreaterThanOrEqual(4 * (ended - begun))
    }
  })
})

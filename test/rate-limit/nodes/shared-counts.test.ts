/** Limits over nodes, without a network. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoginThrottle } from '../../../src/server/auth/login-throttle.ts'
import { LocalBackplane } from '../../../src/server/backplane/local.ts'
import type { Publication } from '../../../src/server/chat/publication.ts'
import { SharedCounts } from '../../../src/server/rate-limit/nodes/shared-counts.ts'
import { SharedTokenBuckets } from '../../../src/server/rate-limit/nodes/shared-token-buckets.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const rate = { burst: 6, perSecond: 1 }
const maxConnections = 20

function openNodes(count = 3) {
  const backplane = new LocalBackplane<Publication>()
  const redis = { isDown: false, loses: false }
  const lossy = {
    publish(publication: Publication) {
      if (!redis.isDown && !redis.loses) backplane.publish(publication)
      redis.loses = false
    },
    subscribe: backplane.subscribe.bind(backplane),
  }
  const nodes = Array.from({ length: count }, () => {
    const counts = new SharedCounts({ backplane: lossy, isDeaf: () => redis.isDown })
    const buckets = new SharedTokenBuckets(rate, 'writing', counts)
    const throttle = new LoginThrottle(counts)
    const may = (here = 0) => counts.mayConnect('user 1', here, maxConnections)
    const open = (times = 1) => {
      for (let i = 0; i < times; i++) counts.connected('user 1', 1)
    }
    return { counts, buckets, throttle, may, open }
  })
  const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
  const settle = () => vi.advanceTimersByTimeAsync(20)
  return { a, b, c, nodes, redis, settle, backplane: lossy }
}

describe('connections', () => {
  it('of all nodes count together, until they are closed', async () => {
    const { a, b, c, settle } = openNodes()
    a.open(10)
    b.open(9)
    await settle()
    expect(c.may(0)).toBe(true)
    expect(c.may(1)).toBe(false)
    a.counts.connected('user 1', -1)
    await settle()
    expect(c.may(1)).toBe(true)
    expect(c.counts.mayConnect('user 2', 19, maxConnections)).toBe(true)
  })
  it('are known to a node that starts later, and when a change was lost', async () => {
    const { a, settle, redis, b, backplane } = openNodes()
    a.open(20)
    await settle()
    const late = new SharedCounts({ backplane, isDeaf: () => false })
    expect(late.mayConnect('user 1', 0, maxConnections)).toBe(false)
    redis.loses = true
    a.counts.connected('user 1', -1)
    await settle()
    expect(b.may(0)).toBe(false)
    a.counts.beat()
    expect(b.may(0)).toBe(true)
  })
  it('of a node that is killed are counted no more after 8 s, and of one that stops at once', async () => {
    const { a, b, c, settle } = openNodes()
    const silent = vi.spyOn(a.counts, 'beat').mockImplementation(() => {})
    a.open(20)
    await settle()
    expect(b.may(0)).toBe(false)
    await vi.advanceTimersByTimeAsync(11_000)
    expect(silent).toHaveBeenCalled()
    expect(b.may(0)).toBe(true)
    b.open(20)
    await settle()
    expect(c.may(0)).toBe(false)
    b.counts.close()
    expect(c.may(0)).toBe(true)
  })
  it('of a node that stops are not counted again when they are closed after it has said so', async () => {
    const { a, b, c, settle } = openNodes()
    b.open(20)
    await settle()
    b.counts.close()
    for (let i = 0; i < 5; i++) b.counts.connected('user 1', -1)
    await settle()
    a.counts.beat()
    expect([a.may(19), c.may(19)]).toEqual([true, true])
    expect(c.counts.partOf(maxConnections)).toBe(10)
  })
  it('are a part of the limit on each node while they hear nothing of each other', async () => {
    const { a, c, redis, settle } = openNodes()
    a.open(20)
    await settle()
    redis.isDown = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect([c.may(5), c.may(6)]).toEqual([true, false])
    redis.isDown = false
    await vi.advanceTimersByTimeAsync(4_000)
    // Nobody was forgotten meanwhile.
    expect(c.may(0)).toBe(false)
  })
})

describe('rates', () => {
  const takes = (buckets: SharedTokenBuckets, times: number) =>
    Array.from({ length: times }, () => buckets.take('user 1')).filter((waitMs) => waitMs === 0).length

  it('are used up on all nodes', async () => {
    const { a, b, c, settle } = openNodes()
    expect(takes(a.buckets, 4)).toBe(4)
    await settle()
    expect(takes(b.buckets, 4)).toBe(2)
    await settle()
    expect(takes(c.buckets, 4)).toBe(0)
    expect(c.buckets.take('user 2')).toBe(0)
    b.buckets.give('user 1')
    await settle()
    expect(takes(c.buckets, 4)).toBe(1)
  })
  it('lack afterwards what was taken on several nodes at the same moment', async () => {
    const { a, b, c, settle } = openNodes()
    for (const { buckets } of [a, b, c]) expect(takes(buckets, 10)).toBe(6)
    await settle()
    // 12 too many, at one a second.
    await vi.advanceTimersByTimeAsync(11_900)
    for (const { buckets } of [a, b, c]) expect(takes(buckets, 10)).toBe(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(takes(a.buckets, 10)).toBe(1)
  })
  it('are a part of the limit on each node while they hear nothing of each other, and never nothing', async () => {
    const { a, b, nodes, redis } = openNodes()
    redis.isDown = true
    expect(takes(a.buckets, 10)).toBe(2)
    expect(takes(b.buckets, 10)).toBe(2)
    const many = openNodes(10)
    many.redis.isDown = true
    for (const { buckets } of many.nodes) expect(takes(buckets, 10)).toBe(1)
    expect(nodes).toHaveLength(3)
  })
})

describe('guesses of a password', () => {
  const attempt = (address = '203.0.113.9') => ({ account: 'anna', address, isKnown: false })

  it('count on all nodes, and right ones do not', async () => {
    const { a, b, c, settle } = openNodes()
    for (let i = 0; i < 3; i++) expect(a.throttle.begin(attempt())).toBe(0)
    await settle()
    for (let i = 0; i < 2; i++) expect(b.throttle.begin(attempt())).toBe(0)
    await settle()
    expect(c.throttle.begin(attempt())).toBeGreaterThan(0)
    const other = { ...attempt(), account: 'bo' }
    for (let i = 0; i < 10; i++) {
      expect(a.throttle.begin(other)).toBe(0)
      a.throttle.succeeded(other)
      await settle()
    }
    expect(b.throttle.begin(other)).toBe(0)
  })
  it('of strangers do not slow an address that is known to the account, on any node', async () => {
    const { a, b, settle } = openNodes()
    const known = attempt('198.51.100.7')
    a.throttle.begin(known)
    a.throttle.succeeded(known)
    await settle()
    for (let i = 0; i < 8; i++) b.throttle.begin(attempt(`203.0.113.${i}`))
    expect(b.throttle.begin(attempt('203.0.113.99'))).toBeGreaterThan(0)
    expect(b.throttle.begin(known)).toBe(0)
  })
})

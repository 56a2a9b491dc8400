import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import { TokenBucket, TokenBuckets } from '../../src/server/rate-limit/token-bucket.ts'
import { keyOf } from '../../src/server/rate-limit/user-key.ts'
import type { Viewer } from '../../src/server/store/store.ts'

const rate = { burst: 3, perSecond: 2 }

/** How many can be taken now. */
function drain(take: () => number): number {
  let taken = 0
  while (taken < 10_000 && take() === 0) taken++
  return taken
}

/** As one who makes rooms from somewhere. */
const accountOf = (who: Pick<Viewer, 'user' | 'isVerified'>) =>
  ({ session: { ...who, canViewPublic: true, role: 'member' }, network: '203.0.113.1' }) as const

function fakePerformance() {
  vi.useFakeTimers({ toFake: ['performance'] })
}

afterEach(() => {
  vi.useRealTimers()
})

describe('token bucket', () => {
  it('allows a burst at once, and then says how long to wait', () => {
    const bucket = new TokenBucket(rate, 0)
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 0])
    expect(bucket.take(0)).toBe(500)
    expect(bucket.take(100)).toBe(400)
  })
  it('allows the next one after exactly that time, and not before', () => {
    const bucket = new TokenBucket(rate, 0)
    drain(() => bucket.take(0))
    expect(bucket.take(375)).toBe(125)
    expect(bucket.take(499)).toBeGreaterThan(0)
    expect(bucket.take(500)).toBe(0)
    expect(bucket.take(500)).toBe(500)
  })
  it('returns whole milliseconds, after which one is allowed', () => {
    for (const perSecond of [2, 3, 7, 20]) {
      const bucket = new TokenBucket({ burst: 1, perSecond }, 0)
      bucket.take(0)
      const wait = bucket.take(0)
      expect(wait).toBe(Math.ceil(1000 / perSecond))
      expect(bucket.take(wait)).toBe(0)
    }
  })
  it('takes nothing for a refusal', () => {
    const bucket = new TokenBucket(rate, 0)
    drain(() => bucket.take(0))
    for (let i = 0; i < 100; i++) expect(bucket.take(250)).toBe(250)
    expect(bucket.take(500)).toBe(0)
  })
  it('refuses until a debt is repaid', () => {
    const bucket = new TokenBucket(rate, 0)
    bucket.spend(2, 0)
    expect(bucket.take(0)).toBe(0)
    bucket.spend(4, 0)
    expect(bucket.take(0)).toBe(2_500)
    expect(bucket.take(2_499)).toBeGreaterThan(0)
    expect(bucket.take(2_500)).toBe(0)
  })
  it('takes a refund', () => {
    const bucket = new TokenBucket(rate, 0)
    drain(() => bucket.take(0))
    bucket.give(0)
    expect(bucket.take(0)).toBe(0)
    expect(bucket.take(0)).toBe(500)
  })
  it('never holds more than a burst, whatever is refunded', () => {
    const bucket = new TokenBucket(rate, 0)
    bucket.take(0)
    for (let i = 0; i < 5; i++) bucket.give(500)
    expect(drain(() => bucket.take(500))).toBe(3)
  })
  it('never holds more than a burst, however long it is unused', () => {
    const bucket = new TokenBucket(rate, 0)
    expect(drain(() => bucket.take(3_600_000))).toBe(3)
  })
  it('allows a burst and then its rate over a long time', () => {
    const bucket = new TokenBucket(rate, 0)
    let taken = 0
    for (let now = 0; now <= 10_000; now += 10) if (bucket.take(now) === 0) taken++
    expect(taken).toBe(3 + 2 * 10)
  })
  it('is full when new and after the time to refill, and not in between', () => {
    const bucket = new TokenBucket(rate, 0)
    expect(bucket.isFull(0)).toBe(true)
    bucket.take(0)
    expect(bucket.isFull(499)).toBe(false)
    expect(bucket.isFull(500)).toBe(true)
  })
  it('uses the monotonic clock of the process', () => {
    fakePerformance()
    const bucket = new TokenBucket(rate)
    expect(drain(() => bucket.take())).toBe(3)
    vi.advanceTimersByTime(1000)
    expect(drain(() => bucket.take())).toBe(2)
  })
})

describe('token buckets', () => {
  it('are separate for each key', () => {
    fakePerformance()
    const buckets = new TokenBuckets<string>(rate)
    expect(drain(() => buckets.take('a'))).toBe(3)
    expect(drain(() => buckets.take('b'))).toBe(3)
    expect(buckets.take('a')).toBe(500)
  })
  it('refund the same key only', () => {
    const buckets = new TokenBuckets<string>(rate)
    for (const key of ['a', 'b']) expect(drain(() => buckets.take(key, 0))).toBe(3)
    buckets.give('a', 0)
    buckets.give('nobody', 0)
    expect(buckets.take('b', 0)).toBe(500)
    expect(buckets.take('a', 0)).toBe(0)
    expect(drain(() => buckets.take('nobody', 0))).toBe(3)
  })
  it('keep every key that has to wait, however many other keys come', () => {
    fakePerformance()
    const buckets = new TokenBuckets<number>(rate)
    expect(drain(() => buckets.take(-1))).toBe(3)
    for (let key = 0; key < 5_000; key++) buckets.take(key)
    expect(buckets.take(-1)).toBe(500)
  })
  it('give forgotten keys no more than others', () => {
    fakePerformance()
    const buckets = new TokenBuckets<number>(rate)
    for (let key = 0; key < 1_000; key++) buckets.take(key)
    vi.advanceTimersByTime(10_000)
    for (let key = 1_000; key < 3_000; key++) buckets.take(key)
    for (const key of [0, 500, 999]) expect(drain(() => buckets.take(key))).toBe(3)
    expect(drain(() => buckets.take(2_999))).toBe(2)
  })
})

describe('rates', () => {
  const [anna, bo] = [1, 2].map((id) => ({ user: { id, name: `user ${id}`, image: 0 }, isVerified: true })) as [
    Who,
    Who,
  ]
  type Who = { user: { id: number; name: string; image: number }; isVerified: boolean }

  it('let a user write 10 messages at once into a room, and then 2 a second', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    expect(drain(() => limiter.write(anna, 'lobby'))).toBe(10)
    vi.advanceTimersByTime(1000)
    expect(drain(() => limiter.write(anna, 'lobby'))).toBe(2)
  })
  it('let a user who has read little read, however much others of the network read', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    const mib = 2 ** 20
    const many = (id: number): Who => ({ ...bo, user: { ...bo.user, id } })
    for (let id = 10; id < 40; id++) limiter.hasRead(many(id), 'school', 63 * mib)
    expect(limiter.read(many(10), 'school')).toBeGreaterThan(0)
    expect(limiter.read(anna, 'school')).toBe(0)
    limiter.hasRead(anna, 'school', 17 * mib)
    expect(limiter.read(anna, 'school')).toBeGreaterThan(0)
    expect(limiter.read(anna, 'elsewhere')).toBe(0)
  })
  it('are separate for each user and each room', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    drain(() => limiter.write(anna, 'lobby'))
    expect(drain(() => limiter.write(bo, 'lobby'))).toBe(10)
    expect(drain(() => limiter.write(anna, 'garden'))).toBe(10)
    expect(limiter.write(anna, 'lobby')).toBeGreaterThan(0)
  })
  it('are not used up by sessions that only typed the user’s name (SECURITY-REVIEW 21)', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    const typed = { ...anna, isVerified: false }
    for (const take of [
      (who: Who) => limiter.write(who, 'lobby'),
      (who: Who) => limiter.moderate(who),
      (who: Who) => limiter.newRoom(accountOf(who), 'public'),
      (who: Who) => limiter.connect(who),
      (who: Who) => limiter.forConnection(keyOf(who)).refusal(),
    ]) {
      const count = drain(() => take(typed))
      expect(count).toBeGreaterThan(0)
      expect(drain(() => take(anna))).toBe(count)
    }
  })
  it('let a connection send 50 other commands at once, and then 20 a second', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    const [one, other] = [limiter.forConnection('user 1'), limiter.forConnection('user 1')]
    expect(drain(() => one.command())).toBe(50)
    vi.advanceTimersByTime(1000)
    expect(drain(() => one.command())).toBe(20)
    expect(drain(() => other.command())).toBe(50)
  })
  it('let a user have 200 refusals at once over all connections, and then 2 a second', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    const [one, other] = [limiter.forConnection('user 1'), limiter.forConnection('user 1')]
    expect(drain(() => one.refusal())).toBe(200)
    expect(drain(() => other.refusal())).toBe(0)
    vi.advanceTimersByTime(1000)
    expect(drain(() => other.refusal())).toBe(2)
    expect(drain(() => limiter.forConnection('user 2').refusal())).toBe(200)
  })
  it('let a user connect 40 times at once, and then once a second', () => {
    fakePerformance()
    const limiter = createLimiter(true)
    expect(drain(() => limiter.connect(anna))).toBe(40)
    vi.advanceTimersByTime(3000)
    expect(drain(() => limiter.connect(anna))).toBe(3)
    expect(drain(() => limiter.connect(bo))).toBe(40)
  })
  it('do not apply when rate limits are off', () => {
    fakePerformance()
    const limiter = createLimiter(false)
    expect(drain(() => limiter.write(anna, 'lobby'))).toBe(10_000)
    expect(drain(limiter.forConnection('user 1').command)).toBe(10_000)
    expect(drain(limiter.forConnection('user 1').refusal)).toBe(10_000)
  })
})

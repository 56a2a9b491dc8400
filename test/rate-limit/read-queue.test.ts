/** Who reads next, and who is refused. */
import { describe, expect, it } from 'vitest'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import { maxWaitingReads, type Reader, ReaderGone, ReadQueue } from '../../src/server/rate-limit/read-queue.ts'

interface TestReader extends Reader {
  isGone: boolean
}

function reader(id: number, network = '203.0.113.1', isVerified = true): TestReader {
  return { session: { user: { id, name: `${id}`, image: 0 }, isVerified, canViewPublic: true }, network, isGone: false }
}

/** Reads that end when the test says so. */
class Reads {
  readonly queue: ReadQueue
  readonly begun: number[] = []
  #ends: (() => void)[] = []

  constructor(isLimited = false) {
    this.queue = new ReadQueue(createLimiter(isLimited))
  }

  ask(from: Reader, bytes = 0): Promise<string> {
    return this.queue.read(from, async (meter) => {
      this.begun.push(from.session.user.id)
      await new Promise<void>((resolve) => this.#ends.push(resolve))
      meter({ rows: 0, bytes, ms: 0 })
      return 'read'
    })
  }

  async end(): Promise<void> {
    this.#ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Until nothing is waiting. */
  async endAll(): Promise<void> {
    while (this.#ends.length) await this.end()
  }
}

describe('read queue', () => {
  it('runs one read at a time for a user, and reads of others meanwhile (SECURITY-REVIEW 3)', async () => {
    const reads = new Reads()
    const all = [reads.ask(reader(1)), reads.ask(reader(1)), reads.ask(reader(2))]
    expect(reads.begun).toEqual([1, 2])
    await reads.end()
    expect(reads.begun).toEqual([1, 2, 1])
    await reads.endAll()
    expect(await Promise.all(all)).toEqual(['read', 'read', 'read'])
  })
  it('alternates between users, however much one of them asks for (SECURITY-REVIEW 3)', async () => {
    const reads = new Reads()
    const all = [5, 6, 7].map((id) => reads.ask(reader(id, `203.0.113.${id}`)))
    for (let i = 0; i < 50; i++) all.push(reads.ask(reader(1)))
    for (let i = 0; i < 3; i++) all.push(reads.ask(reader(2)))
    await reads.endAll()
    expect(reads.begun.lastIndexOf(2), 'all of the second one come early').toBeLessThan(15)
    await Promise.all(all)
  })
  it('alternates between networks: a thousand users of one do not delay another', async () => {
    const reads = new Reads()
    const all = Array.from({ length: 1_000 }, (_, id) => reads.ask(reader(id)))
    all.push(reads.ask(reader(5_000, '198.51.100.7')))
    await reads.endAll()
    expect(reads.begun.indexOf(5_000)).toBeLessThan(10)
    await Promise.all(all)
  })
  it('gives a network of a thousand users half of all turns when one other network waits', async () => {
    const reads = new Reads()
    const school = Array.from({ length: 100 }, (_, id) => reads.ask(reader(id)))
    const others = Array.from({ length: 100 }, (_, id) => reads.ask(reader(1_000 + id, `198.51.100.${id}`)))
    await reads.endAll()
    expect(reads.begun.slice(0, 60).filter((id) => id < 100).length).toBeGreaterThan(20)
    await Promise.all([...school, ...others])
  })
  it('refuses reads past the number that a user may have waiting', async () => {
    const reads = new Reads()
    const all = Array.from({ length: maxWaitingReads.user + 1 }, () => reads.ask(reader(1)))
    await expect(reads.ask(reader(1))).rejects.toMatchObject({ code: 'too-fast', retryAfterMs: expect.any(Number) })
    all.push(reads.ask(reader(2)))
    await reads.endAll()
    await Promise.all(all)
  })
  it('does not read for a closed connection, and drops its waiting reads', async () => {
    const reads = new Reads()
    const [here, gone] = [reader(1), reader(1)]
    const all = [reads.ask(here), reads.ask(gone), reads.ask(here)]
    const left = all[1]?.catch((error) => error)
    gone.isGone = true
    reads.queue.leave(gone)
    expect(await left).toBeInstanceOf(ReaderGone)
    await reads.endAll()
    expect(reads.begun).toEqual([1, 1])
    await expect(reads.ask(gone)).rejects.toBeInstanceOf(ReaderGone)
  })
  it('keeps no state of connections that close before their turn', async () => {
    const reads = new Reads()
    const all = [1, 2, 3, 4].map((id) => reads.ask(reader(id)))
    const gone = reader(5)
    const left = reads.ask(gone).catch((error) => error)
    expect(reads.queue.users).toBe(5)
    reads.queue.leave(gone)
    expect(await left).toBeInstanceOf(ReaderGone)
    expect(reads.queue.users).toBe(4)
    await reads.endAll()
    await Promise.all(all)
    expect(reads.queue.users).toBe(0)
  })
  it('continues after a read that throws synchronously', async () => {
    const reads = new Reads()
    const broken = reads.queue.read(reader(1), () => {
      throw new Error('broken')
    })
    await expect(broken).rejects.toThrow('broken')
    expect(reads.queue.users).toBe(0)
  })
  it('charges a user for all of their connections, and refuses until the debt is repaid (SECURITY-REVIEW 3)', async () => {
    const reads = new Reads(true)
    const half = 33 * 1024 * 1024
    const ask = async (from: Reader) => {
      const asked = reads.ask(from, half)
      await reads.endAll()
      return await asked
    }
    expect(await ask(reader(1))).toBe('read')
    expect(await ask(reader(1))).toBe('read')
    const refused = await ask(reader(1, '198.51.100.7')).catch((error) => error)
    expect(refused).toMatchObject({ code: 'too-fast', message: 'You are reading too fast.' })
    expect(refused.retryAfterMs).toBeGreaterThan(0)
    expect(refused.retryAfterMs).toBeLessThan(2_000)
    // The charge affects neither others nor sessions that only typed the name.
    expect(await ask(reader(2))).toBe('read')
    expect(await ask(reader(1, '203.0.113.1', false))).toBe('read')
  })
  it('charges a network for all of its users', async () => {
    const reads = new Reads(true)
    const ask = async (id: number, network: string) => {
      const asked = reads.ask(reader(id, network), 20 * 1024 * 1024)
      await reads.endAll()
      return await asked
    }
    let read = 0
    for (; read < 100; read++) if ((await ask(read % 25, '203.0.113.1').catch(() => true)) === true) break
    expect(read).toBeGreaterThanOrEqual(51)
    expect(read).toBeLessThan(75)
    expect(await ask(500, '203.0.113.2')).toBe('read')
    // Who has read little is served there all the same.
    expect(await ask(501, '203.0.113.1')).toBe('read')
  })
  it('refuses an admitted read whose user has gone over the limit meanwhile', async () => {
    const reads = new Reads(true)
    const all = Array.from({ length: 5 }, () => reads.ask(reader(1), 70 * 1024 * 1024).catch((error) => error.code))
    await reads.endAll()
    expect(await Promise.all(all)).toEqual(['read', 'too-fast', 'too-fast', 'too-fast', 'too-fast'])
  })
  it('continues after a read that fails', async () => {
    const { queue } = new Reads()
    await expect(queue.read(reader(1), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await queue.read(reader(1), async () => 'read')).toBe('read')
  })
})

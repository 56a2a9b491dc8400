import { describe, expect, it } from 'vitest'
import { createTurns, TooBusy, type TurnLimits } from '../../src/server/rate-limit/fair-queue.ts'
import { callerOf } from '../../src/server/rate-limit/user-key.ts'

const limits = { maxAtOnce: 2, maxWaiting: 3, workMs: 250, maxWaitMs: 60_000 }

/** Work that begins when its turn comes and is done when the test says so. */
function newPlace(of: TurnLimits = limits) {
  const inTurn = createTurns(of)
  const begun: string[] = []
  const ends = new Map<string, PromiseWithResolvers<string>>()

  function ask(name: string, by = 'one'): Promise<string> {
    const end = Promise.withResolvers<string>()
    ends.set(name, end)
    return inTurn(by, () => {
      begun.push(name)
      return end.promise
    })
  }

  /** Ends the work, and lets what follows from that happen. */
  async function end(name: string, error?: Error): Promise<void> {
    const { promise, resolve, reject } = ends.get(name) ?? expect.fail(`${name} must have been asked for`)
    if (error) reject(error)
    else resolve(name)
    await promise.catch(() => {})
    await new Promise(setImmediate)
  }

  return { ask, begun, end, inTurn }
}

describe('fair queue', () => {
  it('runs two at once, and a third when one of them is done', async () => {
    const { ask, begun, end } = newPlace()
    const asked = ['a', 'b', 'c'].map((name) => ask(name))
    await new Promise(setImmediate)
    expect(begun).toEqual(['a', 'b'])
    await end('b')
    expect(begun).toEqual(['a', 'b', 'c'])
    await end('a')
    await end('c')
    expect(await Promise.all(asked)).toEqual(['a', 'b', 'c'])
  })
  it('tells who has waited for too long, and gives the turn to the next', async () => {
    const { ask, begun, end } = newPlace({ ...limits, maxWaitMs: 10 })
    const running = [ask('a'), ask('b')]
    await expect(ask('c')).rejects.toBeInstanceOf(TooBusy)
    const next = ask('d', 'another')
    await end('a')
    expect(begun).toEqual(['a', 'b', 'd'])
    await end('b')
    await end('d')
    expect(await Promise.all([...running, next])).toEqual(['a', 'b', 'd'])
  })
  it('runs in the order of requests', async () => {
    const { ask, begun, end } = newPlace()
    const asked = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name))
    for (const name of ['b', 'a', 'c', 'd', 'e']) await end(name)
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'])
    await Promise.all(asked)
  })
  it('refuses more than may wait, with the time to ask again', async () => {
    const { ask, begun, end } = newPlace()
    const asked = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name))
    await expect(ask('f')).rejects.toBeInstanceOf(TooBusy)
    await expect(ask('g')).rejects.toMatchObject({ name: 'TooBusy', retryAfterMs: 500 })
    await end('a')
    asked.push(ask('h'))
    for (const name of ['b', 'c', 'd', 'e', 'h']) await end(name)
    expect(await Promise.all(asked)).toEqual(['a', 'b', 'c', 'd', 'e', 'h'])
    expect(begun).not.toContain('f')
  })
  it('alternates between users, however much one of them asks for (SECURITY-REVIEW 13)', async () => {
    const { ask, begun, end } = newPlace({ ...limits, maxAtOnce: 1, maxWaiting: 100 })
    const flood = Array.from({ length: 50 }, (_, i) => ask(`flood ${i}`, 'flood'))
    const others = ['one', 'two', 'three'].map((by) => ask(by, by))
    await new Promise(setImmediate)
    for (let i = 0; i < 5; i++) await end(begun.at(-1) ?? '')
    expect(begun).toEqual(['flood 0', 'flood 1', 'one', 'two', 'three', 'flood 2'])
    for (let i = 2; i < 50; i++) await end(`flood ${i}`)
    await Promise.all([...flood, ...others])
  })
  it('gives a single user all turns; the user with the most waiting loses one to others (SECURITY-REVIEW 13)', async () => {
    const { ask, begun, end } = newPlace()
    const flood = ['a', 'b', 'c', 'd', 'e'].map((name) => ask(name, 'flood'))
    const other = ask('other', 'other')
    await expect(flood.pop()).rejects.toMatchObject({ name: 'TooBusy', retryAfterMs: 375 })
    const another = ask('another', 'another')
    await expect(flood.pop()).rejects.toBeInstanceOf(TooBusy)
    await expect(ask('late', 'late'), 'nobody has more than one waiting').rejects.toBeInstanceOf(TooBusy)
    for (const name of ['a', 'b', 'c', 'other', 'another']) await end(name)
    await Promise.all([...flood, other, another])
    expect(begun).toEqual(['a', 'b', 'c', 'other', 'another'])
  })
  it('gives one user no more than their part, also while nobody else asks', async () => {
    const { ask, begun, end } = newPlace({ ...limits, maxAtOnce: 2, maxEach: 1, maxWaiting: 100 })
    const asked = [ask('a', 'flood'), ask('b', 'flood'), ask('c', 'flood')]
    await new Promise(setImmediate)
    expect(begun).toEqual(['a'])
    asked.push(ask('other', 'other'), ask('another', 'another'))
    await new Promise(setImmediate)
    expect(begun).toEqual(['a', 'other'])
    await end('other')
    expect(begun, 'the flood has its part already').toEqual(['a', 'other', 'another'])
    await end('a')
    expect(begun).toEqual(['a', 'other', 'another', 'b'])
    for (const name of ['another', 'b', 'c']) await end(name)
    expect(await Promise.all(asked)).toHaveLength(5)
  })
  it('gives the guests of a network together the turns of one other, and alternates between them', async () => {
    const { ask, begun, end } = newPlace({ ...limits, maxAtOnce: 1, maxWaiting: 100 })
    const guest = (id: number) => callerOf({ session: { user: { id }, isVerified: true, role: 'guest' }, network: 'n' })
    const asked = [1, 2, 3].flatMap((id) => [ask(`guest ${id} a`, guest(id)), ask(`guest ${id} b`, guest(id))])
    asked.push(ask('anna a', 'anna'), ask('anna b', 'anna'))
    await new Promise(setImmediate)
    for (let i = 0; i < 8; i++) await end(begun.at(-1) ?? '')
    await Promise.all(asked)
    const [first, ...rest] = begun
    expect(first).toBe('guest 1 a')
    expect(rest.slice(0, 4)).toEqual(['guest 1 b', 'anna a', 'guest 2 a', 'anna b'])
    expect(rest.slice(4)).toEqual(['guest 3 a', 'guest 2 b', 'guest 3 b'])
  })
  it('takes a turn from the largest network when too many wait, and in it from the guest with most', async () => {
    const { ask, begun, end } = newPlace({ ...limits, maxAtOnce: 1, maxWaiting: 3 })
    const guest = (id: number) => callerOf({ session: { user: { id }, isVerified: true, role: 'guest' }, network: 'n' })
    const running = ask('running', 'bo')
    const [few, ...many] = [ask('few', guest(1)), ask('many a', guest(2)), ask('many b', guest(2))]
    const anna = ask('anna', 'anna')
    await expect(many.pop()).rejects.toBeInstanceOf(TooBusy)
    await expect(ask('more', guest(2)), 'their own network is the largest').rejects.toBeInstanceOf(TooBusy)
    for (const name of ['running', 'few', 'anna', 'many a']) await end(name)
    await Promise.all([running, few, ...many, anna])
    expect(begun).toEqual(['running', 'few', 'anna', 'many a'])
  })
  it('says when to come back by the part of one user', async () => {
    const { ask, end } = newPlace({ ...limits, maxEach: 1 })
    const asked = ['a', 'b', 'c', 'd'].map((name) => ask(name))
    await expect(ask('e')).rejects.toMatchObject({ retryAfterMs: 1_000 })
    for (const name of ['a', 'b', 'c', 'd']) await end(name)
    await Promise.all(asked)
  })
  it('never runs three at once when turns are handed on', async () => {
    const { ask, begun, end } = newPlace()
    const asked = ['a', 'b', 'c'].map((name) => ask(name))
    const ending = end('a')
    asked.push(ask('meanwhile'))
    await ending
    asked.push(ask('afterwards'))
    await new Promise(setImmediate)
    expect(begun).toEqual(['a', 'b', 'c'])
    for (const name of ['b', 'c', 'meanwhile', 'afterwards']) await end(name)
    expect(await Promise.all(asked)).toHaveLength(5)
  })
  it('continues after work that fails in any way', async () => {
    const { ask, end, inTurn } = newPlace()
    const throwing = () => {
      throw new Error('at once')
    }
    for (let i = 0; i < 5; i++) await expect(inTurn('one', throwing)).rejects.toThrow('at once')
    for (let i = 0; i < 5; i++) {
      const asked = ask(`late ${i}`)
      await Promise.all([expect(asked).rejects.toThrow('late'), end(`late ${i}`, new Error('late'))])
    }
    const asked = ask('good')
    await end('good')
    expect(await asked).toBe('good')
  })
})

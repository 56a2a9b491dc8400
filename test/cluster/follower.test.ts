/** What a node passes on of others, and when it trusts what it knows. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LocalBackplane } from '../../src/server/backplane/local.ts'
import type { Publication } from '../../src/server/chat/publication.ts'
import { Follower } from '../../src/server/cluster/follower.ts'
import { type OpenHead, readWhenCurrent, refuseUnlessCurrent } from '../../src/server/cluster/node.ts'
import type { Head, LoggedChange, ServerChange } from '../../src/server/store/store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const entry = (id: number) => ({ type: 'entry', entry: { id, room: 'tea' } }) as unknown as Publication
const openHead = (last: number, at: number): OpenHead => ({ room: 'tea', last, at, opening: {} })
const ended = (session: number): ServerChange => ({ type: 'session-ended', user: { id: 1 }, session })
const access = (isIn: boolean): ServerChange => ({
  type: 'access-changed',
  user: 1,
  room: 'tea',
  kind: 'private',
  isIn,
  canView: isIn,
})

async function openFollower() {
  const logged: LoggedChange[] = []
  const heads = new Map<string, Head>()
  const open: OpenHead[] = []
  const [abandon, leave] = [vi.fn(), vi.fn()]
  const store = { isDown: false, epoch: 'one', readsHeads: () => {}, arrival: Promise.resolve() }
  const answer = async <Value>(value: Value) => {
    if (store.isDown) throw new Error('The database is down.')
    await store.arrival
    return value
  }
  const backplane = Object.assign(new LocalBackplane<Publication>(), { fault: undefined, close: async () => {} })
  const follower = new Follower({
    store: {
      epoch: 'one',
      abandon,
      leave,
      serverLog: {
        epoch: () => answer(store.epoch),
        head: () => answer(logged.at(-1)?.id ?? 0),
        after: (id) => answer(logged.filter((one) => one.id > id)),
      },
      log: {
        async heads() {
          store.readsHeads()
          return await answer(new Map(heads))
        },
      },
    },
    backplane,
    log: { event: vi.fn() },
  })
  const heard: unknown[] = []
  follower.subscribe((publication) => heard.push(publication.type === 'entry' ? publication.entry.id : publication))
  await follower.open()
  const found: [string, number][] = []
  await follower.start({ heads: () => open, hear: (room, last) => found.push([room, last]) })
  const log = (change: ServerChange) => logged.push({ id: logged.length + 1, change })
  return { follower, backplane, store, logged, log, heads, open, heard, found, abandon, leave }
}

it('node that follows the server log › applies a change once, whether it was published before it is read, after it, or never', async () => {
  const { backplane, log, heard } = await openFollower()
  backplane.publish(ended(1) as Publication)
  expect(heard).toEqual([ended(1)])
  log(ended(1))
  log(ended(2))
  log(ended(3))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard).toEqual([ended(1), ended(2), ended(3)])
  backplane.publish(ended(2) as Publication)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard).toEqual([ended(1), ended(2), ended(3)])
})
it('node that follows the server log › brings changes into their order when the first of them was not published', async () => {
  const { backplane, log, heard } = await openFollower()
  log(access(false))
  log(access(true))
  backplane.publish(access(true) as Publication)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard.at(-2)).toEqual(access(false))
  expect(heard.at(-1)).toEqual(access(true))
})
it('node that follows the server log › brings changes into their order when the first of them is read after the next was applied', async () => {
  const { backplane, store, log, heard } = await openFollower()
  const arrived = Promise.withResolvers<void>()
  store.arrival = arrived.promise
  log(access(true))
  // The read that begins now sees this one only.
  await vi.advanceTimersByTimeAsync(600)
  backplane.publish(access(false) as Publication)
  log(access(false))
  store.arrival = Promise.resolve()
  arrived.resolve()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard).toEqual([access(false), access(true), access(false)])
})
it('node that follows the server log › compares the ends of the rooms that are open', async () => {
  const { open, heads, found } = await openFollower()
  open.push(openHead(0, 0))
  heads.set('tea', { last: 7, at: 0 })
  await vi.advanceTimersByTimeAsync(2_500)
  expect(found).toContainEqual(['tea', 7])
})
it('node that follows the server log › passes nothing on and refuses commands when the log was not read for two seconds, but for what takes rights away', async () => {
  const { follower, backplane, store, open, heard, heads, found } = await openFollower()
  open.push(openHead(0, 0))
  await vi.advanceTimersByTimeAsync(1_000)
  backplane.publish(entry(1))
  expect(() => refuseUnlessCurrent(follower)).not.toThrow()
  store.isDown = true
  await vi.advanceTimersByTimeAsync(2_500)
  expect(() => refuseUnlessCurrent(follower)).toThrow(expect.objectContaining({ code: 'unavailable' }))
  backplane.publish(entry(2))
  backplane.publish(ended(1) as Publication)
  expect(heard).toEqual([1, ended(1)])
  heads.set('tea', { last: 2, at: 0 })
  found.length = 0
  store.isDown = false
  await vi.advanceTimersByTimeAsync(600)
  expect(() => refuseUnlessCurrent(follower)).not.toThrow()
  // What it did not pass on is found at once.
  expect(found).toContainEqual(['tea', 2])
})
it('node that follows the server log › does not trust what it knows after it was paused, until it has read the log', async () => {
  const { follower, backplane, log, heard } = await openFollower()
  await vi.advanceTimersByTimeAsync(1_000)
  log(ended(1))
  // The clock goes on, and no timer has fired yet.
  vi.setSystemTime(Date.now() + 30_000)
  const { now } = performance
  const paused = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 30_000)
  backplane.publish(entry(1))
  expect(heard).toEqual([])
  expect(follower.isCurrent).toBe(false)
  await vi.advanceTimersByTimeAsync(600)
  paused.mockRestore()
  expect(heard).toEqual([ended(1)])
})
describe('a database that has lost what the node knows of is abandoned', () => {
  it('when the log that it has followed is shorter', async () => {
    const { follower, abandon, logged, log } = await openFollower()
    log(ended(1))
    log(ended(2))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(abandon).not.toHaveBeenCalled()
    logged.length = 1
    await vi.advanceTimersByTimeAsync(1_000)
    expect(abandon).toHaveBeenCalled()
    expect(follower.isCurrent).toBe(false)
  })
  it('when its newest change is another one now', async () => {
    const { abandon, logged, log } = await openFollower()
    log(ended(1))
    await vi.advanceTimersByTimeAsync(1_000)
    logged.length = 0
    log(ended(3))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(abandon).toHaveBeenCalled()
  })
  it('when another node has given the log another epoch', async () => {
    const { follower, abandon, store } = await openFollower()
    store.epoch = 'two'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(abandon).toHaveBeenCalled()
    expect(() => follower.guard()).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
  it.for([
    ['a room ends before what was delivered there', { last: 4, at: 0 }],
    ['the newest entry that was delivered is another one now', { last: 9, at: 1_001 }],
  ] as const)('when %s', async ([, head]) => {
    const { abandon, open, heads } = await openFollower()
    open.push(openHead(5, 1_000))
    heads.set('tea', { last: 6, at: 1_000 })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(abandon).not.toHaveBeenCalled()
    heads.set('tea', head)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(abandon).toHaveBeenCalled()
  })
  it('but not when the room was deleted, and perhaps made again, which the server log says', async () => {
    const { follower, abandon, open, heads, log } = await openFollower()
    open.push(openHead(5, 1_000))
    heads.set('tea', { last: 1, at: 0 })
    log({ type: 'room-deleted', room: 'tea', isPublic: true, users: [] })
    follower.subscribe((publication) => {
      if (publication.type === 'room-deleted') open.length = 0
    })
    await follower.explain('tea')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(abandon).not.toHaveBeenCalled()
    expect(follower.isCurrent).toBe(true)
  })
  it.for(['before', 'while'])('and not when that room is longer already, made %s its end is read', async (when) => {
    const { follower, abandon, store, open, heads, log } = await openFollower()
    open.push(openHead(3, 1_000))
    heads.set('tea', { last: 3, at: 1_000 })
    follower.subscribe((publication) => {
      if (publication.type === 'room-deleted') open.splice(0, 1, openHead(4, 2_004))
    })
    const makeAgain = () => {
      store.readsHeads = () => {}
      log({ type: 'room-deleted', room: 'tea', isPublic: true, users: [] })
      heads.set('tea', { last: 4, at: 2_003 })
    }
    if (when === 'before') makeAgain()
    else store.readsHeads = makeAgain
    await follower.explain('tea')
    heads.set('tea', { last: 4, at: 2_004 })
    await vi.advanceTimersByTimeAsync(3_000)
    expect(abandon).not.toHaveBeenCalled()
    expect(open[0]?.last).toBe(4)
  })
  it('and an entry that was stored under an id of before is not acknowledged', async () => {
    const { follower, abandon, open, heads } = await openFollower()
    open.push(openHead(5, 1_000))
    heads.set('tea', { last: 5, at: 2_000 })
    await expect(follower.explain('tea')).rejects.toMatchObject({ code: 'unavailable' })
    expect(abandon).toHaveBeenCalled()
  })
})

describe('a node that was away until the database had forgotten what it missed', () => {
  it.for([0, 2])('ends, and the log keeps its epoch: after %i changes', async (known) => {
    const { follower, logged, abandon, leave } = await openFollower()
    for (let id = 1; id <= known; id++) logged.push({ id, change: ended(id) })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(follower.isCurrent).toBe(true)
    logged.splice(0, known, { id: 5, change: ended(5) })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(leave).toHaveBeenCalled()
    expect(abandon).not.toHaveBeenCalled()
    expect(follower.isCurrent).toBe(false)
  })
  it('goes on when its newest change is the oldest that is kept', async () => {
    const { follower, logged, log, heard, leave } = await openFollower()
    log(ended(1))
    log(ended(2))
    await vi.advanceTimersByTimeAsync(1_000)
    logged.shift()
    logged.push({ id: 3, change: ended(3) })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(heard).toEqual([ended(1), ended(2), ended(3)])
    expect(leave).not.toHaveBeenCalled()
    expect(follower.isCurrent).toBe(true)
  })
})

describe('a read of a node', () => {
  it('while the node was not current is not used, and read again once it is', async () => {
    const { follower, store } = await openFollower()
    const answers = ['of before', 'of now']
    const begun = Promise.withResolvers<void>()
    const reading = readWhenCurrent(follower, async () => {
      const answer = answers.shift()
      if (answers.length) await begun.promise
      return answer
    })
    store.isDown = true
    await vi.advanceTimersByTimeAsync(2_500)
    begun.resolve()
    await vi.advanceTimersByTimeAsync(1_000)
    store.isDown = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await reading).toBe('of now')
  })
  it('is not answered by a node that is not current any more', async () => {
    const { follower, store } = await openFollower()
    expect(() => follower.guard()).not.toThrow()
    store.isDown = true
    await vi.advanceTimersByTimeAsync(2_500)
    expect(() => follower.guard()).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
})

/** What a node passes on of others, and when it trusts what it knows. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LocalBackplane } from '../../src/server/backplane/local.ts'
import type { Publication } from '../../src/server/chat/publication.ts'
import { Follower } from '../../src/server/cluster/follower.ts'
import { refuseUnlessCurrent } from '../../src/server/cluster/node.ts'
import type { LoggedChange, ServerChange } from '../../src/server/store/store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const entry = (id: number) => ({ type: 'entry', entry: { id, room: 'tea' } }) as unknown as Publication
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
  const heads = new Map<string, number>()
  const store = { isDown: false }
  const answer = async <Value>(value: Value) => {
    if (store.isDown) throw new Error('The database is down.')
    return value
  }
  const backplane = Object.assign(new LocalBackplane<Publication>(), { fault: undefined, close: async () => {} })
  const follower = new Follower({
    store: {
      serverLog: {
        head: () => answer(logged.at(-1)?.id ?? 0),
        after: (id) => answer(logged.filter((one) => one.id > id)),
      },
      log: { heads: () => answer(new Map(heads)) },
    },
    backplane,
    log: { event: vi.fn() },
  })
  const heard: unknown[] = []
  follower.subscribe((publication) => heard.push(publication.type === 'entry' ? publication.entry.id : publication))
  await follower.open()
  const found: [string, number][] = []
  follower.start({ openRooms: () => ['tea'], hear: (room, last) => found.push([room, last]) })
  const log = (change: ServerChange) => logged.push({ id: logged.length + 1, change })
  return { follower, backplane, store, logged, log, heads, heard, found }
}

it('applies a change once, whether it was published before it is read, after it, or never', async () => {
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
it('brings changes into their order when the first of them was not published', async () => {
  const { backplane, log, heard } = await openFollower()
  log(access(false))
  log(access(true))
  backplane.publish(access(true) as Publication)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard.at(-2)).toEqual(access(false))
  expect(heard.at(-1)).toEqual(access(true))
})
it('compares the ends of the rooms that are open', async () => {
  const { heads, found } = await openFollower()
  heads.set('tea', 7)
  await vi.advanceTimersByTimeAsync(2_500)
  expect(found).toContainEqual(['tea', 7])
})
it('passes nothing on and refuses commands when the log was not read for two seconds, but for what takes rights away', async () => {
  const { follower, backplane, store, heard, heads, found } = await openFollower()
  await vi.advanceTimersByTimeAsync(1_000)
  backplane.publish(entry(1))
  expect(() => refuseUnlessCurrent(follower)).not.toThrow()
  store.isDown = true
  await vi.advanceTimersByTimeAsync(2_500)
  expect(() => refuseUnlessCurrent(follower)).toThrow(expect.objectContaining({ code: 'unavailable' }))
  backplane.publish(entry(2))
  backplane.publish(ended(1) as Publication)
  expect(heard).toEqual([1, ended(1)])
  heads.set('tea', 2)
  found.length = 0
  store.isDown = false
  await vi.advanceTimersByTimeAsync(600)
  expect(() => refuseUnlessCurrent(follower)).not.toThrow()
  // What it did not pass on is found at once.
  expect(found).toContainEqual(['tea', 2])
})
it('does not trust what it knows after it was paused, until it has read the log', async () => {
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
it('gives up when the log that it has followed is not there any more', async () => {
  const { follower, logged, log } = await openFollower()
  log(ended(1))
  log(ended(2))
  await vi.advanceTimersByTimeAsync(1_000)
  logged.length = 0
  log(ended(3))
  await vi.advanceTimersByTimeAsync(1_000)
  await expect(follower.failed).resolves.toMatchObject({ message: expect.stringContaining('backup') })
})

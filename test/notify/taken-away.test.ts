/** Notifications that are shown are taken away, also after a restart and when a publication is lost. */
import { describe, expect, it, vi } from 'vitest'
import type { User } from '../../src/shared/protocol/types.ts'
import { den, tea } from '../support/server/populate.ts'
import type { Cleanup } from '../support/server/server.ts'
import { google, notifying } from './notifying.ts'

/** Bo is shown a message of Anna's in the room. */
async function shown(t: Cleanup, room: string) {
  const notified = await notifying(t)
  const { fixture, notifier, pushed, subscribe } = notified
  const { anna, bo } = fixture
  await subscribe(bo, `${google}bo`)
  await notifier.start()
  const { entry } = await fixture.write(anna, room, { data: '@Bo' })
  notifier.hear({ type: 'entry', entry })
  await expect.poll(() => pushed.length, { timeout: 20_000 }).toBe(1)
  await notifier.settled()
  expect(pushed[0]).toMatchObject({ type: 'message', room, text: '@Bo' })
  return { ...notified, entry, anna, bo }
}

const clear = (user: User, room: string, badge = 0) => ({
  type: 'clear',
  to: user.id,
  room,
  id: expect.any(Number),
  tag: `room-${room}`,
  badge,
})

describe('a notification that is shown', () => {
  it('is taken away from who cannot view the room any more', async (t) => {
    const { fixture, notifier, pushed, anna, bo } = await shown(t, den)
    await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
    const effect = { type: 'access-changed', user: bo.id, room: den, kind: 'private', isIn: false } as const
    notifier.hear({ ...effect, canView: false })
    await expect.poll(() => pushed.length, { timeout: 20_000 }).toBe(2)
    expect(pushed[1]).toEqual(clear(bo, den))
    await notifier.settled()
    expect(await fixture.store.notifications.outdated([{ user: bo.id, room: den }])).toEqual([])
  })
  it('is taken away by the next node that leads, if the one before has not done it', async (t) => {
    const { fixture, notifier, another, pushed, anna, bo } = await shown(t, den)
    await notifier.close()
    await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
    const next = another()
    await next.start()
    await next.settled()
    expect(pushed.slice(1)).toEqual([clear(bo, den)])
    await next.close()
    const last = another()
    await last.start()
    await last.settled()
    expect(pushed).toHaveLength(2)
  })
  it('is taken away later when the push service does not accept it now', async (t) => {
    const { fixture, notifier, pushed, state, entry, bo } = await shown(t, tea)
    const statuses = [503, 201]
    state.answer = async () => ({ type: 'answered', status: statuses.shift() ?? 201, body: '', contentType: '' })
    await fixture.store.rooms.markRead(bo, tea, entry.id)
    notifier.hear({ type: 'read', user: bo, room: tea, kind: 'public', id: entry.id })
    await expect.poll(() => pushed.length, { timeout: 20_000 }).toBe(3)
    expect(pushed.slice(1)).toEqual([clear(bo, tea), clear(bo, tea)])
    await notifier.settled()
    expect((await fixture.store.notifications.pendingRooms(bo.id)).pushes).toEqual([])
  })
  it('is taken away or replaced though no node has heard of what has changed', async (t) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    t.onTestFinished(() => void vi.useRealTimers())
    const { fixture, pushed, entry, anna, bo } = await shown(t, tea)
    const lookAround = () => vi.advanceTimersByTimeAsync(30_000)
    await fixture.write(anna, tea, { type: 'edit', ref: entry.id, data: 'hello @Bo' })
    await lookAround()
    await expect.poll(() => pushed.length, { timeout: 20_000 }).toBe(2)
    expect(pushed[1]).toMatchObject({ type: 'message', text: 'hello @Bo', update: true })
    await expect.poll(() => fixture.store.notifications.outdated([{ user: bo.id, room: tea }])).toEqual([])
    await fixture.store.rooms.markRead(bo, tea, entry.id)
    await lookAround()
    await expect.poll(() => pushed.length, { timeout: 20_000 }).toBe(3)
    expect(pushed[2]).toEqual(clear(bo, tea))
  })
  it('is looked at once at a time, and not after the end', async (t) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    t.onTestFinished(() => void vi.useRealTimers())
    const { fixture, notifier } = await shown(t, tea)
    const { notifications } = fixture.store
    const outdated = vi.spyOn(notifications, 'outdated')
    await vi.advanceTimersByTimeAsync(30_000)
    await expect.poll(() => outdated.mock.calls, { timeout: 20_000 }).toEqual([[[{ user: fixture.bo.id, room: tea }]]])
    await notifier.settled()
    const held = Promise.withResolvers<number[]>()
    const reachable = vi.spyOn(notifications, 'reachable').mockReturnValue(held.promise)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reachable).toHaveBeenCalledTimes(1)
    await notifier.close()
    held.resolve([fixture.bo.id])
    await notifier.settled()
    expect(outdated).toHaveBeenCalledTimes(1)
  })
})

/** A user with several browsers, whose push services accept nothing for a while. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hourMs, minuteMs } from '../../src/shared/durations.ts'
import { den, tea } from '../support/server/populate.ts'
import type { Cleanup } from '../support/server/server.ts'
import { google, mozilla, notifying } from './notifying.ts'

/** The longest time after which the notifier looks again. */
const maxWaitMs = 10 * minuteMs
const chrome = `${google}anna`
const firefox = `${mozilla}anna`

type Notifying = Awaited<ReturnType<typeof notifying>>

/** Anna has two browsers, and has been shown something in the tea room in both. */
async function twoBrowsers(t: Cleanup) {
  const notified = await notifying(t)
  const { fixture, notifier, subscribe } = notified
  await subscribe(fixture.anna, chrome)
  await subscribe(fixture.anna, firefox)
  await notifier.start()
  const first = await write(notified, tea, '@Anna one')
  await expect.poll(() => notified.posted.toSorted(), { timeout: 20_000 }).toEqual([chrome, firefox])
  await notifier.settled()
  return { ...notified, first }
}

async function write({ fixture, notifier }: Notifying, room: string, data: string) {
  const { entry } = await fixture.write(fixture.bo, room, { data })
  notifier.hear({ type: 'entry', entry })
  await notifier.settled()
  return entry
}

/** Firefox's push service accepts nothing for an hour. */
function firefoxRests({ state }: Notifying): void {
  state.answer = async (url) => {
    if (url !== firefox) return { type: 'answered', status: 201, body: '', contentType: '' }
    const retryAfter = String(hourMs / 1_000)
    return { type: 'answered', status: 503, body: '', contentType: '', retryAfter }
  }
}

/** The hour is over. */
async function firefoxAccepts({ state }: Notifying): Promise<void> {
  state.answer = async () => ({ type: 'answered', status: 201, body: '', contentType: '' })
  state.now = () => Date.now() + 2 * hourMs
  await vi.advanceTimersByTimeAsync(maxWaitMs)
}

describe('a browser whose push service accepts nothing now', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true }))
  afterEach(() => void vi.useRealTimers())

  it('is told later, though another browser has taken a newer message meanwhile', async (t) => {
    const notified = await twoBrowsers(t)
    const { posted, pushed, notifier } = notified
    firefoxRests(notified)
    await write(notified, tea, '@Anna two')
    await expect.poll(() => posted.slice(2).toSorted(), { timeout: 20_000 }).toEqual([chrome, firefox])
    await notifier.settled()
    await write(notified, tea, '@Anna three')
    await expect.poll(() => posted.slice(4), { timeout: 20_000 }).toEqual([chrome])
    await notifier.settled()
    await firefoxAccepts(notified)
    await expect.poll(() => posted.slice(5), { timeout: 20_000 }).toEqual([firefox])
    expect(pushed.at(-1)).toMatchObject({ type: 'message', text: '@Anna three' })
  })
  it('is told later to take a notification away, though another browser has done it', async (t) => {
    const notified = await twoBrowsers(t)
    const { fixture, posted, pushed, notifier, first } = notified
    const { anna } = fixture
    firefoxRests(notified)
    await write(notified, den, '@Anna')
    await expect.poll(() => posted.slice(2).toSorted(), { timeout: 20_000 }).toEqual([chrome, firefox])
    await notifier.settled()
    await fixture.store.rooms.markRead(anna, tea, first.id)
    notifier.hear({ type: 'read', user: anna, room: tea, kind: 'public', id: first.id })
    await expect.poll(() => posted.slice(4), { timeout: 20_000 }).toEqual([chrome])
    expect(pushed.at(-1)).toMatchObject({ type: 'clear', room: tea })
    await notifier.settled()
    await firefoxAccepts(notified)
    await expect.poll(() => posted.slice(5), { timeout: 20_000 }).toEqual([firefox, firefox])
    expect(pushed.slice(5)).toContainEqual(expect.objectContaining({ type: 'clear', room: tea }))
  })
  it('is not forgotten when its wait ends while another browser is told', async (t) => {
    const notified = await twoBrowsers(t)
    const { fixture, posted, pushed, notifier, state, first } = notified
    const { anna } = fixture
    const { notifications } = fixture.store
    const at = state.now() + minuteMs
    for (const { id, endpoint } of await notifications.subscriptions(anna.id)) {
      const retryAt = endpoint === firefox ? at + 5 : at
      const refused = { type: 'failed', reason: 'refused', status: 429, retryAt } as const
      await notifications.noteTest({ subscription: id, at: at - minuteMs, ...refused })
    }
    // Each look at the clock is ten milliseconds after the one before: only Chrome's wait has ended at the first.
    let looks = 0
    state.now = () => at + 10 * looks++
    await fixture.store.rooms.markRead(anna, tea, first.id)
    notifier.hear({ type: 'read', user: anna, room: tea, kind: 'public', id: first.id })
    await expect.poll(() => posted.slice(2), { timeout: 20_000 }).toEqual([chrome, firefox])
    expect(pushed.slice(2)).toMatchObject([{ type: 'clear' }, { type: 'clear' }])
  })
})

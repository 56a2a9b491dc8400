/** What every store must do when a user wants to be told more: how much is read for it is bounded. */
import { describe, expect, it } from 'vitest'
import { hourMs } from '../../../../src/shared/durations.ts'
import type { Backend } from '../contract.ts'
import { openNotified } from './notified.ts'

export function widerNotificationsContract(backend: Backend): void {
  /** Three rooms of Anna's: the first two have more than 300 unread texts with her keyword, and the last is the one not used for longest. */
  async function opened(t: Parameters<Backend['place']>[0]) {
    const notified = await openNotified(t, backend)
    const { fixture, subscribed, notifications } = notified
    const { anna, bo } = fixture
    await subscribed(anna)
    await notifications.set(anna.id, { keywords: ['the'] })
    const rooms: string[] = []
    for (let i = 0; i < 3; i++) {
      const { room } = await fixture.create(bo)
      await fixture.store.rooms.join(anna.id, room)
      rooms.push(room)
    }
    const [first = '', second = '', last = ''] = rooms
    await fixture.write(bo, last, { data: 'oolong' }, { at: Date.now() - hourMs })
    const texts = (n: number) => Array.from({ length: n }, (_, i) => ({ data: `the text ${i}` }))
    await Promise.all(texts(200).map((text) => fixture.write(bo, first, text)))
    await Promise.all(texts(101).map((text) => fixture.write(bo, second, text)))
    return { ...notified, anna, first, second, last }
  }

  describe(`${backend.name} store, a wider choice of notifications`, () => {
    it('reads a bounded number of texts: rooms after them are told what was unread', async (t) => {
      const { anna, first, last, texts, notifications } = await opened(t)
      await notifications.set(anna.id, { keywords: ['the', 'oolong'] })
      expect(await texts(anna, first)).toMatch('the text')
      expect(await texts(anna, last)).toBe('oolong')
    })
    it('reads nothing again that was pushed to a user without emails', async (t) => {
      const { anna, first, second, last, texts, told, note, notifications } = await opened(t)
      for (const room of [first, second]) await note(anna, await told(anna, room))
      await notifications.set(anna.id, { keywords: ['the', 'oolong'] })
      expect(await texts(anna, first)).toBe('none')
      expect(await texts(anna, last)).toBe('none')
    })
  })
}

/** What every store must do for emails about unread messages. */
import { describe, expect, it } from 'vitest'
import type { Moment, NextMail } from '../../../../src/server/store/store.ts'
import { dayMs, minuteMs } from '../../../../src/shared/durations.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

type Digest = Extract<NextMail, { type: 'digest' }>

const address = 'anna@example.org'

export function digestsContract(backend: Backend): void {
  /** Anna has a verified address. */
  async function opened(t: Parameters<Backend['place']>[0]) {
    const fixture = await StoreFixture.open(t, backend)
    const { anna, store } = fixture
    const { notifications } = store
    const linkHash = new Uint8Array(32).fill(1)
    const mail = { address, linkHash, linkExpiresAt: Date.now() + dayMs, token: 'token' }
    await notifications.set(anna.id, { mail })
    expect(await notifications.verifyMail(linkHash, Date.now())).toBe(anna.id)
    const next = (rooms: readonly string[], more: Partial<Moment> = {}) =>
      notifications.nextMail(anna.id, rooms, {
        at: Date.now() + 30 * minuteMs,
        graceMs: 0,
        canGuestsView: true,
        ...more,
      })
    async function digest(rooms: readonly string[], more: Partial<Moment> = {}): Promise<Digest> {
      const found = await next(rooms, more)
      if (found.type !== 'digest') throw new Error(`Nothing is mailed: ${JSON.stringify(found)}`)
      return found
    }
    /** New public rooms of which Anna is a member. */
    async function rooms(n: number): Promise<string[]> {
      const made: string[] = []
      for (let i = 0; i < n; i++) {
        const { room } = await fixture.create(fixture.bo)
        await store.rooms.join(anna.id, room)
        made.push(room)
      }
      return made
    }
    const mailed = ({ told }: Digest, more: object = {}) => notifications.noteMail({ userId: anna.id, told, ...more })
    const pending = async (user: User) => (await notifications.pendingRooms(user.id)).mails
    return { fixture, notifications, next, digest, rooms, mailed, pending }
  }

  describe(`${backend.name} store, digests`, () => {
    it('have what is meant for the user and unread, of each room, once', async (t) => {
      const { fixture, notifications, next, digest, mailed, pending } = await opened(t)
      const { anna, bo, cai } = fixture
      const talk = await fixture.create(cai, { kind: 'direct', users: [anna.id] })
      await fixture.moderate(anna, { type: 'accept', room: talk.room })
      await fixture.store.rooms.setNotificationLevel(anna, den, 'nothing')
      await fixture.write(bo, tea, { data: 'for nobody' })
      for (const data of ['one @Anna', 'two @Anna']) await fixture.write(bo, tea, { data })
      const { entry } = await fixture.write(cai, talk.room, { data: 'psst' })
      await fixture.write(cai, den, { data: 'in a muted room @Anna' })
      const asked = [tea, talk.room, den, 'nowhere']
      expect(await pending(anna)).toEqual(expect.arrayContaining([tea, talk.room]))
      const found = await digest(asked)
      expect(found).toMatchObject({ rooms: [tea, talk.room], user: anna, address, token: 'token', failures: 0 })
      expect(found.notices).toMatchObject([
        { room: { room: tea }, count: 2, messages: [{ data: 'one @Anna' }, { data: 'two @Anna' }] },
        { room: { room: talk.room }, count: 1, isDirected: true, messages: [{ data: 'psst' }] },
      ])
      await fixture.store.rooms.markRead(anna, talk.room, entry.id)
      expect((await digest(asked)).rooms, 'read meanwhile').toEqual([tea])
      await mailed(await digest(asked))
      expect(await next(asked)).toEqual({ type: 'none' })
      expect(await pending(anna)).not.toContain(tea)
      await notifications.unsubscribeMail('token')
      await fixture.write(bo, tea, { data: 'three @Anna' })
      expect(await next(asked), 'stopped').toEqual({ type: 'none' })
    })
    it('wait for the delay of the oldest message, for the end of quiet hours and for the mail server', async (t) => {
      const { fixture, notifications, next, digest, mailed } = await opened(t)
      const { anna, bo, cai } = fixture
      const { entry } = await fixture.write(bo, tea, { data: '@Anna' })
      await fixture.write(cai, den, { data: '@Anna' }, { at: entry.at + 10 * minuteMs })
      const rooms = [den, tea]
      const wait = await next(rooms, { at: entry.at + minuteMs })
      expect(wait).toEqual({ type: 'wait', ms: 14 * minuteMs, rooms })
      const noon = Date.UTC(2030, 0, 1, 12)
      await notifications.set(anna.id, { quiet: { from: '00:00', to: '23:59' } })
      expect(await next(rooms, { at: noon })).toMatchObject({ type: 'wait', rooms })
      await notifications.set(anna.id, { quiet: null })
      const found = await digest(rooms, { at: noon })
      await mailed({ ...found, told: [] }, { retryAt: noon + minuteMs })
      expect(await next(rooms, { at: noon })).toEqual({ type: 'wait', ms: minuteMs, rooms })
      expect(await digest(rooms, { at: noon + minuteMs })).toMatchObject({ failures: 1 })
      expect((await next(rooms, { at: noon - dayMs })).type, 'the clock was set back').toBe('digest')
      await mailed(found)
      await fixture.write(bo, tea, { data: 'again @Anna' })
      expect(await digest(rooms, { at: noon })).toMatchObject({ failures: 0, rooms: [tea] })
    })
    it('are not about what was unread before the user wanted more', async (t) => {
      const { fixture, notifications, next, digest } = await opened(t)
      const { anna, bo, cai } = fixture
      await fixture.store.rooms.setNotificationLevel(anna, den, 'all')
      await notifications.set(anna.id, { level: 'nothing' })
      await fixture.write(bo, tea, { data: 'before @Anna' })
      await fixture.write(cai, den, { data: 'waits @Anna' })
      await notifications.set(anna.id, { level: 'mentions', keywords: ['before'] })
      expect(await next([tea])).toEqual({ type: 'none' })
      expect((await digest([tea, den])).rooms).toEqual([den])
      await fixture.write(bo, tea, { data: 'after @Anna' })
      expect((await digest([tea])).notices).toMatchObject([{ count: 1, messages: [{ data: 'after @Anna' }] }])
    })
    it('show ten rooms, and note all as told', async (t) => {
      const { fixture, next, digest, rooms, mailed } = await opened(t)
      const all = await rooms(12)
      for (const room of all) await fixture.write(fixture.bo, room, { data: '@Anna' })
      const found = await digest(all)
      expect([found.notices.length, found.told.length, found.rooms]).toEqual([10, 12, all])
      await mailed(found)
      expect(await next(all)).toEqual({ type: 'none' })
    })
    it('name the rooms that were not looked at', async (t) => {
      const { fixture, next, digest } = await opened(t)
      const others = Array.from({ length: 200 }, (_, i) => `nowhere ${i}`)
      await fixture.write(fixture.bo, tea, { data: '@Anna' })
      const first = await next([...others, tea])
      expect(first).toEqual({ type: 'none', rest: [tea] })
      const second = await digest(first.rest ?? [])
      expect([second.rooms, second.rest]).toEqual([[tea], undefined])
    })
  })
}

import { describe, expect, it } from 'vitest'
import { isPushed } from '../../../src/client/notifications/push-state.ts'
import { isQuiet, isWanted } from '../../../src/client/notifications/wanted-messages.ts'
import { blank, type RoomState } from '../../../src/client/room/room-state.ts'
import type { Message, NotificationSettings } from '../../../src/shared/protocol/types.ts'
import { anna, entry, li } from '../support/fakes.ts'
import { subscriber } from '../support/notification-settings.ts'

const room = (some: Partial<RoomState> = {}): RoomState => ({ ...blank('tea', li), ...some })
const plain = entry(5, 'the kettle is on')
const mention: Message = { ...entry(6, '@Li?'), mentions: [{ id: li.id, name: 'Li' }] }
const settings: Pick<NotificationSettings, 'level' | 'keywords'> = { level: 'mentions', keywords: [] }

describe('message that the user wants to hear of', () => {
  it('is each one where the level is all, and none where it is nothing', () => {
    for (const level of ['all', 'nothing'] as const) {
      const expected = level === 'all'
      expect(isWanted(plain, room({ notify: level }), settings)).toBe(expected)
      expect(isWanted(mention, room({ notify: level }), settings)).toBe(expected)
      expect(isWanted(plain, room(), { ...settings, level })).toBe(expected)
    }
  })
  it('is by the level of the room, and by the user’s own in a room without one', () => {
    expect(isWanted(plain, room({ notify: 'mentions' }), { ...settings, level: 'all' })).toBe(false)
    expect(isWanted(plain, room({ notify: 'all' }), { ...settings, level: 'nothing' })).toBe(true)
  })
  it('mentions them, or everybody', () => {
    expect(isWanted(plain, room(), settings)).toBe(false)
    expect(isWanted(mention, room(), settings)).toBe(true)
    expect(isWanted({ ...plain, mentions: [{ id: 0, name: 'room' }] }, room(), settings)).toBe(true)
    expect(isWanted({ ...plain, mentions: [{ id: anna.id, name: 'Anna' }] }, room(), settings)).toBe(false)
  })
  it('replies to a message of theirs', () => {
    const messages = [entry(1, 'mine', li), entry(2, 'of Anna')]
    expect(isWanted({ ...plain, reply: 1 }, room({ messages }), settings)).toBe(true)
    expect(isWanted({ ...plain, reply: 2 }, room({ messages }), settings)).toBe(false)
    expect(isWanted({ ...plain, reply: 1 }, room(), settings), 'not loaded').toBe(false)
  })
  it('is in a direct conversation without a level of its own', () => {
    expect(isWanted(plain, room({ kind: 'direct' }), settings)).toBe(true)
    expect(isWanted(plain, room({ kind: 'direct', notify: 'mentions' }), settings)).toBe(false)
    expect(isWanted(mention, room({ kind: 'direct', notify: 'mentions' }), settings)).toBe(true)
    expect(isWanted(plain, room({ kind: 'direct' }), { ...settings, level: 'nothing' })).toBe(false)
  })
  it.for([
    ['kettle', 'the KETTLE is on', true],
    ['kettle', 'two kettles', false],
    ['green tea', 'green-tea!', true],
    ['green tea', 'green and tea', false],
    ['café', 'CAFE', true],
    ['龙井', '我喜欢龙井茶', true],
    ['龙井', '龙的井', false],
  ] as const)('has the keyword %s: %s is %s', ([word, text, expected]) => {
    expect(isWanted(entry(5, text), room(), { ...settings, keywords: ['other', word] })).toBe(expected)
  })
  it('is a mention as long as the server has said nothing', () => {
    expect([isWanted(plain, room(), undefined), isWanted(mention, room(), undefined)]).toEqual([false, true])
  })
})

describe('quiet hours', () => {
  const at = (time: string) => Date.parse(`2026-01-15T${time}:00Z`)
  const night = { quiet: { from: '22:00', to: '07:00' }, timeZone: 'UTC' }

  it('last from the first minute to the one before the last, over midnight or not', () => {
    expect(['21:59', '22:00', '23:30', '00:00', '06:59', '07:00'].map((time) => isQuiet(night, at(time)))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ])
    const noon = { ...night, quiet: { from: '12:00', to: '13:00' } }
    expect(['11:59', '12:00', '12:59', '13:00'].map((time) => isQuiet(noon, at(time)))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
  it('are in the time zone of the user', () => {
    expect(isQuiet({ ...night, timeZone: 'Asia/Shanghai' }, at('14:30')), '22:30 there').toBe(true)
    expect(isQuiet({ ...night, timeZone: 'America/New_York' }, at('23:30')), '18:30 there').toBe(false)
  })
  it('are only those that the user has', () => {
    expect(isQuiet({ timeZone: 'UTC' }, at('23:00'))).toBe(false)
    expect(isQuiet(undefined, at('23:00'))).toBe(false)
  })
})

describe('browser that is pushed to', () => {
  it('has a subscription whose push service took the last push', () => {
    const error = { reason: 'refused', status: 403 } as const
    expect(isPushed(undefined)).toBe(false)
    expect(isPushed({ subscriptions: [{ id: 3, browser: 'Other', created: 1 }] })).toBe(false)
    expect(isPushed({ subscriptions: [subscriber()] })).toBe(true)
    const [before, after] = [1_700_000_000_500, 1_700_000_000_900]
    expect(isPushed({ subscriptions: [subscriber({ lastError: { at: after, ...error } })] })).toBe(false)
    const again = subscriber({ lastError: { at: before, ...error }, lastUsed: after })
    expect(isPushed({ subscriptions: [again] })).toBe(true)
  })
})

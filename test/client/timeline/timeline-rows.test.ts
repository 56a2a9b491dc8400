import { describe, expect, it } from 'vitest'
import type { Item } from '../../../clients/js/src/outbox-items.ts'
import { PageLanguage } from '../../../src/client/locale/language.ts'
import { namesOf, namesOfIds } from '../../../src/client/locale/names.ts'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomState } from '../../../src/client/room/room-state.ts'
import {
  daysOf as allDaysOf,
  lastOwnMessage,
  type Row,
  unreadAfter,
  unsentIn,
} from '../../../src/client/timeline/timeline-rows.ts'
import { zh } from '../../../src/shared/locales/zh/index.ts'
import type { Message, User } from '../../../src/shared/protocol/types.ts'
import { anna, bo, english, entry, li, opened } from '../support/fakes.ts'

const noon = new Date(2026, 4, 12, 12).getTime()
const minute = 60_000
const day = 24 * 60 * minute

const at = (id: number, ms: number, user: User = anna): Message => ({ ...entry(id, `message ${id}`, user), at: ms })
const roomOf = (...messages: Message[]) => roomFrom(opened({ last: messages.length, messages }), li)
const read = Number.POSITIVE_INFINITY
const daysOf = (room: RoomState, items: Item[] = [], mark = read) => allDaysOf({ room, items, mark })
const rowsOf = (...of: Parameters<typeof daysOf>): Row[] => daysOf(...of).flatMap(({ rows }) => rows)
const item = (some: Partial<Item> = {}): Item => ({
  key: 'k',
  user: li.id,
  tab: 't',
  room: 'lobby',
  data: 'hello',
  at: noon,
  sending: { state: 'waiting' },
  ...some,
})
const follows = (...messages: Message[]) =>
  daysOf(roomOf(...messages)).flatMap(({ rows }) => rows.map((row) => row.type === 'message' && row.follows))

describe('timeline messages', () => {
  it('of one user within 5 minutes are grouped', () => {
    expect(follows(at(1, noon), at(2, noon + 5 * minute - 1))).toEqual([false, true])
  })

  it('with 5 minutes between them are not grouped', () => {
    expect(follows(at(1, noon), at(2, noon + 5 * minute))).toEqual([false, false])
  })

  it('of two users are not grouped', () => {
    expect(follows(at(1, noon), at(2, noon + 1, bo), at(3, noon + 2))).toEqual([false, false, false])
  })

  it('with a join between them are not grouped', () => {
    const room = reduce(roomOf(at(1, noon)), { type: 'join', room: 'lobby', user: bo, online: 2 }, noon)
    const rows = daysOf(reduce(room, at(2, noon + 1), noon)).flatMap((one) => one.rows)
    expect(rows.map(({ type }) => type)).toEqual(['message', 'notices', 'message'])
    expect(rows.at(-1)).toMatchObject({ follows: false })
  })

  it('that are deleted in a row become one line, and the next message shows its author again', () => {
    const gone = (id: number, ms: number) => ({ ...at(id, ms), data: '', deleted: true as const })
    const messages = [
      at(1, noon),
      gone(2, noon),
      gone(3, noon),
      gone(4, noon),
      at(5, noon),
      gone(6, noon),
      gone(7, noon),
    ]
    const rows = rowsOf(roomOf(...messages))
    expect(rows.map(({ type }) => type)).toEqual(['message', 'gone', 'message', 'message', 'message'])
    expect(rows[1]).toMatchObject({ type: 'gone', ids: [2, 3, 4] })
    expect(rows[2]).toMatchObject({ follows: false })
    expect(rows[3]).toMatchObject({ follows: true })
  })

  it('with a pending deletion are not combined', () => {
    const gone = (id: number) => ({ ...at(id, noon), data: '', deleted: true as const })
    const held = item({ type: 'delete', ref: 2, data: '', heldUntil: noon })
    const rows = rowsOf(roomOf(gone(1), at(2, noon), gone(3), gone(4)), [held])
    expect(rows.map(({ type }) => type)).toEqual(['message', 'message', 'message', 'message'])
  })

  it('that are deleted are not restored by a waiting edit', () => {
    const gone = { ...at(1, noon), data: '', deleted: true as const }
    const rows = rowsOf(roomOf(gone), [item({ type: 'edit', ref: 1, data: 'back' })])
    expect(rows).toMatchObject([{ type: 'message', message: { deleted: true, data: '' } }])
  })

  it('of one day are grouped under its date', () => {
    const days = daysOf(roomOf(at(1, noon - day), at(2, noon), at(3, noon + 1)))
    expect(days.map(({ rows }) => rows.length)).toEqual([1, 2])
  })

  it('of a day that appears twice because of a wrong clock have separate keys', () => {
    const days = daysOf(roomOf(at(1, noon), at(2, noon - day), at(3, noon)))
    expect(new Set(days.map(({ key }) => key)).size).toBe(3)
  })
})

it('timeline › folds joins and leaves into one line, without the user’s own', () => {
  const events = [
    { type: 'join', room: 'lobby', user: anna, online: 2 },
    { type: 'join', room: 'lobby', user: li, online: 2 },
    { type: 'join', room: 'lobby', user: bo, online: 3 },
  ] as const
  const room = events.reduce((state, event) => reduce(state, event, noon), roomFrom(opened({ last: 0, list: [] }), li))
  expect(daysOf(room).flatMap(({ rows }) => rows)).toMatchObject([
    { type: 'notices', joined: [anna, bo], left: [], banned: [] },
  ])
})

describe('unsent message', () => {
  const mine = { ...at(2, noon, li), data: 'hello' }
  const room = roomOf(at(1, noon), mine)

  it('is shown after the others', () => {
    expect(unsentIn([item()], room, [])).toMatchObject([{ item: { data: 'hello' }, follows: false }])
  })

  it('is not shown twice when the log seems to contain it', () => {
    expect(unsentIn([item({ tried: 1, uncertain: true })], room, [])).toEqual([])
  })

  it('is shown beside the same text in the log while its answer is missing', () => {
    expect(unsentIn([item({ tried: 1 })], room, [])).toHaveLength(1)
  })

  it('is shown when the log had the same text before it was sent', () => {
    expect(unsentIn([item({ tried: 2, uncertain: true })], room, [])).toHaveLength(1)
  })

  it('is shown when the same text is another user’s or was sent twice', () => {
    const others = roomOf(at(1, noon), { ...mine, user: anna })
    expect(unsentIn([item({ tried: 1, uncertain: true })], others, [])).toHaveLength(1)
    const twice = [item({ tried: 1, uncertain: true }), item({ key: 'k2', tried: 1, uncertain: true })]
    expect(unsentIn(twice, room, []).map(({ item: { key } }) => key)).toEqual(['k2'])
  })

  it('is grouped with the previous message of the same user', () => {
    expect(unsentIn([item(), item({ key: 'k2' })], room, daysOf(room)).map((one) => one.follows)).toEqual([true, true])
  })
})

it('list of names › names a few users, and counts the rest', () => {
  const names = (...users: User[]) => namesOf(english, users).replace(/[\u2068\u2069]/g, '')
  expect(names(anna)).toBe('Anna')
  expect(names(anna, bo)).toBe('Anna and Bo')
  expect(names(anna, bo, li)).toBe('Anna, Bo and Li')
  expect(names(anna, bo, li, { id: 9, name: 'Mo', image: 1 })).toBe('Anna, Bo, Li and 1 other')
})

it('list of reactions › names the known users, and counts the rest', () => {
  const names = (ids: number[], people: User[]) => namesOfIds(english, ids, people).replace(/[\u2068\u2069]/g, '')
  expect(names([anna.id, bo.id], [li, anna, bo])).toBe('Anna and Bo')
  expect(names([anna.id, 8, 9], [li, anna])).toBe('Anna and 2 others')
  expect(names([9], [li])).toBe('1 person')
  expect(names([8, 9], [])).toBe('2 people')
})

describe('unread messages', () => {
  it('are messages of others after the read mark', () => {
    expect(unreadAfter(roomOf(entry(1), entry(2), entry(3, 'mine', li), entry(4)), 1)).toBe(2)
  })

  it('are not messages that are read, own or deleted', () => {
    const room = roomOf(entry(1), entry(2, 'mine', li), { ...entry(3, ''), deleted: true })
    expect(unreadAfter(room, 1)).toBe(0)
  })
})

describe('line “New messages”', () => {
  const kinds = (mark: number, ...messages: Message[]) => rowsOf(roomOf(...messages), [], mark).map(({ type }) => type)

  it('is before the first message of another user after the read mark', () => {
    expect(kinds(1, at(1, noon), at(2, noon, li), at(3, noon), at(4, noon))).toEqual([
      'message',
      'message',
      'unread',
      'message',
      'message',
    ])
  })

  it('is not shown when no message of another user follows the read mark', () => {
    expect(kinds(1, at(1, noon), at(2, noon, li))).toEqual(['message', 'message'])
  })

  it('is not shown while the first message after the read mark is not loaded', () => {
    const room = roomOf(at(5, noon), at(6, noon))
    expect(rowsOf({ ...room, more: true }, [], 2).map(({ type }) => type)).toEqual(['message', 'message'])
    expect(rowsOf({ ...room, more: true }, [], 4).map(({ type }) => type)).toEqual(['unread', 'message', 'message'])
    expect(rowsOf(room, [], 2).map(({ type }) => type)).toEqual(['unread', 'message', 'message'])
  })

  it('begins a new group', () => {
    const rows = rowsOf(roomOf(at(1, noon), at(2, noon + 1)), [], 1)
    expect(rows.at(-1)).toMatchObject({ type: 'message', follows: false })
  })
})

describe('message with a pending change', () => {
  const change = (some: Partial<Item>) => item({ ref: 2, ...some })
  const shown = (...items: Item[]) => rowsOf(roomOf(at(1, noon), at(2, noon + 1, li)), items).at(-1)

  it('is shown as it will be, marked as pending', () => {
    const edited = change({ type: 'edit', data: 'better' })
    expect(shown(edited)).toMatchObject({ message: { data: 'better' }, pending: edited })
    expect(shown(change({ type: 'delete', data: '' }))).toMatchObject({ message: { deleted: true } })
    expect(shown(change({ type: 'react', data: '👍', on: true }))).toMatchObject({
      message: { reactions: { '👍': [li.id] } },
    })
  })

  it('is shown unchanged with the reason when the change was refused', () => {
    const refused = change({ type: 'edit', data: 'better', refused: 'no', sending: { state: 'refused' } })
    expect(shown(refused)).toMatchObject({ message: { data: 'message 2' }, pending: { refused: 'no' } })
  })

  it('is the same object while nothing changes it', () => {
    const room = roomOf(at(1, noon), at(2, noon + 1, li))
    const [first] = rowsOf(room, [change({ type: 'delete' })])
    expect(first).toMatchObject({ pending: undefined })
    expect(first?.type === 'message' && first.message).toBe(room.messages[0])
  })

  it('does not count as unsent', () => {
    expect(unsentIn([change({ type: 'edit' })], roomOf(at(1, noon)), [])).toEqual([])
  })
})

it('timeline › puts the answered message beside the answer, and begins a new group', () => {
  const room = roomOf(at(1, noon), { ...at(2, noon + 1), reply: 1 }, { ...at(3, noon + 2), reply: 99 })
  expect(rowsOf(room)).toMatchObject([
    { follows: false },
    { follows: false, origin: { id: 1 } },
    { follows: false, origin: undefined },
  ])
})

it('timeline › finds the newest message that its user can still change', () => {
  const gone = { ...at(3, noon, li), data: '', deleted: true as const }
  expect(lastOwnMessage(roomOf(at(1, noon, li), at(2, noon), gone))?.id).toBe(1)
  expect(lastOwnMessage(roomOf(at(1, noon)))).toBeUndefined()
})

it('timeline › names days as today, yesterday or by their date', () => {
  const { times } = english
  expect(times.day(noon, noon)).toBe('Today')
  expect(times.day(noon - day, noon)).toBe('Yesterday')
  expect(times.day(noon - 2 * day, noon)).toBe('10 May')
  expect(times.day(noon - 365 * day, noon)).toBe('12 May 2025')
  const chinese = new PageLanguage('zh', zh).times
  expect(chinese.day(noon, noon)).toBe('今天')
  expect(chinese.day(noon - 2 * day, noon)).toBe('5月10日')
})

import { describe, expect, it } from 'vitest'
import type { Item } from '../../src/client/outbox.ts'
import { reduce, roomFrom } from '../../src/client/room.ts'
import { daysOf, namesOf, newsIn, unsentIn, whoIn } from '../../src/client/rows.ts'
import { dayLabel } from '../../src/client/time.ts'
import type { Message, User } from '../../src/shared/protocol.ts'
import { anna, bo, entry, li, opened } from './fakes.ts'

const noon = new Date(2026, 4, 12, 12).getTime()
const minute = 60_000
const day = 24 * 60 * minute

const at = (id: number, ms: number, user: User = anna): Message => ({ ...entry(id, `message ${id}`, user), at: ms })
const roomOf = (...messages: Message[]) => roomFrom(opened({ last: messages.length, messages }))
const follows = (...messages: Message[]) =>
  daysOf(roomOf(...messages), li.id).flatMap(({ rows }) => rows.map((row) => row.is === 'message' && row.follows))

describe('messages', () => {
  it('of one person within 5 minutes belong together', () => {
    expect(follows(at(1, noon), at(2, noon + 5 * minute - 1))).toEqual([false, true])
  })

  it('with 5 minutes between them do not', () => {
    expect(follows(at(1, noon), at(2, noon + 5 * minute))).toEqual([false, false])
  })

  it('of two people do not', () => {
    expect(follows(at(1, noon), at(2, noon + 1, bo), at(3, noon + 2))).toEqual([false, false, false])
  })

  it('with somebody coming between them do not', () => {
    const room = reduce(roomOf(at(1, noon)), { type: 'join', room: 'lobby', user: bo, online: 2 }, noon)
    const rows = daysOf(reduce(room, at(2, noon + 1), noon), li.id).flatMap((one) => one.rows)
    expect(rows.map(({ is }) => is)).toEqual(['message', 'notices', 'message'])
    expect(rows.at(-1)).toMatchObject({ follows: false })
  })

  it('of one day stand together under it', () => {
    const days = daysOf(roomOf(at(1, noon - day), at(2, noon), at(3, noon + 1)), li.id)
    expect(days.map(({ rows }) => rows.length)).toEqual([1, 2])
  })

  it('of a day that comes twice, because a clock was wrong, have keys of their own', () => {
    const days = daysOf(roomOf(at(1, noon), at(2, noon - day), at(3, noon)), li.id)
    expect(new Set(days.map(({ key }) => key)).size).toBe(3)
  })
})

it('folds those who came and went into one line, without oneself', () => {
  const events = [
    { type: 'join', room: 'lobby', user: anna, online: 2 },
    { type: 'join', room: 'lobby', user: li, online: 2 },
    { type: 'join', room: 'lobby', user: bo, online: 3 },
  ] as const
  const room = events.reduce((state, event) => reduce(state, event, noon), roomFrom(opened({ last: 0, list: [] })))
  expect(daysOf(room, li.id).flatMap(({ rows }) => rows)).toMatchObject([
    { is: 'notices', joined: [anna, bo], left: [] },
  ])
})

describe('a message that is not sent yet', () => {
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
  const mine = { ...at(2, noon, li), data: 'hello' }
  const room = roomOf(at(1, noon), mine)

  it('is shown after the others', () => {
    expect(unsentIn([item()], room, [])).toMatchObject([{ item: { data: 'hello' }, follows: false }])
  })

  it('is not shown a second time when the log seems to have it', () => {
    expect(unsentIn([item({ tried: 1, uncertain: true })], room, [])).toEqual([])
  })

  it('is shown beside the same words in the log while its answer is still to come', () => {
    expect(unsentIn([item({ tried: 1 })], room, [])).toHaveLength(1)
  })

  it('is shown when the log has the same words from before it was sent', () => {
    expect(unsentIn([item({ tried: 2, uncertain: true })], room, [])).toHaveLength(1)
  })

  it('is shown when the same words are another one’s, or were said twice', () => {
    const others = roomOf(at(1, noon), { ...mine, user: anna })
    expect(unsentIn([item({ tried: 1, uncertain: true })], others, [])).toHaveLength(1)
    const twice = [item({ tried: 1, uncertain: true }), item({ key: 'k2', tried: 1, uncertain: true })]
    expect(unsentIn(twice, room, []).map(({ item: { key } }) => key)).toEqual(['k2'])
  })

  it('belongs to what the same person said just before', () => {
    expect(unsentIn([item(), item({ key: 'k2' })], room, daysOf(room, li.id)).map((one) => one.follows)).toEqual([
      true,
      true,
    ])
  })
})

it('names a few people, and counts the rest', () => {
  const names = (...users: User[]) => namesOf(users).replace(/[\u2068\u2069]/g, '')
  expect(names(anna)).toBe('Anna')
  expect(names(anna, bo)).toBe('Anna and Bo')
  expect(names(anna, bo, li)).toBe('Anna, Bo and Li')
  expect(names(anna, bo, li, { id: 9, name: 'Mo', image: 1 })).toBe('Anna, Bo, Li and 1 other')
})

it('names those who reacted as far as it knows them, and counts the rest', () => {
  const names = (ids: number[], people: User[]) => whoIn(ids, people).replace(/[\u2068\u2069]/g, '')
  expect(names([anna.id, bo.id], [li, anna, bo])).toBe('Anna and Bo')
  expect(names([anna.id, 8, 9], [li, anna])).toBe('Anna and 2 others')
  expect(names([9], [li])).toBe('1 person')
  expect(names([8, 9], [])).toBe('2 people')
})

describe('news', () => {
  it('are messages of others after the mark', () => {
    expect(newsIn(roomOf(entry(1), entry(2), entry(3, 'mine', li), entry(4)), 1, li.id)).toBe(2)
  })

  it('are neither what is read, nor what one wrote, nor what is deleted', () => {
    const room = roomOf(entry(1), entry(2, 'mine', li), { ...entry(3, ''), deleted: true })
    expect(newsIn(room, 1, li.id)).toBe(0)
  })
})

it('names days as one would', () => {
  expect(dayLabel(noon, noon)).toBe('Today')
  expect(dayLabel(noon - day, noon)).toBe('Yesterday')
  expect(dayLabel(noon - 2 * day, noon)).toBe('10 May')
  expect(dayLabel(noon - 365 * day, noon)).toBe('12 May 2025')
})

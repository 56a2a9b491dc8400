import { describe, expect, it } from 'vitest'
import { canModerateRoom, type Me, writeBlockIn } from '../../../src/client/room/access.ts'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomSummary } from '../../../src/shared/protocol.ts'
import { entry, li, opened, summary } from '../support/fakes.ts'

const now = 1_700_000_100_000
const member: Me = { role: 'member', isVerified: true }
const admin: Me = { role: 'admin', isVerified: true }

const room = (some: Partial<RoomSummary>, messages = [entry(1)]) =>
  reduce(roomFrom(opened({ messages }), li), { type: 'summary', summary: summary(some) }, now)

describe('order is kept', () => {
  it('by the moderators of a room and by those who run the house, and not by others', () => {
    expect(canModerateRoom(room({ role: 'moderator' }), member)).toBe(true)
    expect(canModerateRoom(room({}), admin)).toBe(true)
    expect(canModerateRoom(room({}), member)).toBe(false)
  })

  it('by nobody in a conversation', () => {
    expect(canModerateRoom(room({ kind: 'direct', role: 'moderator' }), admin)).toBe(false)
  })

  it('by nobody who only says who he is', () => {
    expect(canModerateRoom(room({ role: 'moderator' }), { role: 'admin', isVerified: false })).toBe(false)
  })
})

describe('one can write', () => {
  const hindrance = (some: Partial<RoomSummary>, me = member, messages = [entry(1)]) =>
    writeBlockIn(room(some, messages), me, now)

  it('where nothing is in the way', () => {
    expect(hindrance({})).toBeUndefined()
  })

  it('nowhere that is archived, whoever one is', () => {
    expect(hindrance({ archived: true }, admin)).toEqual({ type: 'archived' })
    expect(hindrance({ archived: true, kind: 'direct' })).toEqual({ type: 'archived' })
  })

  it('while one is not muted', () => {
    expect(hindrance({ mutedUntil: now + 1, role: 'moderator' })).toEqual({ type: 'muted', until: now + 1 })
    expect(hindrance({ mutedUntil: now })).toBeUndefined()
  })

  it('in a read-only room when one keeps order there', () => {
    expect(hindrance({ readOnly: true })).toEqual({ type: 'read-only' })
    expect(hindrance({ readOnly: true, role: 'moderator' })).toBeUndefined()
    expect(hindrance({ readOnly: true }, admin)).toBeUndefined()
  })

  it('in a slow room once its time has passed since one wrote last', () => {
    const written = (ago: number) => [{ ...entry(1, 'mine', li), at: now - ago }]
    expect(hindrance({ slowMs: 5_000 }, member, written(2_000))).toEqual({
      type: 'slow',
      until: now + 3_000,
      everyMs: 5_000,
    })
    expect(hindrance({ slowMs: 5_000 }, member, written(5_000))).toBeUndefined()
    expect(hindrance({ slowMs: 5_000 }, member)).toBeUndefined()
    expect(hindrance({ slowMs: 5_000 }, member, written(-60_000))).toBeUndefined()
    expect(hindrance({ slowMs: 5_000, role: 'moderator' }, member, written(2_000))).toBeUndefined()
  })
})

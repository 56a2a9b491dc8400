import { describe, expect, it } from 'vitest'
import { canModerateRoom, type Viewer, writeBlockIn } from '../../../src/client/room/access.ts'
import { reduce, roomFrom } from '../../../src/client/room/reduce-room.ts'
import type { RoomSummary } from '../../../src/shared/protocol/types.ts'
import { entry, li, opened, summary } from '../support/fakes.ts'

const now = 1_700_000_100_000
const member: Viewer = { role: 'member', isVerified: true }
const admin: Viewer = { role: 'admin', isVerified: true }

const room = (some: Partial<RoomSummary>, messages = [entry(1)]) =>
  reduce(roomFrom(opened({ messages }), li), { type: 'summary', summary: summary(some) }, now)

describe('moderation rights', () => {
  it('belong to the moderators of a room and to admins, and to no one else', () => {
    expect(canModerateRoom(room({ role: 'moderator' }), member)).toBe(true)
    expect(canModerateRoom(room({}), admin)).toBe(true)
    expect(canModerateRoom(room({}), member)).toBe(false)
  })

  it('belong to no one in a conversation', () => {
    expect(canModerateRoom(room({ kind: 'direct', role: 'moderator' }), admin)).toBe(false)
  })

  it('belong to no unverified user', () => {
    expect(canModerateRoom(room({ role: 'moderator' }), { role: 'admin', isVerified: false })).toBe(false)
  })
})

describe('right to write', () => {
  const writeBlock = (some: Partial<RoomSummary>, viewer = member, messages = [entry(1)]) =>
    writeBlockIn(room(some, messages), viewer, now)

  it('exists where nothing restricts it', () => {
    expect(writeBlock({})).toBeUndefined()
  })

  it('does not exist in an archived room, for any user', () => {
    expect(writeBlock({ archived: true }, admin)).toEqual({ type: 'archived' })
    expect(writeBlock({ archived: true, kind: 'direct' })).toEqual({ type: 'archived' })
  })

  it('does not exist while the user is muted', () => {
    expect(writeBlock({ mutedUntil: now + 1, role: 'moderator' })).toEqual({ type: 'muted', until: now + 1 })
    expect(writeBlock({ mutedUntil: now })).toBeUndefined()
  })

  it('exists in a read-only room for moderators only', () => {
    expect(writeBlock({ readOnly: true })).toEqual({ type: 'read-only' })
    expect(writeBlock({ readOnly: true, role: 'moderator' })).toBeUndefined()
    expect(writeBlock({ readOnly: true }, admin)).toBeUndefined()
  })

  it('exists in a slow room once its time has passed since the user’s last message', () => {
    const written = (ago: number) => [{ ...entry(1, 'mine', li), at: now - ago }]
    expect(writeBlock({ slowMs: 5_000 }, member, written(2_000))).toEqual({
      type: 'slow',
      until: now + 3_000,
      everyMs: 5_000,
    })
    expect(writeBlock({ slowMs: 5_000 }, member, written(5_000))).toBeUndefined()
    expect(writeBlock({ slowMs: 5_000 }, member)).toBeUndefined()
    expect(writeBlock({ slowMs: 5_000 }, member, written(-60_000))).toBeUndefined()
    expect(writeBlock({ slowMs: 5_000, role: 'moderator' }, member, written(2_000))).toBeUndefined()
  })
})

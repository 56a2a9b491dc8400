/** Who is let in when a network is full, here and over nodes. */
import { describe, expect, it } from 'vitest'
import type { Session } from '../../src/server/auth/sessions.ts'
import { ConnectionSlots } from '../../src/server/rate-limit/connection-slots.ts'

const network = '203.0.113.9'
const maxConnections = 6

function sessionOf(id: number, role: Session['role'], isVerified = true): Session {
  return { id, role, isVerified, canViewPublic: true, user: { id, name: `user ${id}`, image: 0 } }
}

/** One of three nodes. */
function open(elsewhere: number) {
  const closed: object[] = []
  const slots = new ConnectionSlots<object>(
    { total: 100, mayOpen: (_, here) => here + elsewhere < maxConnections, ownPart: () => maxConnections / 3 },
    (socket) => closed.push(socket),
  )
  const enters = (session: Session | undefined) => {
    const reason = slots.find(network, session)
    if (!reason) slots.add({}, network, session)
    return reason
  }
  return { enters, closed }
}

describe('a network whose places are taken on other nodes', () => {
  it('has places for accounts in the part of this node, and for nobody else', () => {
    const { enters } = open(maxConnections)
    const full = 'too-many-of-network'
    expect(enters(undefined)).toBe(full)
    expect(enters(sessionOf(1, 'guest'))).toBe(full)
    expect([enters(sessionOf(2, 'member')), enters(sessionOf(3, 'admin'))]).toEqual([undefined, undefined])
    // The part of this node is used up.
    expect(enters(sessionOf(4, 'member'))).toBe(full)
  })
  it('closes a connection of a guest here first', () => {
    const { enters, closed } = open(maxConnections - 1)
    expect(enters(sessionOf(1, 'guest'))).toBeUndefined()
    expect(enters(sessionOf(2, 'member'))).toBeUndefined()
    expect(closed).toHaveLength(1)
  })
})

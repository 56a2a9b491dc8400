import { describe, expect, it } from 'vitest'
import { Statuses } from '../../../src/client/people/statuses.ts'
import type { RoomMember } from '../../../src/shared/protocol/types.ts'
import { anna, bo } from '../support/fakes.ts'

const away = { text: 'Away' }
const member: RoomMember = { user: anna, serverRole: 'member', role: 'member' }

describe('statuses', () => {
  it('are those that were heard last, until they end', () => {
    const statuses = new Statuses()
    expect(statuses.of(anna.id, 0)).toBeUndefined()
    statuses.learn(anna.id, { ...away, until: 10 })
    expect([statuses.of(anna.id, 9), statuses.of(anna.id, 10)]).toEqual([{ ...away, until: 10 }, undefined])
    statuses.learn(anna.id, undefined)
    expect(statuses.of(anna.id, 0)).toBeUndefined()
  })

  it('are forgotten with a new connection, except those that it names', () => {
    const statuses = new Statuses()
    statuses.learn(anna.id, away)
    statuses.learn(bo.id, away)
    statuses.welcomed([{ people: [{ ...bo, status: { text: 'Back' } }] }])
    expect([statuses.of(anna.id, 0), statuses.of(bo.id, 0)]).toEqual([undefined, { text: 'Back' }])
  })

  it('are cleared by a list of members without them, but not where they are only hidden', () => {
    const statuses = new Statuses()
    statuses.learnMembers([{ ...member, status: away }], false)
    statuses.learnMembers([member], true)
    statuses.learnMembers([{ ...member, bannedUntil: 1 }], false)
    statuses.learnPeople([{ people: [anna] }, {}])
    expect(statuses.of(anna.id, 0)).toEqual(away)
    statuses.learnMembers([member], false)
    expect(statuses.of(anna.id, 0)).toBeUndefined()
    statuses.learnPeople([{ people: [{ ...anna, status: away }] }])
    expect(statuses.of(anna.id, 0)).toEqual(away)
  })
})

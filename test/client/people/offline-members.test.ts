// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import OfflineMembers from '../../../src/client/people/OfflineMembers.vue'
import { hourMs } from '../../../src/shared/durations.ts'
import type { RoomMember, User } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { anna, bo, li, opened } from '../support/fakes.ts'

beforeEach(() => document.body.replaceChildren())

const member = (user: User, more: Partial<RoomMember> = {}): RoomMember => ({
  user,
  serverRole: 'member',
  role: 'member',
  ...more,
})

async function show() {
  const fixture = new DialogFixture()
  const side = defineComponent(() => () => h(OfflineMembers, { room: fixture.room, filter: '' }))
  const { wrapper } = fixture.show(side)
  const opens = (list: User[]) => fixture.hears(opened({ entries: [], list, online: list.length }))
  const listed = (...data: RoomMember[]) => fixture.hears({ type: 'members', room: 'lobby', data, more: false })
  await opens([li, anna, bo])
  await listed(member(anna, { seenAt: Date.now() }), member(bo, { seenAt: Date.now() }))
  return {
    fixture,
    wrapper,
    opens,
    listed,
    notes: () => wrapper.findAll('.offline-one').map((one) => one.get('.person-text').text()),
    async reconnects() {
      fixture.world.line.events.closed(1006)
      fixture.world.clock.pass(10_000)
      fixture.world.line.opens()
      // The opening is a frame of its own.
      await fixture.hears({ type: 'pong' })
    },
  }
}

describe('members who are not online', () => {
  it('were seen when they left, while the page is connected', async () => {
    const { fixture, notes } = await show()
    expect(notes()).toEqual([])
    await fixture.hears({ type: 'left', room: 'lobby', user: bo, online: 2 })
    expect(notes()).toEqual(['Bolast seen just now'])
  })

  it('come in further pages, also when more is pressed while the first page is asked for again', async () => {
    const { fixture, wrapper, opens, listed, notes, reconnects } = await show()
    await reconnects()
    await opens([li])
    const page = (data: RoomMember[]) => fixture.hears({ type: 'members', room: 'lobby', data, more: true })
    await page([member(anna)])
    await reconnects()
    await opens([li])
    expect(fixture.sent('members')).toEqual({ type: 'members', room: 'lobby' })
    await wrapper.get('.offline .offline-more').trigger('click')
    await page([member(anna)])
    await flushPromises()
    expect(fixture.sent('members')).toEqual({ type: 'members', room: 'lobby', after: anna.id })
    await listed(member(bo))
    await flushPromises()
    expect(notes()).toEqual(['Anna', 'Bo'])
  })

  it('are asked for again after a reconnect, which does not tell when they left', async () => {
    const { fixture, opens, listed, notes, reconnects } = await show()
    await fixture.hears({ type: 'left', room: 'lobby', user: bo, online: 2 })
    fixture.chat.statuses.learn(bo.id, { text: '', emoji: '🚆' })
    await reconnects()
    await opens([li])
    expect(notes(), 'those that are known stay, without what may have changed').toEqual([
      'Annalast seen just now',
      'Bolast seen just now',
    ])
    expect(fixture.sent('members')).toEqual({ type: 'members', room: 'lobby' })
    const longAgo = Date.now() - 3 * hourMs
    await listed(member(anna, { seenAt: longAgo }), member(bo, { seenAt: longAgo, status: { text: '', emoji: '🍵' } }))
    expect(notes()).toEqual(['Annalast seen 3 hours ago', 'Bo🍵last seen 3 hours ago'])
  })
})

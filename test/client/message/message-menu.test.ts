// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import MessageMenu from '../../../src/client/message/MessageMenu.vue'
import { newRoom } from '../../../src/client/room/reduce-room.ts'
import type { RoomSummary } from '../../../src/shared/protocol.ts'
import { anna, entry, li } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

function show(author = anna, room: Partial<Pick<RoomSummary, 'kind' | 'role'>> = {}, writeBlocked = false) {
  // happy-dom knows no popovers.
  Object.assign(HTMLElement.prototype, { showPopover: vi.fn(), hidePopover: vi.fn() })
  const message = entry(1, 'hello', author)
  const props = {
    message,
    me: li.id,
    room: { ...newRoom('tea', li), ...room },
    rights: { role: 'member' as const, isVerified: true },
    writeBlocked,
    anchor: undefined,
  }
  const wrapper = mount(MessageMenu, { props, global: inEnglish })
  const items = wrapper.findAll('[role=menuitem]')
  const press = (name: string) => items.find((item) => item.text() === name)?.trigger('click')
  return { wrapper, message, press, names: items.map((item) => item.text()) }
}

describe('message menu', () => {
  it('lets the author edit and delete', () => {
    expect(show(li).names).toEqual(['Reply', 'More reactions', 'Edit', 'Copy text', 'Copy link', 'Delete'])
  })

  it('links others to the author, and does not let them delete', async () => {
    const { names, wrapper, message, press } = show()
    expect(names).toEqual(['Reply', 'More reactions', 'Copy text', 'Copy link', 'About \u2068Anna\u2069'])
    await press('About \u2068Anna\u2069')
    expect(wrapper.emitted('action')).toEqual([[{ type: 'author', message }]])
  })

  it('lets moderators delete messages of others, never edit them, and neither in a conversation', async () => {
    const { names, wrapper, message, press } = show(anna, { role: 'moderator' })
    expect([names.includes('Delete'), names.includes('Edit')]).toEqual([true, false])
    await press('Delete')
    expect(wrapper.emitted('action')).toEqual([[{ type: 'remove', message }]])
    expect(show(anna, { role: 'moderator', kind: 'direct' }).names).not.toContain('Delete')
  })

  it('without the right to write offers only read actions and deleting own messages', () => {
    const others = show(anna, { role: 'moderator' }, true)
    expect(others.names).toEqual(['Copy text', 'Copy link', 'About \u2068Anna\u2069'])
    expect(others.wrapper.find('.menu-reaction').exists()).toBe(false)
    expect(show(li, {}, true).names).toEqual(['Copy text', 'Copy link', 'Delete'])
  })
})

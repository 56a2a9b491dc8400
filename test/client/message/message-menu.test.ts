// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { computed } from 'vue'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import MessageMenu from '../../../src/client/message/MessageMenu.vue'
import type { WriteBlock } from '../../../src/client/room/access.ts'
import { newRoom } from '../../../src/client/room/reduce-room.ts'
import type { RoomSummary } from '../../../src/shared/protocol/types.ts'
import { fakePage, fakeRoomView, provided } from '../support/fake-page.ts'
import { anna, entry, li } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

const muted: WriteBlock = { type: 'muted', until: 8.64e15 }

function show(author = anna, room: Partial<Pick<RoomSummary, 'kind' | 'role'>> = {}, writeBlock?: WriteBlock) {
  // happy-dom knows no popovers.
  Object.assign(HTMLElement.prototype, { showPopover: vi.fn(), hidePopover: vi.fn() })
  const message = entry(1, 'hello', author)
  const page = fakePage()
  const view = fakeRoomView({ room: { ...newRoom('tea', li), ...room }, writeBlock })
  const chat = { user: li, viewer: computed(() => ({ role: 'member', isVerified: true })), remove: vi.fn() }
  const wrapper = mount(MessageMenu, {
    props: { message, anchor: undefined },
    global: { provide: { ...inEnglish.provide, [chatKey as symbol]: chat, ...provided(page, view) } },
  })
  const items = wrapper.findAll('[role=menuitem]')
  const press = (name: string) => items.find((item) => item.text() === name)?.trigger('click')
  return { wrapper, message, page, view, chat, press, names: items.map((item) => item.text()) }
}

describe('message menu', () => {
  it('lets the author edit and delete', () => {
    expect(show(li).names).toEqual([
      'Reply',
      'More reactions',
      'Edit',
      'Copy text',
      'Copy link',
      'Mark as unread from here',
      'Save for later',
      'Delete',
    ])
  })

  it('links others to the author, and does not let them delete', async () => {
    const { names, page, press } = show()
    expect(names).toEqual([
      'Reply',
      'More reactions',
      'Copy text',
      'Copy link',
      'Mark as unread from here',
      'Save for later',
      'About \u2068Anna\u2069',
    ])
    await press('About \u2068Anna\u2069')
    expect(page.openDialog.mock.calls).toEqual([[{ type: 'person', user: anna }]])
  })

  it('lets moderators delete messages of others, never edit them, and neither in a conversation', async () => {
    const { names, chat, message, press } = show(anna, { role: 'moderator' })
    expect([names.includes('Delete'), names.includes('Edit')]).toEqual([true, false])
    await press('Delete')
    expect(chat.remove.mock.calls).toEqual([[message.room, message.id]])
    expect(show(anna, { role: 'moderator', kind: 'direct' }).names).not.toContain('Delete')
  })

  it('has its first and last item at Home and End', async () => {
    const { wrapper } = show()
    document.body.append(wrapper.element)
    await flushPromises()
    await wrapper.get('[role=menu]').trigger('keydown', { key: 'End' })
    expect(document.activeElement?.textContent?.trim()).toBe('About \u2068Anna\u2069')
    await wrapper.get('[role=menu]').trigger('keydown', { key: 'Home' })
    expect(document.activeElement?.getAttribute('role')).toBe('menuitemcheckbox')
    wrapper.element.remove()
  })

  it('without the right to write offers only read actions and deleting own messages', () => {
    const others = show(anna, { role: 'moderator' }, muted)
    expect(others.names).toEqual([
      'Copy text',
      'Copy link',
      'Mark as unread from here',
      'Save for later',
      'About \u2068Anna\u2069',
    ])
    expect(others.wrapper.find('.menu-reaction').exists()).toBe(false)
    expect(show(li, {}, muted).names).toEqual([
      'Copy text',
      'Copy link',
      'Mark as unread from here',
      'Save for later',
      'Delete',
    ])
  })

  it('replies and edits in the room view, and reacts and copies', async () => {
    const { view, page, message, press } = show(li)
    await press('Reply')
    await press('Edit')
    await press('More reactions')
    await press('Copy link')
    await press('Mark as unread from here')
    expect(view.markUnread.mock.calls).toEqual([[message]])
    expect([view.reply.mock.calls, view.edit.mock.calls]).toEqual([[[message]], [[message]]])
    expect(page.openDialog.mock.calls).toEqual([[{ type: 'reaction-picker', message }]])
    await expect.poll(() => page.showToast.mock.calls).toHaveLength(1)
  })

  it('stays beside its button when the window changes its size', async () => {
    const anchor = document.createElement('button')
    const { wrapper } = show()
    await wrapper.setProps({ anchor })
    const left = () => wrapper.get<HTMLElement>('.menu').element.style.getPropertyValue('--at-left')
    const moveTo = (right: number) => {
      anchor.getBoundingClientRect = () => new DOMRect(right - 20, 300, 20, 20)
      window.dispatchEvent(new Event('resize'))
    }
    moveTo(500)
    const before = left()
    moveTo(300)
    expect([before, left()]).toEqual(['500px', '300px'])
  })
})

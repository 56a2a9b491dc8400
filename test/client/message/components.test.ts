// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Item } from '../../../clients/js/src/outbox-items.ts'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import MessageItem from '../../../src/client/message/MessageItem.vue'
import UnsentItem from '../../../src/client/outbox/UnsentItem.vue'
import type { WriteBlock } from '../../../src/client/room/access.ts'
import TypingIndicator from '../../../src/client/timeline/TypingIndicator.vue'
import { errorText } from '../../../src/shared/error-texts.ts'
import type { Message } from '../../../src/shared/protocol/types.ts'
import { fakePage, fakeRoomView, provided } from '../support/fake-page.ts'
import { anna, bo, english, entry, li } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

const item: Item = {
  key: 'k',
  user: 1,
  tab: 't',
  room: 'lobby',
  data: 'hello',
  at: 1,
  sending: { state: 'waiting' },
}

type Shown = Partial<InstanceType<typeof MessageItem>['$props']>

function show(message: Message, some: Shown = {}, writeBlock?: WriteBlock) {
  const row = { message, follows: false, own: false, origin: undefined, pending: undefined }
  const props = { ...row, people: [li, anna], names: ['Anna', 'Li'], active: false, target: false, ...some }
  const page = fakePage()
  const view = fakeRoomView({ writeBlock })
  const chat = fakeChat()
  return Object.assign(mount(MessageItem, { props, global: globalWith(chat, page, view) }), { page, view, chat })
}

function fakeChat() {
  return { user: li, toggleReaction: vi.fn(), outbox: { retry: vi.fn(), discard: vi.fn() } }
}

function globalWith(chat: object, page = fakePage(), view = fakeRoomView()) {
  return { provide: { ...inEnglish.provide, [chatKey as symbol]: chat, ...provided(page, view) } }
}

describe('message', () => {
  it('shows HTML as text, in the message and in the name', () => {
    const html = '<img src=x onerror="alert(1)"><b>bold</b>'
    const wrapper = show(entry(1, html, { ...anna, name: html }))
    expect(wrapper.get('.message-text').text()).toBe(html)
    expect(wrapper.get('.message-name').text()).toBe(html)
    expect(wrapper.findAll('img, b')).toHaveLength(1)
  })

  it('has an avatar and a name, and neither when it continues the previous message', () => {
    expect(show(entry(1)).find('.message-avatar').exists()).toBe(true)
    expect(show(entry(1), { follows: true }).find('.message-avatar').exists()).toBe(false)
  })

  it('has more line height for Chinese text only', () => {
    expect(show(entry(1, '你好')).find('.cjk').exists()).toBe(true)
    expect(show(entry(1)).find('.cjk').exists()).toBe(false)
  })
})

describe('changed message', () => {
  const showAs = (some: Partial<Message>) => show({ ...entry(1), ...some })

  it('shows a tombstone with author and time when deleted', () => {
    const wrapper = showAs({ deleted: true, data: '' })
    expect(wrapper.get('.tombstone').text()).toBe('This message was deleted')
    expect(wrapper.get('.message-name').text()).toBe('Anna')
    expect(showAs({}).find('.tombstone').exists()).toBe(false)
  })

  it('says that it was edited, and when', () => {
    const at = 1_700_000_000_000
    const edited = showAs({ edited: at }).get('.message-edited')
    expect(edited.text()).toBe('edited')
    expect(edited.attributes()).toMatchObject({ datetime: '2023-11-14T22:13:20.000Z', title: english.times.full(at) })
    expect(showAs({}).find('.message-edited').exists()).toBe(false)
  })

  it('shows who reacted and with what, as text', () => {
    const html = '<b>x</b>'
    const wrapper = showAs({ reactions: { '👍': [1, 2], [html]: [9] } })
    const chips = wrapper.findAll('.reaction')
    expect(chips.map((chip) => chip.findAll('bdi, span').map((part) => part.text()))).toEqual([
      ['👍', '2'],
      [html, '1'],
    ])
    expect(chips.map((chip) => chip.attributes('title'))).toEqual(['\u2068Li\u2069 and \u2068Anna\u2069', '1 person'])
    expect(wrapper.find('b').exists()).toBe(false)
    expect(showAs({}).find('.reactions').exists()).toBe(false)
  })
})

describe('message actions', () => {
  it('are shown only while the pointer is on the message', async () => {
    expect(show(entry(1)).find('.actions').exists()).toBe(false)
    const wrapper = show(entry(1), { active: true })
    await vi.dynamicImportSettled()
    for (const button of wrapper.findAll('.action')) await button.trigger('click')
    const { chat, page, view } = wrapper
    expect(chat.toggleReaction.mock.calls.map(([, data]) => data)).toEqual(['👍', '❤️', '😂'])
    expect(page.openDialog.mock.calls).toEqual([[{ type: 'reaction-picker', message: entry(1) }]])
    expect(view.reply.mock.calls).toEqual([[entry(1)]])
    expect(view.openMenu.mock.calls).toEqual([[entry(1), expect.any(HTMLElement)]])
  })

  it('say whether the menu of their message is open', async () => {
    const wrapper = show(entry(1), { active: true })
    await vi.dynamicImportSettled()
    const isExpanded = () => wrapper.get('[aria-haspopup=menu]').attributes('aria-expanded')
    expect(isExpanded()).toBe('false')
    wrapper.view.menuMessageId.value = 2
    await nextTick()
    expect(isExpanded(), 'the menu of another message').toBe('false')
    wrapper.view.menuMessageId.value = 1
    await nextTick()
    expect(isExpanded()).toBe('true')
  })

  it('are only the menu where the user cannot write, and reactions are disabled', async () => {
    const wrapper = show({ ...entry(1), reactions: { '👍': [2] } }, { active: true }, { type: 'muted', until: 9 })
    await vi.dynamicImportSettled()
    expect(wrapper.findAll('.action').map((one) => one.attributes('aria-label'))).toEqual(['More'])
    await wrapper.get('.reaction').trigger('click')
    expect(wrapper.get('.reaction').attributes('aria-disabled')).toBe('true')
    expect(wrapper.chat.toggleReaction).not.toHaveBeenCalled()
    wrapper.view.writeBlock.value = undefined
    await nextTick()
    await wrapper.get('.reaction').trigger('click')
    expect(wrapper.chat.toggleReaction).toHaveBeenCalledOnce()
  })

  it('add and remove a reaction', async () => {
    const press = async (users: number[]) => {
      const wrapper = show({ ...entry(1), reactions: { '👍': users } })
      const chip = wrapper.get('.reaction')
      await chip.trigger('click')
      return [chip.attributes('aria-pressed'), wrapper.chat.toggleReaction.mock.calls]
    }
    const message = (users: number[]) => ({ ...entry(1), reactions: { '👍': users } })
    expect(await press([anna.id])).toEqual(['false', [[message([anna.id]), '👍']]])
    expect(await press([anna.id, li.id])).toEqual(['true', [[message([anna.id, li.id]), '👍']]])
  })

  it('undo a pending deletion', async () => {
    const gone = { ...entry(1, ''), deleted: true as const }
    const deletion: Item = { ...item, type: 'delete', ref: 1, data: '', heldUntil: 9 }
    const wrapper = show(gone, { pending: deletion })
    await wrapper.get('.undo').trigger('click')
    expect(wrapper.chat.outbox.discard.mock.calls).toEqual([['k']])
    expect(show(gone).find('.undo').exists()).toBe(false)
    expect(
      show(gone, { pending: { ...deletion, sending: { state: 'sent' } } })
        .find('.undo')
        .exists(),
    ).toBe(false)
  })

  it('link to the message that it answers, and show it when it is loaded', async () => {
    const answer = { ...entry(5), reply: 2 }
    const wrapper = show(answer, { origin: entry(2, 'the question') })
    expect(wrapper.get('.quote').text()).toContain('the question')
    await wrapper.get('.quote').trigger('click')
    expect(wrapper.view.jumpTo.mock.calls).toEqual([[2]])
    expect(show(answer).get('.quote').text()).toBe('Earlier message')
    expect(show(entry(5)).find('.quote').exists()).toBe(false)
  })

  it('highlight a message that mentions the user, except the user’s own', () => {
    const message = { ...entry(1, 'hello @Li'), mentions: [{ id: li.id, name: 'Li' }] }
    expect(show(message).classes()).toContain('mentioned')
    expect(show(message).get('.mention.to-me').text()).toBe('@Li')
    expect(show({ ...message, mentions: [{ id: li.id + 1, name: 'Li' }] }).classes(), 'another user').not.toContain(
      'mentioned',
    )
    expect(show(message, { own: true }).classes()).not.toContain('mentioned')
  })
  it('show only mentions that the server lists, except in a pending edit', () => {
    const message = entry(1, 'hello @Li and @Anna')
    expect(show(message, { names: ['Anna'] }).findAll('.mention')).toEqual([])
    const pending: Item = { ...item, type: 'edit', ref: 1, data: message.data }
    expect(show(message, { names: ['Anna'], pending }).findAll('.mention')).toHaveLength(2)
  })
})

describe('unsent message', () => {
  const unsent = (some: Partial<Item>) => {
    const chat = fakeChat()
    const props = { item: { ...item, ...some }, follows: false, names: [], origin: undefined }
    return Object.assign(mount(UnsentItem, { props, global: globalWith(chat) }), { chat })
  }

  it('shows the reason of a refusal, and can be sent again, copied or discarded', async () => {
    const wrapper = unsent({ refused: 'Too long.', code: 'too-long', sending: { state: 'refused' } })
    await expect.poll(() => wrapper.text()).toContain(errorText('too-long', english.t))
    expect(wrapper.get('[role=alert]').text()).toContain(errorText('too-long', english.t))
    for (const button of wrapper.findAll('button')) await button.trigger('click')
    const { retry, discard } = wrapper.chat.outbox
    expect([retry.mock.calls, discard.mock.calls]).toEqual([[['k']], [['k']]])
  })

  it('shows the server’s message for an unknown code', async () => {
    const wrapper = unsent({ refused: 'Not today.', sending: { state: 'refused' } })
    await expect.poll(() => wrapper.text()).toContain('Not today.')
  })

  it('can be discarded while it waits, and not while it is being sent', () => {
    const waiting = unsent({})
    expect(waiting.get('[role=img]').attributes('aria-label')).toBe('Waiting to send')
    expect(waiting.findAll('button').map((button) => button.text())).toEqual(['Discard'])
    expect(unsent({ sending: { state: 'sent' } }).findAll('button')).toEqual([])
  })
})

describe('typing line', () => {
  const show = (...users: (typeof li)[]) =>
    mount(TypingIndicator, {
      global: globalWith(fakeChat()),
      props: { typing: users.map((user) => ({ user, until: 0 })) },
    })

  it('names the others, and never the user', () => {
    expect(show(anna, bo).text()).toBe('\u2068Anna\u2069 and \u2068Bo\u2069 are typing')
    expect(show(li).text()).toBe('')
  })

  it('names no one when there are more than three', () => {
    const crowd = [4, 5, 6, 7].map((id) => ({ id, name: `User ${id}`, image: 0 }))
    expect(show(...crowd).text()).toBe('Several people are typing')
  })
})

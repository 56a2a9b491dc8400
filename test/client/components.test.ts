// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ConnectionBanner from '../../src/client/components/ConnectionBanner.vue'
import MessageItem from '../../src/client/components/MessageItem.vue'
import TypingLine from '../../src/client/components/TypingLine.vue'
import UnsentItem from '../../src/client/components/UnsentItem.vue'
import type { ConnectionState } from '../../src/client/connection.ts'
import { fullDateOf } from '../../src/client/time.ts'
import type { Message } from '../../src/shared/protocol.ts'
import { anna, bo, entry, li } from './fakes.ts'

describe('a message', () => {
  const show = (data: string, name = 'Anna', follows = false) =>
    mount(MessageItem, { props: { message: entry(1, data, { ...anna, name }), follows, own: false, people: [] } })

  it('shows HTML as the text that it is, in what is said and in who says it', () => {
    const html = '<img src=x onerror="alert(1)"><b>bold</b>'
    const wrapper = show(html, html)
    expect(wrapper.get('.message-text').text()).toBe(html)
    expect(wrapper.get('.message-name').text()).toBe(html)
    expect(wrapper.findAll('img, b')).toHaveLength(1)
  })

  it('has a face and a name, and when it follows neither', () => {
    expect(show('hello').find('.message-face').exists()).toBe(true)
    expect(show('hello', 'Anna', true).find('.message-face').exists()).toBe(false)
  })

  it('gives Chinese lines more room, and others not', () => {
    expect(show('你好').find('.cjk').exists()).toBe(true)
    expect(show('hello').find('.cjk').exists()).toBe(false)
  })
})

describe('a message that was changed', () => {
  const showAs = (some: Partial<Message>, people = [li, anna]) =>
    mount(MessageItem, { props: { message: { ...entry(1), ...some }, follows: false, own: false, people } })

  it('leaves a tombstone with its author and its time when it was deleted', () => {
    const wrapper = showAs({ deleted: true, data: '' })
    expect(wrapper.get('.tombstone').text()).toBe('This message was deleted')
    expect(wrapper.get('.message-name').text()).toBe('Anna')
    expect(showAs({}).find('.tombstone').exists()).toBe(false)
  })

  it('says that it was edited, and when', () => {
    const at = 1_700_000_000_000
    const edited = showAs({ edited: at }).get('.message-edited')
    expect(edited.text()).toBe('edited')
    expect(edited.attributes()).toMatchObject({ datetime: '2023-11-14T22:13:20.000Z', title: fullDateOf(at) })
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

describe('a message that is not sent', () => {
  const item = { key: 'k', user: 1, tab: 't', room: 'lobby', data: 'hello', at: 1 }

  it('says why when it was refused, and can be tried again or discarded', async () => {
    const refused = { ...item, refused: 'Too long.', sending: { state: 'refused' } as const }
    const wrapper = mount(UnsentItem, { props: { item: refused, user: li, follows: false } })
    expect(wrapper.get('[role=alert]').text()).toBe('Not sent. Too long.')
    for (const button of wrapper.findAll('button')) await button.trigger('click')
    expect(wrapper.emitted('retry')).toHaveLength(1)
    expect(wrapper.emitted('discard')).toHaveLength(1)
  })

  it('only waits otherwise', () => {
    const waiting = { ...item, sending: { state: 'waiting' } as const }
    const wrapper = mount(UnsentItem, { props: { item: waiting, user: li, follows: false } })
    expect(wrapper.get('[role=img]').attributes('aria-label')).toBe('Waiting to be sent')
    expect(wrapper.findAll('button')).toEqual([])
  })
})

describe('the banner', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
  afterEach(() => void vi.useRealTimers())

  const show = (connection: ConnectionState, waiting = 0) => mount(ConnectionBanner, { props: { connection, waiting } })
  const away = (): ConnectionState => ({ state: 'waiting', retryAt: Date.now() + 8_000, attempt: 1 })

  it('is silent for 2 s, then says what happens and when', async () => {
    const wrapper = show(away(), 2)
    await vi.advanceTimersByTimeAsync(1_999)
    expect(wrapper.find('.banner').exists()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(wrapper.text()).toContain('Trying again in 6 s')
    expect(wrapper.text()).toContain('2 messages wait')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(wrapper.text()).toContain('Trying again in 3 s')
  })

  it('says nothing of a line that is back within 2 s', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(1_500)
    await wrapper.setProps({ connection: { state: 'open' } })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(wrapper.find('.banner').exists()).toBe(false)
  })

  it('stays while the line is tried again and again', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_000)
    await wrapper.setProps({ connection: { state: 'connecting', attempt: 1 } })
    expect(wrapper.text()).toContain('Connecting')
    expect(wrapper.find('button').exists()).toBe(false)
  })

  it('can be told to try now', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_000)
    await wrapper.get('button').trigger('click')
    expect(wrapper.emitted('tryNow')).toHaveLength(1)
  })

  it('offers to load the page anew when it is too old, and not to who was banned', () => {
    expect(show({ state: 'ended', code: 4010 }).get('button').text()).toBe('Load the page anew')
    expect(show({ state: 'ended', code: 4003 }).find('button').exists()).toBe(false)
  })

  it('leaves no timer behind', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_500)
    wrapper.unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the typing line', () => {
  const show = (...users: (typeof li)[]) =>
    mount(TypingLine, { props: { typing: users.map((user) => ({ user, until: 0 })), me: li.id } })

  it('names the others, and never oneself', () => {
    expect(show(anna, bo).text()).toBe('\u2068Anna\u2069 and \u2068Bo\u2069 are writing')
    expect(show(li).text()).toBe('')
  })

  it('names nobody when there are more than three', () => {
    const crowd = [4, 5, 6, 7].map((id) => ({ id, name: `User ${id}`, image: 0 }))
    expect(show(...crowd).text()).toBe('Several people are writing')
  })
})

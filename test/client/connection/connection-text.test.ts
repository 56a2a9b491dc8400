// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { steadyClock } from '../../../clients/js/src/clock.ts'
import type { ConnectionState } from '../../../clients/js/src/connection.ts'
import ConnectionBanner from '../../../src/client/connection/ConnectionBanner.vue'
import { forever } from '../../../src/shared/durations.ts'
import { banReason, endOfBan } from '../../../src/shared/protocol/close-codes.ts'
import { inEnglish } from '../support/in-english.ts'

describe('connection banner', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
  afterEach(() => void vi.useRealTimers())

  const show = (connection: ConnectionState, waiting = 0, newer = false) =>
    mount(ConnectionBanner, { props: { connection, waiting, newer }, global: inEnglish })
  const away = (): ConnectionState => ({ state: 'waiting', retryAt: steadyClock.now() + 8_000, attempt: 1 })

  it('is hidden for 2 s, then says what happens and when', async () => {
    const wrapper = show(away(), 2)
    await vi.advanceTimersByTimeAsync(1_999)
    expect(wrapper.find('.banner').exists()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(wrapper.text()).toContain('Retrying in 6 s')
    expect(wrapper.text()).toContain('2 messages wait')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(wrapper.text()).toContain('Retrying in 3 s')
  })

  it('says at once since when the messages are that a page without a server shows', async () => {
    const restoredAt = steadyClock.now() - 60_000
    const wrapper = mount(ConnectionBanner, {
      props: { connection: away(), waiting: 1, restoredAt, newer: false },
      global: inEnglish,
    })
    expect(wrapper.get('.banner').text()).toMatch(/Can’t reach the server\. You see the messages as of \d\d:\d\d\./)
    expect(wrapper.get('.banner').text()).toContain('1 message waiting')
    await wrapper.setProps({ connection: { state: 'waiting', retryAt: steadyClock.now(), attempt: 1, code: 4130 } })
    expect(wrapper.get('.banner').text()).toContain('Open in too many windows')
  })

  it('stays hidden when the connection returns within 2 s', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(1_500)
    await wrapper.setProps({ connection: { state: 'open' } })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(wrapper.find('.banner').exists()).toBe(false)
  })

  it('stays visible during repeated attempts', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_000)
    await wrapper.setProps({ connection: { state: 'connecting', attempt: 1 } })
    expect(wrapper.text()).toContain('Connecting')
    expect(wrapper.find('button').exists()).toBe(false)
  })

  it('offers to try now', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_000)
    await wrapper.get('button').trigger('click')
    expect(wrapper.emitted('tryNow')).toHaveLength(1)
  })

  it('offers to reload an outdated page, and not to a banned user', () => {
    expect(show({ state: 'ended', code: 4010 }).get('button').text()).toBe('Reload')
    expect(show({ state: 'ended', code: 4003 }).find('button').exists()).toBe(false)
  })

  it('leaves no timer behind', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_500)
    wrapper.unmount()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('says why the connection was closed for good', () => {
    expect(show({ state: 'ended', code: 4003 }).get('[role=alert]').text()).toContain('Ask an admin')
    const reason = banReason(Date.now() + 1_000)
    expect(show({ state: 'ended', code: 4003, reason }).get('[role=alert]').text()).toContain('sign in again then')
    expect([endOfBan(banReason(5_000)), endOfBan(banReason(forever)), endOfBan('Banned until tea')]).toEqual([
      5_000,
      undefined,
      undefined,
    ])
    expect(show({ state: 'ended', code: 4001 }).get('[role=alert]').text()).toContain('You’re signed out.')
    expect(show({ state: 'ended', code: 1007 }).get('[role=alert]').text()).toContain('rejected a request')
  })

  it('offers a newer page, and loads it only on request', async () => {
    const reload = vi.spyOn(location, 'reload').mockImplementation(() => {})
    const wrapper = show({ state: 'open' }, 0, true)
    expect(wrapper.get('.banner').classes()).toContain('offer')
    expect(wrapper.emitted('announce')?.at(-1)?.join()).toBe('Update available')
    expect(reload).not.toHaveBeenCalled()
    await wrapper.get('button').trigger('click')
    expect(reload).toHaveBeenCalledOnce()
    reload.mockRestore()
    expect(show({ state: 'open' }).find('.banner').exists()).toBe(false)
  })

  it('says what is to be announced, and takes it back when it goes', async () => {
    const announced: string[] = []
    const wrapper = mount(ConnectionBanner, {
      props: { connection: { state: 'open' }, waiting: 0, newer: false, onAnnounce: (text) => announced.push(text) },
      global: inEnglish,
    })
    await wrapper.setProps({ newer: true })
    wrapper.unmount()
    expect(announced).toEqual(['', 'Update available', ''])
  })

  it('says that the server cannot store anything, and how much is waiting (operation 7)', () => {
    const wrapper = mount(ConnectionBanner, {
      props: { connection: { state: 'open' }, waiting: 2, unstored: true, newer: true },
      global: inEnglish,
    })
    expect(wrapper.emitted('announce')?.at(-1)).toEqual([expect.stringContaining('can’t save messages right now')])
    expect(wrapper.text()).toContain('2 messages wait')
    expect(wrapper.find('button').exists()).toBe(false)
  })

  it('shows connection problems first, and a newer page when the connection works', async () => {
    const wrapper = show(away(), 0, true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(wrapper.text()).not.toContain('Update')
    await wrapper.setProps({ connection: { state: 'open' } })
    expect(wrapper.text()).toContain('Update')
  })
})

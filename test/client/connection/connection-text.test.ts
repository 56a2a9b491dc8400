// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ConnectionBanner from '../../../src/client/connection/ConnectionBanner.vue'
import { pageClock } from '../../../src/client/connection/clock.ts'
import type { ConnectionState } from '../../../src/client/connection/connection.ts'
import { inEnglish } from '../support/in-english.ts'

describe('the banner', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
  afterEach(() => void vi.useRealTimers())

  const show = (connection: ConnectionState, waiting = 0, newer = false) =>
    mount(ConnectionBanner, { props: { connection, waiting, newer }, global: inEnglish })
  const away = (): ConnectionState => ({ state: 'waiting', retryAt: pageClock.now() + 8_000, attempt: 1 })

  it('is silent for 2 s, then says what happens and when', async () => {
    const wrapper = show(away(), 2)
    await vi.advanceTimersByTimeAsync(1_999)
    expect(wrapper.find('.banner').exists()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(wrapper.text()).toContain('Retrying in 6 s')
    expect(wrapper.text()).toContain('2 messages wait')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(wrapper.text()).toContain('Retrying in 3 s')
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
    expect(show({ state: 'ended', code: 4010 }).get('button').text()).toBe('Reload')
    expect(show({ state: 'ended', code: 4003 }).find('button').exists()).toBe(false)
  })

  it('leaves no timer behind', async () => {
    const wrapper = show(away())
    await vi.advanceTimersByTimeAsync(2_500)
    wrapper.unmount()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('says why a line has ended', () => {
    expect(show({ state: 'ended', code: 4001 }).get('[role=alert]').text()).toContain('You’re signed out.')
    expect(show({ state: 'ended', code: 1007 }).get('[role=alert]').text()).toContain('rejected a request')
  })

  it('offers a newer page quietly, and loads it only when it is told to', async () => {
    const reload = vi.spyOn(location, 'reload').mockImplementation(() => {})
    const wrapper = show({ state: 'open' }, 0, true)
    expect(wrapper.get('.banner').classes()).toContain('offer')
    expect(wrapper.get('[role=status]').text()).toBe('Update available')
    expect(reload).not.toHaveBeenCalled()
    await wrapper.get('button').trigger('click')
    expect(reload).toHaveBeenCalledOnce()
    reload.mockRestore()
    expect(show({ state: 'open' }).find('.banner').exists()).toBe(false)
  })

  it('says that the server cannot store anything, and how much waits (operation 7)', () => {
    const wrapper = mount(ConnectionBanner, {
      props: { connection: { state: 'open' }, waiting: 2, unstored: true, newer: true },
      global: inEnglish,
    })
    expect(wrapper.get('[role=status]').text()).toContain('can’t save messages right now')
    expect(wrapper.text()).toContain('2 messages wait')
    expect(wrapper.find('button').exists()).toBe(false)
  })

  it('speaks of the line first, and of a newer page when that is well', async () => {
    const wrapper = show(away(), 0, true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(wrapper.text()).not.toContain('Update')
    await wrapper.setProps({ connection: { state: 'open' } })
    expect(wrapper.text()).toContain('Update')
  })
})

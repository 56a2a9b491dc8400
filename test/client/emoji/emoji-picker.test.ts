// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import EmojiPicker from '../../../src/client/emoji/EmojiPicker.vue'
import { readRecentEmoji, saveRecentEmoji } from '../../../src/client/emoji/recent-emoji.ts'
import { inEnglish } from '../support/in-english.ts'

const leftBehind: (() => void)[] = []

beforeEach(() => {
  localStorage.clear()
  // As in a browser: what is hidden says so.
  HTMLElement.prototype.showPopover = () => undefined
  HTMLElement.prototype.hidePopover = function hidePopover() {
    this.dispatchEvent(Object.assign(new Event('toggle'), { newState: 'closed' }))
  }
})
afterEach(() => {
  for (const remove of leftBehind.splice(0)) remove()
  vi.unstubAllGlobals()
})

function open(props: { anchor?: Element } = {}) {
  const wrapper = mount(EmojiPicker, {
    attachTo: document.body,
    props: { title: 'React', ...props },
    global: inEnglish,
  })
  leftBehind.push(() => wrapper.unmount())
  return {
    wrapper,
    emoji: () => wrapper.findAll('section:not([hidden]) .emoji').map((button) => button.text()),
    titles: () => wrapper.findAll('section:not([hidden]) h2').map((title) => title.text()),
    stops: () => wrapper.findAll('section:not([hidden]) .emoji[tabindex="0"]').map((button) => button.text()),
  }
}

async function opened() {
  const picker = open()
  await expect.poll(() => picker.titles()).toContain('Flags')
  return picker
}

describe('emoji picker', () => {
  it('picks by Enter what was searched for before the emoji were loaded, once', async () => {
    const { wrapper } = open()
    const search = wrapper.get('input')
    await search.setValue('tangerine')
    expect(wrapper.text()).toContain('Loading')
    await search.trigger('keydown', { key: 'Enter' })
    await search.trigger('keydown', { key: 'Enter' })
    await expect.poll(() => wrapper.emitted('pick')).toEqual([['🍊']])
  })

  it('names its purpose, and draws one group in each animation frame', async () => {
    const frames: (() => void)[] = []
    vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame))
    const { wrapper, titles } = open()
    expect(wrapper.get('[role=dialog]').attributes('aria-label')).toBe('React')
    expect(wrapper.text()).toContain('Loading')
    await expect.poll(() => titles()).toHaveLength(1)
    expect(wrapper.text()).not.toContain('Loading')
    for (let n = 2; n <= 9; n++) {
      frames.shift()?.()
      await flushPromises()
      expect(titles()).toHaveLength(n)
    }
    expect(frames).toEqual([])
  })

  it('names every emoji', async () => {
    const { wrapper } = await opened()
    const buttons = wrapper.findAll('.emoji')
    expect(buttons.length).toBeGreaterThan(1_800)
    expect(buttons.filter((button) => !button.attributes('aria-label') || !button.attributes('title'))).toEqual([])
  })

  it('returns the clicked emoji, closes, and remembers it', async () => {
    const { wrapper } = await opened()
    await wrapper.get('[aria-label="grinning face"]').trigger('click')
    expect(wrapper.emitted('pick')).toEqual([['😀']])
    expect(wrapper.emitted('close')).toHaveLength(1)
    expect(readRecentEmoji()).toEqual(['😀'])
  })

  it('returns nothing for a click beside the emoji', async () => {
    const { wrapper } = await opened()
    await wrapper.get('h2').trigger('click')
    expect(wrapper.emitted('pick')).toBeUndefined()
  })

  it('shows the last used emoji before all others', async () => {
    saveRecentEmoji('🍵')
    const { emoji, titles } = await opened()
    expect(titles()[0]).toBe('Recently used')
    expect(emoji()[0]).toBe('🍵')
  })

  it('finds the searched emoji, and Enter selects the first', async () => {
    const { wrapper, emoji, titles } = await opened()
    await wrapper.get('input').setValue('tada')
    expect(titles()).toEqual(['Search results'])
    expect(emoji()[0]).toBe('🎉')
    await wrapper.get('input').trigger('keydown', { key: 'Enter', isComposing: true })
    expect(wrapper.emitted('pick')).toBeUndefined()
    await wrapper.get('input').trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('pick')).toEqual([['🎉']])
  })

  it('says when nothing is found, and shows all emoji again after the search is cleared', async () => {
    const { wrapper, titles } = await opened()
    await wrapper.get('input').setValue('qqqq')
    expect(titles()).toEqual([])
    expect(wrapper.get('[role=status]').text()).toBe('No emoji found')
    await wrapper.get('input').setValue('')
    expect(titles()).toHaveLength(9)
  })

  it('has one tab stop, from which the arrow keys continue', async () => {
    const { wrapper, stops } = await opened()
    expect(stops()).toEqual(['😀'])
    await wrapper.get('input').trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement?.textContent?.trim()).toBe('😀')
    const focused = () => document.activeElement as HTMLElement
    focused().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
    expect(focused().textContent?.trim()).toBe('😃')
    expect(stops()).toEqual(['😃'])
  })

  it('has its tab stop among the shown emoji, whatever was searched for before', async () => {
    const { wrapper, stops } = await opened()
    await wrapper.get('input').setValue('tada')
    expect(stops()).toEqual(['🎉'])
    await wrapper.get('input').setValue('')
    expect(stops()).toHaveLength(1)
  })

  it('is beside its parent element, or beside the given anchor', async () => {
    vi.stubGlobal('innerWidth', 1_000)
    vi.stubGlobal('innerHeight', 800)
    const anchor = document.createElement('div')
    const leftOf = (props: { anchor?: Element }) =>
      (open(props).wrapper.element as HTMLElement).style.getPropertyValue('--at-left')
    vi.spyOn(anchor, 'getBoundingClientRect').mockReturnValue(new DOMRect(300, 700, 100, 40))
    expect(leftOf({ anchor })).toBe('400px')
    expect(leftOf({})).toBe('8px')
  })

  it('says when the emoji cannot be loaded, and tries again', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')))
    const { wrapper, titles } = open()
    await flushPromises()
    expect(wrapper.get('[role=alert]').text()).toContain('Couldn’t load')
    vi.unstubAllGlobals()
    await wrapper.get('[role=alert] button').trigger('click')
    await expect.poll(() => titles()).toHaveLength(9)
    expect(wrapper.find('[role=alert]').exists()).toBe(false)
  })
})

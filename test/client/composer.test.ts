// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import Composer from '../../src/client/components/Composer.vue'

function compose({ touch = false, draft = '' } = {}) {
  const wrapper = mount(Composer, { props: { name: 'lobby', room: 'lobby', draft, touch } })
  const box = wrapper.get('textarea')
  return {
    wrapper,
    box,
    written: () => wrapper.emitted('write')?.map(([text]) => text) ?? [],
    press: (options: KeyboardEventInit & { keyCode?: number } = {}) => {
      const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...options })
      if (options.keyCode) Object.defineProperty(event, 'keyCode', { value: options.keyCode })
      box.element.dispatchEvent(event)
      return event
    },
  }
}

describe('Enter', () => {
  it('sends, and empties the box', async () => {
    const { box, press, written } = compose()
    await box.setValue('hello')
    expect(press().defaultPrevented).toBe(true)
    await Promise.resolve()
    expect(written()).toEqual(['hello'])
    expect(box.element.value).toBe('')
  })

  it('with Shift breaks the line', async () => {
    const { box, press, written } = compose()
    await box.setValue('hello')
    expect(press({ shiftKey: true }).defaultPrevented).toBe(false)
    expect(written()).toEqual([])
  })

  it('that ends the choice of a Chinese word does not send', async () => {
    const { box, press, written } = compose()
    await box.setValue('ni hao')
    expect(press({ isComposing: true }).defaultPrevented).toBe(false)
    expect(press({ keyCode: 229 }).defaultPrevented).toBe(false)
    expect(written()).toEqual([])
    press()
    expect(written()).toEqual(['ni hao'])
  })

  it('breaks the line on a touch screen, where the button sends', async () => {
    const { wrapper, box, press, written } = compose({ touch: true })
    await box.setValue('hello')
    expect(press().defaultPrevented).toBe(false)
    expect(written()).toEqual([])
    await wrapper.get('form').trigger('submit')
    expect(written()).toEqual(['hello'])
  })

  it('sends nothing where there is nothing to see', async () => {
    const { box, press, written } = compose()
    await box.setValue(' \n\u200b ')
    press()
    expect(written()).toEqual([])
  })
})

describe('a long text', () => {
  it('says how much is left when it matters', async () => {
    const { wrapper, box } = compose()
    await box.setValue('x'.repeat(3_800))
    expect(wrapper.find('.composer-left').exists()).toBe(false)
    await box.setValue('x'.repeat(3_990))
    expect(wrapper.get('.composer-left').text()).toBe('10 left')
  })

  it('that is too long stays where it is, with a word about it', async () => {
    const { wrapper, box, press, written } = compose()
    await box.setValue('x'.repeat(4_001))
    press()
    expect(written()).toEqual([])
    expect(box.element.value).toHaveLength(4_001)
    expect(wrapper.get('.composer-left').text()).toBe('1 too many')
  })

  it('is counted in characters: an emoji is one', async () => {
    const { box, press, written } = compose()
    await box.setValue('🍵'.repeat(4_000))
    press()
    expect(written()).toHaveLength(1)
  })
})

it('keeps the draft, and says that somebody is writing', async () => {
  const { wrapper, box } = compose({ draft: 'from before' })
  expect(box.element.value).toBe('from before')
  await box.setValue('now')
  expect(wrapper.emitted('draft')).toEqual([['now']])
  expect(wrapper.emitted('typing')).toHaveLength(1)
})

it('has its own typing go unmentioned when the box is emptied', async () => {
  const { wrapper, box } = compose({ draft: 'from before' })
  await box.setValue('')
  expect(wrapper.emitted('typing')).toBeUndefined()
})

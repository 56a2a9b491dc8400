// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { shallowRef } from 'vue'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import type { Chat } from '../../../src/client/app/chat.ts'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import Composer from '../../../src/client/composer/Composer.vue'
import type { Context } from '../../../src/client/composer/composer-context.ts'
import { typeInto } from '../../../src/client/composer/type-into.ts'
import type { WriteBlock } from '../../../src/client/room/access.ts'
import { newRoom } from '../../../src/client/room/reduce-room.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { fakePage, fakeRoomView, provided } from '../support/fake-page.ts'
import { anna, bo, entry, li } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

type Press = KeyboardEventInit & { keyCode?: number }

const leftBehind: (() => void)[] = []

beforeEach(() => {
  document.body.innerHTML = ''
})
afterEach(() => {
  vi.restoreAllMocks()
  for (const remove of leftBehind.splice(0)) remove()
})

function keydown(key: string, { keyCode, ...options }: Press = {}) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options })
  if (keyCode) Object.defineProperty(event, 'keyCode', { value: keyCode })
  return event
}

const roomWith = (people: User[]) => ({ ...newRoom('tea', li), name: 'Tea', people })

type Props = InstanceType<typeof Composer>['$props']

interface Surroundings {
  people?: User[]
  ask?: Chat['ask']
  isTouch?: boolean
  enterSends?: boolean
  writeBlock?: WriteBlock
}

function compose(options: Partial<Props> & Surroundings = {}) {
  const { people = [], ask = vi.fn(), isTouch = false, enterSends = true, writeBlock, ...some } = options
  const wrapper = mount(Composer, {
    attachTo: document.body,
    props: { room: roomWith(people), draft: '', ...some },
    global: {
      provide: {
        ...inEnglish.provide,
        [chatKey as symbol]: {
          ask,
          rooms: new Map(),
          viewer: { value: { role: 'guest', isVerified: true } },
          user: li,
          items: shallowRef([]),
          connection: shallowRef({ state: 'open' }),
        },
        ...provided(fakePage({ isTouch, enterSends }), fakeRoomView({ writeBlock })),
      },
    },
  })
  leftBehind.push(() => wrapper.unmount())
  const box = wrapper.get('textarea')
  const press = (key: string, options: Press = {}) => {
    const event = keydown(key, options)
    box.element.dispatchEvent(event)
    return event
  }
  return {
    wrapper,
    box,
    press,
    enter: (options: Press = {}) => press('Enter', options),
    type: (text: string) => box.setValue(text),
    text: () => box.element.value,
    written: () => wrapper.emitted('write')?.map(([text]) => text) ?? [],
    options: () => wrapper.findAll('[role=option]').map((option) => option.text()),
    marked: () => {
      const id = box.attributes('aria-activedescendant')
      return id && wrapper.find(`#${id}`).text()
    },
  }
}

const context = (type: Context['type'], data = 'as it was'): Context => ({ type, message: entry(1, data, anna) })

/** The parts loaded with the first `@` and with the first reply are ready from here on. */
beforeAll(async () => {
  const { wrapper, type, options } = compose({ people: [bo], context: context('reply') })
  await type('@')
  await vi.waitFor(() => expect(options()).toEqual(['Bo']), { timeout: 30_000 })
  await vi.waitFor(() => wrapper.get('.composer-cancel'), { timeout: 30_000 })
})

describe('composer › Enter', () => {
  it('sends and empties the box', async () => {
    const { type, enter, written, text } = compose()
    await type('hello')
    expect(enter().defaultPrevented).toBe(true)
    await flushPromises()
    expect(written()).toEqual(['hello'])
    expect(text()).toBe('')
  })

  it('breaks the line with Shift', async () => {
    const { type, enter, written } = compose()
    await type('hello')
    expect(enter({ shiftKey: true }).defaultPrevented).toBe(false)
    expect(written()).toEqual([])
  })

  it('breaks the line when the user has set it so, and sends with Ctrl or Cmd', async () => {
    const { type, enter, written, box } = compose({ enterSends: false })
    expect(box.attributes('enterkeyhint')).toBe('enter')
    for (const modifier of ['ctrlKey', 'metaKey']) {
      await type('hello')
      expect(enter().defaultPrevented).toBe(false)
      expect(enter({ [modifier]: true }).defaultPrevented).toBe(true)
    }
    expect(written()).toEqual(['hello', 'hello'])
  })

  it('breaks the line on a touch screen, where the button sends', async () => {
    const { wrapper, type, enter, written, box } = compose({ isTouch: true })
    expect(box.attributes('enterkeyhint')).toBe('enter')
    await type('hello')
    expect(enter().defaultPrevented).toBe(false)
    expect(written()).toEqual([])
    await wrapper.get('form').trigger('submit')
    expect(written()).toEqual(['hello'])
  })

  it('sends with the Enter of a keyboard that is attached to a touch screen', async () => {
    const { type, enter, written } = compose({ isTouch: true })
    await type('hello')
    expect(enter({ code: 'Unidentified' }).defaultPrevented).toBe(false)
    expect(written()).toEqual([])
    expect(enter({ code: 'Enter' }).defaultPrevented).toBe(true)
    expect(written()).toEqual(['hello'])
  })

  it('sends nothing for blank text', async () => {
    const { type, enter, written } = compose()
    await type(' \n\u200b ')
    enter()
    expect(written()).toEqual([])
  })
})

describe('composer › input method', () => {
  it('keeps Enter in Chrome, where it arrives during composition', async () => {
    const { box, type, enter, written } = compose()
    await box.trigger('compositionstart')
    await type('你好')
    expect(enter({ isComposing: true, keyCode: 229 }).defaultPrevented).toBe(false)
    await box.trigger('compositionend')
    expect(written()).toEqual([])
    enter({ keyCode: 13 })
    expect(written()).toEqual(['你好'])
  })

  it('keeps Enter in Safari, where it arrives after composition and only the key code tells', async () => {
    const { box, type, enter, written } = compose()
    await box.trigger('compositionstart')
    await type('你好')
    await box.trigger('compositionend')
    expect(enter({ isComposing: false, keyCode: 229 }).defaultPrevented).toBe(false)
    expect(written()).toEqual([])
    enter({ keyCode: 13 })
    expect(written()).toEqual(['你好'])
  })

  it('keeps its keys from the list of names in both cases', async () => {
    const { type, press, options, marked, text } = compose({ people: [anna, bo] })
    await type('@')
    expect(options()).toEqual(['Anna', 'Bo'])
    for (const composing of [{ isComposing: true }, { keyCode: 229 }]) {
      for (const key of ['ArrowDown', 'Enter', 'Tab', 'Escape']) {
        expect(press(key, composing).defaultPrevented).toBe(false)
      }
      await flushPromises()
    }
    expect(options()).toEqual(['Anna', 'Bo'])
    expect(marked()).toBe('Anna')
    expect(text()).toBe('@')
  })

  it('does not cancel a reply with the Esc that ends a word', () => {
    const { wrapper, press } = compose({ context: context('reply') })
    press('Escape', { isComposing: true })
    press('Escape', { keyCode: 229 })
    expect(wrapper.emitted('cancel')).toBeUndefined()
    press('Escape')
    expect(wrapper.emitted('cancel')).toHaveLength(1)
  })
})

describe('composer › long text', () => {
  it('shows the number of characters left near the limit', async () => {
    const { wrapper, type } = compose()
    await type('x'.repeat(3_800))
    expect(wrapper.find('.composer-remaining').exists()).toBe(false)
    await type('x'.repeat(3_990))
    expect(wrapper.get('.composer-remaining').text()).toBe('10 characters left')
  })

  it('stays in the box with a message when it is too long', async () => {
    const { wrapper, type, enter, written, text } = compose()
    await type('x'.repeat(4_001))
    enter()
    expect(written()).toEqual([])
    expect(text()).toHaveLength(4_001)
    expect(wrapper.get('.composer-remaining').text()).toBe('1 character over')
  })

  it('counts an emoji as one character', async () => {
    const { type, enter, written } = compose()
    await type('🍵'.repeat(4_000))
    enter()
    expect(written()).toHaveLength(1)
  })
})

describe('composer › draft', () => {
  it('is shown, is emitted, and sends typing', async () => {
    const { wrapper, type, text } = compose({ draft: 'from before' })
    expect(text()).toBe('from before')
    await type('now')
    expect(wrapper.emitted('draft')).toEqual([['now']])
    expect(wrapper.emitted('typing')).toHaveLength(1)
  })

  it('sends no typing when the box is emptied', async () => {
    const { wrapper, type } = compose({ draft: 'from before' })
    await type('')
    expect(wrapper.emitted('typing')).toBeUndefined()
  })
})

describe('composer › form without JavaScript', () => {
  it('posts its text to the room', () => {
    const { wrapper, box } = compose({ room: newRoom('a room', li) })
    expect(wrapper.get('form').attributes()).toMatchObject({ method: 'post', action: '/rooms/a%20room/files/message' })
    expect(box.attributes()).toMatchObject({ id: 'composer', name: 'data' })
    expect(wrapper.get('.composer-send').attributes('type')).toBe('submit')
  })
})

describe('composer › reply', () => {
  it('shows the author and the message, keeps the draft, and ends by its button', async () => {
    const { wrapper, text } = compose({ draft: 'mine', context: context('reply', '<b>tea</b>?\nnow') })
    expect(wrapper.get('.composer-context-title').text()).toBe('Replying to \u2068Anna\u2069')
    expect(wrapper.get('.composer-context-text').text()).toBe('<b>tea</b>?\nnow')
    expect(text()).toBe('mine')
    expect(wrapper.get('#composer').attributes('aria-describedby')).toBe('composer-context')
    await wrapper.vm.$nextTick()
    // A status that was there before its text.
    expect(wrapper.get('.composer > [role=status]').text()).toMatch(/^Replying to .?Anna.? <b>tea<\/b>/)
    expect(wrapper.find('.composer-context [role=status]').exists()).toBe(false)
    expect(wrapper.find('#composer-context').exists()).toBe(true)
    await wrapper.get('.composer-cancel').trigger('click')
    expect(wrapper.emitted('cancel')).toHaveLength(1)
  })

  it('takes the focus when it begins', async () => {
    const { wrapper, box } = compose({ isTouch: true })
    expect(document.activeElement).not.toBe(box.element)
    await wrapper.setProps({ context: context('reply') })
    await flushPromises()
    expect(document.activeElement).toBe(box.element)
  })
})

describe('composer › edit', () => {
  it('fills the box, and the draft returns afterwards', async () => {
    const { wrapper, type, enter, written, text } = compose({ draft: 'mine' })
    await wrapper.setProps({ context: context('edit') })
    expect(text()).toBe('as it was')
    expect(wrapper.get('.composer-send').attributes('aria-label')).toBe('Save')
    await type('as it is')
    enter()
    expect(written()).toEqual(['as it is'])
    await wrapper.setProps({ context: undefined })
    expect(text()).toBe('mine')
    expect(wrapper.get('.composer-send').attributes('aria-label')).toBe('Send')
    expect(wrapper.emitted('draft')).toBeUndefined()
    expect(wrapper.emitted('typing')).toBeUndefined()
  })

  it('without changes ends and sends nothing', async () => {
    const { wrapper, enter, written } = compose({ context: context('edit') })
    enter()
    expect(written()).toEqual([])
    expect(wrapper.emitted('cancel')).toHaveLength(1)
  })

  it('of the last message begins with ↑ in an empty box only', async () => {
    const { wrapper, type, press } = compose()
    await type('text')
    expect(press('ArrowUp').defaultPrevented).toBe(false)
    expect(wrapper.emitted('editLast')).toBeUndefined()
    await type('')
    expect(press('ArrowUp', { altKey: true }).defaultPrevented).toBe(false)
    expect(press('ArrowUp').defaultPrevented).toBe(true)
    expect(wrapper.emitted('editLast')).toHaveLength(1)
  })

  it('does not begin while another message is answered or edited', () => {
    const { wrapper, press } = compose({ context: context('reply') })
    press('ArrowUp')
    expect(wrapper.emitted('editLast')).toBeUndefined()
  })
})

it('composer › sends nothing while the user cannot write, also before the reason is drawn', async () => {
  const { wrapper, type, enter, written } = compose({ writeBlock: { type: 'muted', until: Date.now() + 60_000 } })
  expect(wrapper.find('.write-blocked').exists()).toBe(false)
  await type('a draft')
  enter()
  expect(written()).toEqual([])
})

it('composer › ignores Esc when there is nothing to end', () => {
  const { wrapper, press } = compose()
  expect(press('Escape').defaultPrevented).toBe(false)
  expect(wrapper.emitted('cancel')).toBeUndefined()
})

describe('composer › list of names', () => {
  const people = [anna, bo, { ...li, name: 'Bob' }]

  it('opens at @, and is announced with its active option', async () => {
    const { wrapper, type, box, options, marked } = compose({ people })
    expect(box.attributes('aria-controls')).toBeUndefined()
    await type('@b')
    expect(options()).toEqual(['Bo', 'Bob'])
    expect(marked()).toBe('Bo')
    expect(wrapper.find(`#${box.attributes('aria-controls')}`).attributes('role')).toBe('listbox')
    expect(wrapper.get('.composer-grow [role=status]').text()).toBe('2 suggestions')
  })

  it.for(['Enter', 'Tab'])('moves by ↓ and ↑ in a cycle, and %s inserts the active option', async (key) => {
    const { type, press, marked, text, options, written } = compose({ people })
    await type('@b')
    press('ArrowDown')
    press('ArrowDown')
    press('ArrowUp')
    await flushPromises()
    expect(marked()).toBe('Bob')
    expect(press(key).defaultPrevented).toBe(true)
    await flushPromises()
    expect(text()).toBe('@Bob ')
    expect(options()).toEqual([])
    expect(written()).toEqual([])
  })

  it('inserts a clicked name, and the box keeps the focus', async () => {
    const { wrapper, type, text, box } = compose({ people })
    await type('@b')
    const down = new MouseEvent('mousedown', { bubbles: true, cancelable: true })
    wrapper.findAll('[role=option]')[1]?.element.dispatchEvent(down)
    expect(down.defaultPrevented).toBe(true)
    await wrapper.findAll('[role=option]')[1]?.trigger('click')
    expect(text()).toBe('@Bob ')
    expect(document.activeElement).toBe(box.element)
  })

  it('closes by Esc before a reply does, and stays closed at that position', async () => {
    const { wrapper, type, press, options } = compose({ people, context: context('reply') })
    await type('@b')
    press('Escape')
    await flushPromises()
    expect(options()).toEqual([])
    expect(wrapper.emitted('cancel')).toBeUndefined()
    await type('@bo')
    expect(options()).toEqual([])
    await type('@bo, @b')
    expect(options()).toEqual(['Bo', 'Bob'])
  })

  it('opens again at the same position of the next message', async () => {
    const { type, press, options, written } = compose({ people })
    await type('@b')
    press('Escape')
    press('Enter')
    expect(written()).toEqual(['@b'])
    await type('@b')
    expect(options()).toEqual(['Bo', 'Bob'])
  })

  it('does not open again for a name that is the beginning of a longer one', async () => {
    const { type, press, text, options, written } = compose({ people: [anna, { ...bo, name: 'Anna Maria' }] })
    await type('@ann')
    press('Enter')
    await flushPromises()
    expect(text()).toBe('@Anna ')
    expect(options()).toEqual([])
    press('Enter')
    expect(written()).toEqual(['@Anna '])
  })

  it('ignores Tab, ↓ and Enter while it is closed', async () => {
    const { type, press, written } = compose({ people })
    await type('hello')
    expect(press('Tab').defaultPrevented).toBe(false)
    expect(press('ArrowDown').defaultPrevented).toBe(false)
    press('Enter')
    expect(written()).toEqual(['hello'])
  })

  it('lets Shift+Enter break the line and Shift+Tab move the focus', async () => {
    const { type, press, text } = compose({ people })
    await type('@b')
    expect(press('Enter', { shiftKey: true }).defaultPrevented).toBe(false)
    expect(press('Tab', { shiftKey: true }).defaultPrevented).toBe(false)
    expect(text()).toBe('@b')
  })
})

describe('composer › emoji', () => {
  it('are suggested at a colon once they are loaded', async () => {
    const { type, options, press, text } = compose()
    await type('so :tad')
    await expect.poll(() => options()).toEqual(['🎉:tada:'])
    press('Tab')
    expect(text()).toBe('so 🎉 ')
  })

  it('replace a complete shortcode, also the first one', async () => {
    const { type, text, options } = compose()
    await type(':tada:')
    await expect.poll(() => text()).toBe('🎉')
    await type('🎉 :tea:')
    await flushPromises()
    expect(text()).toBe('🎉 🍵')
    expect(options()).toEqual([])
  })

  it.for([0, 1])('that arrive after Enter do not keep the message back, request %d answered first', async (first) => {
    const { type, enter, written, text } = compose()
    const answers: (() => void)[] = []
    const fetched = globalThis.fetch
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (...what) => {
      await new Promise<void>((resolve) => answers.push(resolve))
      return fetched(...what)
    })
    await type(':tada:')
    await expect.poll(() => answers.length).toBe(1)
    enter()
    await expect.poll(() => answers.length).toBe(2)
    await type(':tada:next')
    answers[first]?.()
    await expect.poll(text).toBe(first === 0 ? '🎉next' : 'next')
    answers[1 - first]?.()
    await expect.poll(written).toEqual(['🎉'])
    expect(text()).toBe('next')
  })

  it('are inserted instead of the selected text, and are part of the draft', async () => {
    const { wrapper, type, text, box } = compose()
    await type('tea time')
    box.element.setSelectionRange(3, 4)
    typeInto(box.element, 3, 4, '🍵')
    await flushPromises()
    expect(text()).toBe('tea🍵time')
    expect(wrapper.emitted('draft')?.at(-1)).toEqual(['tea🍵time'])
  })
})

describe('composer › typing without focus', () => {
  function typed(element: Element = document.body, key = 'a', options: Press = {}) {
    const { box } = compose({ isTouch: true })
    if (element instanceof HTMLElement) element.focus()
    element.dispatchEvent(keydown(key, options))
    return document.activeElement === box.element
  }
  function put(html: string, selector: string) {
    document.body.insertAdjacentHTML('beforeend', html)
    return document.querySelector(selector) ?? document.body
  }

  it.for(['a', 'ж', '1', '!'])('moves the focus to the box for %s', (key) => {
    expect(typed(document.body, key)).toBe(true)
  })

  it.for([
    ['.log', '<div class="log" tabindex="0"></div>'],
    ['article', '<div class="log"><article tabindex="-1"></article></div>'],
  ] as const)('moves the focus from the messages to the box: %s', ([selector, html]) => {
    expect(typed(put(html, selector))).toBe(true)
  })

  it.for([
    ['a key without a letter', 'Escape', {}],
    ['the question for the keys', '?', {}],
    ['the space bar, which scrolls', ' ', {}],
    ['a shortcut', 'k', { ctrlKey: true }],
    ['a shortcut on a Mac', 'k', { metaKey: true }],
  ] as const)('does not move the focus to the box for %s', ([, key, options]) => {
    expect(typed(document.body, key, options)).toBe(false)
  })

  it.for([
    ['another field', 'input', '<input>'],
    ['a button among the messages', 'button', '<div class="log"><button>x</button></div>'],
    ['what is behind a dialog', 'body', '<dialog open></dialog>'],
  ] as const)('does not move the focus to the box from %s', ([, selector, html]) => {
    expect(typed(put(html, selector))).toBe(false)
  })
})

describe('composer › slash commands', () => {
  const notice = (wrapper: ReturnType<typeof compose>['wrapper']) => wrapper.find('#composer-command')

  it('suggests the commands that begin with what is typed, each with what it does', async () => {
    const { type, options } = compose()
    await type('/')
    await vi.waitFor(() => expect(options()).toHaveLength(2), { timeout: 30_000 })
    await type('/t')
    expect(options()).toEqual(['/topicChange the topic of the room'])
  })
  it('sends the text of /me as an action message', async () => {
    const { type, enter, written } = compose()
    await type('/me  waves')
    enter()
    expect(written()).toEqual(['/me waves'])
  })
  it('changes the topic with /topic, sends nothing, and empties the box', async () => {
    const ask = vi.fn()
    const { type, enter, written, text } = compose({ ask })
    await type('/topic Green tea')
    enter()
    await flushPromises()
    expect(ask).toHaveBeenCalledWith({ type: 'change', room: 'tea', topic: 'Green tea' })
    expect(written()).toEqual([])
    expect(text()).toBe('')
  })
  it('keeps a /topic that the server refuses, and says why', async () => {
    const ask = vi.fn(() => Promise.reject(new CommandError('forbidden', 'Only moderators can change the room.')))
    const { wrapper, type, enter, text } = compose({ ask })
    await type('/topic Green tea')
    enter()
    await vi.waitFor(() => expect(notice(wrapper).exists()).toBe(true), { timeout: 30_000 })
    expect(text()).toBe('/topic Green tea')
  })
  it('does not send an unknown command, and offers to send it as text', async () => {
    const { wrapper, type, enter, written, text } = compose()
    await type('/dance now')
    enter()
    await vi.waitFor(() => expect(notice(wrapper).text()).toContain('There is no command /dance.'), { timeout: 30_000 })
    expect(written()).toEqual([])
    expect(text()).toBe('/dance now')
    await notice(wrapper).get('button').trigger('click')
    expect(written()).toEqual(['/dance now'])
    expect(text()).toBe('')
  })
  it('suggests the commands of the bots in the room, and sends them as messages', async () => {
    const data = [{ name: 'weather', description: 'How it is', user: bo }]
    const ask = vi.fn(async ({ type, room }) => ({ type, room, data }))
    const { type, enter, options, written } = compose({ ask: ask as unknown as Chat['ask'] })
    await type('/w')
    await vi.waitFor(() => expect(options()).toEqual(['/weatherHow it is']), { timeout: 30_000 })
    expect(ask.mock.calls).toEqual([[{ type: 'commands', room: 'tea' }]])
    await type('/Weather Berlin')
    enter()
    expect(written()).toEqual(['/Weather Berlin'])
  })
  it('removes the notice when the text changes', async () => {
    const { wrapper, type, enter } = compose()
    await type('/dance')
    enter()
    await vi.waitFor(() => expect(notice(wrapper).exists()).toBe(true), { timeout: 30_000 })
    await type('dance')
    await flushPromises()
    expect(notice(wrapper).exists()).toBe(false)
  })
  it('sends text that begins with two slashes with one slash, and runs no command', async () => {
    const { type, enter, written } = compose()
    await type('//dance')
    enter()
    expect(written()).toEqual(['/dance'])
  })
  it('runs no command while a message is edited', async () => {
    const { type, enter, written } = compose({ context: context('edit') })
    await flushPromises()
    await type('/topic Green tea')
    enter()
    expect(written()).toEqual(['/topic Green tea'])
  })
})

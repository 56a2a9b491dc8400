// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import ShortcutsDialog from '../../../src/client/shortcuts/ShortcutsDialog.vue'
import { shortcutGroups } from '../../../src/client/shortcuts/shortcut-list.ts'
import {
  type Action,
  type Actions,
  actionOf,
  isApple,
  type KeyContext,
  useShortcuts,
} from '../../../src/client/shortcuts/use-shortcuts.ts'
import { provided } from '../support/fake-page.ts'
import { inEnglish } from '../support/in-english.ts'

const nowhere: KeyContext = { inField: false, inDialog: false, isFloating: false, isApple: false }

/** `Ctrl+Shift+k` as the event that it is. */
function pressed(chord: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const held = chord.split('+')
  return new KeyboardEvent('keydown', {
    key: held.at(-1) ?? '',
    ctrlKey: held.includes('Ctrl'),
    metaKey: held.includes('Meta'),
    altKey: held.includes('Alt'),
    shiftKey: held.includes('Shift'),
    bubbles: true,
    cancelable: true,
    ...more,
  })
}

describe('shortcut keys', () => {
  it.each<[string, Action]>([
    ['Shift+?', 'show-shortcuts'],
    ['?', 'show-shortcuts'],
    ['Ctrl+k', 'switch-room'],
    ['Ctrl+K', 'switch-room'],
    ['/', 'search'],
    ['Ctrl+Shift+F', 'search'],
    ['Alt+ArrowUp', 'previous-room'],
    ['Alt+ArrowDown', 'next-room'],
    ['Alt+Shift+ArrowUp', 'previous-unread'],
    ['Alt+Shift+ArrowDown', 'next-unread'],
    ['Escape', 'mark-read'],
    ['Shift+Escape', 'mark-all-read'],
    ['Alt+PageUp', 'first-unread'],
    ['Alt+PageDown', 'next-mention'],
    ['Alt+End', 'latest'],
  ])('%s asks for %s', (chord, action) => {
    expect(actionOf(pressed(chord), nowhere)).toBe(action)
  })

  it.each([
    'k',
    'ArrowUp',
    'Shift+ArrowUp',
    'Ctrl+Shift+K',
    'Ctrl+Alt+k',
    'Ctrl+ArrowUp',
    'Alt+?',
    'Ctrl+Escape',
    'Meta+k',
  ])('%s has no action', (chord) => {
    expect(actionOf(pressed(chord), nowhere)).toBeUndefined()
  })

  it('use Cmd and not Ctrl on a Mac, where Ctrl+K cuts a line', () => {
    const onApple = { ...nowhere, isApple: true }
    expect(actionOf(pressed('Meta+k'), onApple)).toBe('switch-room')
    expect(actionOf(pressed('Ctrl+k'), onApple)).toBeUndefined()
  })

  it('do nothing during composition', () => {
    for (const chord of ['Escape', '?', 'Alt+ArrowUp']) {
      expect(actionOf(pressed(chord, { isComposing: true }), nowhere)).toBeUndefined()
      const late = pressed(chord)
      Object.defineProperty(late, 'keyCode', { value: 229 })
      expect(actionOf(late, nowhere)).toBeUndefined()
    }
  })

  it('write a question mark in a text box, where the others still work', () => {
    const inField = { ...nowhere, inField: true }
    for (const key of ['?', '/']) expect(actionOf(pressed(key), inField)).toBeUndefined()
    expect(actionOf(pressed('Ctrl+Shift+F'), inField)).toBe('search')
    expect(actionOf(pressed('Alt+ArrowUp'), inField)).toBe('previous-room')
    expect(actionOf(pressed('Escape'), inField)).toBe('mark-read')
  })

  it('close what is open before marking as read', () => {
    const floating = { ...nowhere, isFloating: true }
    for (const chord of ['Escape', 'Shift+Escape']) expect(actionOf(pressed(chord), floating)).toBeUndefined()
    expect(actionOf(pressed('Ctrl+k'), floating)).toBe('switch-room')
  })

  it('do nothing while a dialog is open', () => {
    const inDialog = { ...nowhere, inDialog: true }
    for (const chord of ['Escape', '?', 'Ctrl+k']) expect(actionOf(pressed(chord), inDialog)).toBeUndefined()
  })
})

describe('shortcuts on the page', () => {
  afterEach(() => document.body.replaceChildren())

  function listen() {
    const done: Action[] = []
    const does = (action: Action) => () => void done.push(action)
    const actions: Actions = {
      'show-shortcuts': does('show-shortcuts'),
      'switch-room': does('switch-room'),
      search: does('search'),
      'previous-room': does('previous-room'),
      'next-room': does('next-room'),
      'previous-unread': does('previous-unread'),
      'next-unread': does('next-unread'),
      'mark-read': does('mark-read'),
      'mark-all-read': does('mark-all-read'),
      'first-unread': does('first-unread'),
      'next-mention': does('next-mention'),
      latest: does('latest'),
      'next-section': does('next-section'),
      'previous-section': does('previous-section'),
    }
    const wrapper = mount({
      setup() {
        useShortcuts(actions)
        return () => null
      },
    })
    return { done, stop: () => wrapper.unmount() }
  }

  it('run their action and prevent the browser’s', () => {
    const { done, stop } = listen()
    const event = pressed('Ctrl+k')
    document.body.dispatchEvent(event)
    expect(done).toEqual(['switch-room'])
    expect(event.defaultPrevented).toBe(true)
    const other = pressed('x')
    document.body.dispatchEvent(other)
    expect(other.defaultPrevented).toBe(false)
    stop()
    document.body.dispatchEvent(pressed('Ctrl+k'))
    expect(done).toHaveLength(1)
  })

  it('ignore handled keys and typed text', () => {
    const { done, stop } = listen()
    const box = document.createElement('textarea')
    document.body.append(box)
    box.addEventListener('keydown', (event) => event.key === 'Escape' && event.preventDefault())
    box.dispatchEvent(pressed('Escape'))
    box.dispatchEvent(pressed('?'))
    expect(done).toEqual([])
    document.body.dispatchEvent(pressed('Escape'))
    document.body.dispatchEvent(pressed('?'))
    expect(done).toEqual(['mark-read', 'show-shortcuts'])
    stop()
  })

  it('are off while a dialog is open', () => {
    const { done, stop } = listen()
    const dialog = document.createElement('dialog')
    document.body.append(dialog)
    dialog.showModal()
    document.body.dispatchEvent(pressed('?'))
    expect(done).toEqual([])
    dialog.close()
    document.body.dispatchEvent(pressed('?'))
    expect(done).toEqual(['show-shortcuts'])
    stop()
  })
})

describe('shortcuts dialog', () => {
  const keysFor = (does: string, onApple: boolean, enterSends: boolean) =>
    shortcutGroups(onApple, enterSends)
      .flatMap(({ lines }) => lines)
      .find((line) => line.does === does)?.keys

  it('says what Enter does as it is set', () => {
    expect([keysFor('sendKey', false, true), keysFor('newLine', false, true)]).toEqual([['Enter'], ['Shift', 'Enter']])
    expect([keysFor('sendKey', false, false), keysFor('newLine', false, false)]).toEqual([['Ctrl', 'Enter'], ['Enter']])
  })

  it('names the keys as the keyboard does', () => {
    expect(keysFor('jumpTo', false, true)).toEqual(['Ctrl', 'K'])
    expect(keysFor('jumpTo', true, true)).toEqual(['⌘', 'K'])
    vi.stubGlobal('navigator', { platform: 'MacIntel' })
    expect(isApple()).toBe(true)
    vi.stubGlobal('navigator', { platform: 'Linux x86_64' })
    expect(isApple()).toBe(false)
    vi.unstubAllGlobals()
  })

  it('has a name, and emits its close event', async () => {
    const wrapper = mount(ShortcutsDialog, {
      global: { provide: { ...inEnglish.provide, ...provided() } },
      attachTo: document.body,
    })
    const dialog = wrapper.get('dialog')
    expect(dialog.element.open).toBe(true)
    expect(document.getElementById(dialog.attributes('aria-labelledby') ?? '')?.textContent).toBe('Keyboard shortcuts')
    expect(wrapper.findAll('dt').length).toBeGreaterThan(8)
    await wrapper.get('[aria-label=Close]').trigger('click')
    expect(wrapper.emitted('close')).toHaveLength(1)
    wrapper.unmount()
  })
})

// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import nunjucks from 'nunjucks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Chat } from '../../src/client/chat.ts'
import App from '../../src/client/components/App.vue'
import { storageInMemory } from '../../src/client/storage.ts'
import type { Opened } from '../../src/shared/protocol.ts'
import { anna, bo, entries, entry, FakeWorld, li, opened } from './fakes.ts'

const views = nunjucks.configure('views', { autoescape: true })
views.addGlobal('entry', () => ({ script: '/script.js', styles: [] }))
views.addFilter('json', (value) => new nunjucks.runtime.SafeString(JSON.stringify(value).replace(/</g, '\\u003c')))
views.addFilter('iso', (at: number) => new Date(at).toISOString())
views.addFilter('clock', (at: number) => new Date(at).toISOString().slice(11, 16))

const evil = '</script><script>alert(1)</script>" onload="alert(1)'

function rendered(view: string, locals: object): Document {
  return new DOMParser().parseFromString(views.render(view, locals), 'text/html')
}

const chatPage = (state: { user: typeof li; opened: Opened }) => rendered('chat.njk', { user: state.user, state })

describe('the chat page', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  /** Each element with its classes, indented: what decides how the page looks, without the words. */
  function skeleton(element: Element, indent = ''): string[] {
    if (element.tagName === 'NOSCRIPT' || element.classList.contains('end')) return []
    const name = `${indent}${element.tagName.toLowerCase()} ${[...element.classList].sort().join(' ')}`.trimEnd()
    return [name, ...[...element.children].flatMap((child) => skeleton(child, `${indent}  `))]
  }

  it.each<[string, Opened]>([
    ['an empty room', opened({ last: 0, messages: [], list: [], online: 0 })],
    [
      'people and messages',
      opened({
        last: 9,
        messages: [entry(7, '你好'), entry(8, 'hello', li), entry(9)],
        more: true,
        list: [li, anna, bo],
        online: 3,
      }),
    ],
    ['one who goes on speaking', opened({ last: 3, messages: entries(1, 3), list: [anna], online: 1 })],
    [
      'what was deleted, edited and reacted to',
      opened({
        last: 9,
        messages: [
          { ...entry(1, ''), deleted: true },
          { ...entry(2), edited: 1_700_000_100_000 },
          { ...entry(3), reactions: { '👍': [1, 3], constructor: [2] } },
          { ...entry(4, 'both', li), edited: 1_700_000_100_000, reactions: { '1': [9] } },
          { ...entry(5, '', li), deleted: true },
          entry(6),
        ],
      }),
    ],
    ['two days', opened({ last: 2, messages: [entry(1), { ...entry(2), at: 1_700_000_000_000 + 5 * 86_400_000 }] })],
  ])('has the same elements before the script and after: %s', (_, state) => {
    const page = { user: li, opened: state }
    const chat = new Chat(page, new FakeWorld(), storageInMemory(), 'this tab')
    const app = mount(App, { props: { chat, typed: '' } })
    const before = chatPage(page).querySelector('#app .chat')
    if (!before) throw new Error('The view has no chat in it.')
    expect(skeleton(before)).toEqual(skeleton(app.get('.chat').element))
    app.unmount()
  })

  it('gives the script its state, whatever is in it', () => {
    const state = { user: { ...li, name: evil }, opened: opened({ last: 1, messages: [entry(1, evil)] }) }
    const page = chatPage(state)
    expect(JSON.parse(page.querySelector('#state')?.textContent ?? '')).toEqual(state)
    expect(page.querySelectorAll('script')).toHaveLength(2)
    expect(page.querySelector('.message-text')?.textContent).toBe(evil)
    expect(page.querySelector('[onload]')).toBeNull()
  })

  it('says the same of what was changed before the script and after', () => {
    const changed = { ...entry(2, '<b>new</b>'), edited: 1_700_000_100_000, reactions: { '<i>': [1, 3] } }
    const state = { user: li, opened: opened({ last: 9, messages: [{ ...entry(1, ''), deleted: true }, changed] }) }
    const chat = new Chat(state, new FakeWorld(), storageInMemory(), 'this tab')
    const app = mount(App, { props: { chat, typed: '' } })
    for (const where of [chatPage(state), app.element]) {
      const words = [...where.querySelectorAll('.message-text, .message-edited, .reaction bdi, .reaction span')]
      expect(words.map(({ textContent }) => textContent)).toEqual([
        'This message was deleted',
        '<b>new</b>',
        'edited',
        '<i>',
        '2',
      ])
    }
    app.unmount()
  })

  it('can be left without a script', () => {
    const form = chatPage({ user: li, opened: opened() }).querySelector('form.leave')
    expect(form?.getAttribute('action')).toBe('/signout')
    expect(form?.getAttribute('method')).toBe('post')
  })
})

describe('the sign-in page', () => {
  it('has one field with the name in it, and no fault', () => {
    const page = rendered('signin.njk', { name: evil })
    expect(page.querySelector('input')?.getAttribute('value')).toBe(evil)
    expect(page.querySelector('input')?.hasAttribute('aria-invalid')).toBe(false)
    expect(page.querySelector('[onload]')).toBeNull()
  })

  it('says beside the field what is wrong with it', () => {
    const page = rendered('signin.njk', { name: 'x', fault: 'A name has at most 32 characters.' })
    const input = page.querySelector('input')
    expect(input?.getAttribute('aria-invalid')).toBe('true')
    const words = page.getElementById(input?.getAttribute('aria-describedby') ?? '')
    expect(words?.textContent).toBe('A name has at most 32 characters.')
  })
})

it('the error page says what happened, as text', () => {
  const page = rendered('error.njk', { status: 404, title: 'Nothing here', message: evil })
  expect(page.querySelector('.door-words')?.textContent).toBe(evil)
  expect(page.querySelector('.door-status')?.textContent).toBe('404')
  expect(page.querySelectorAll('script')).toHaveLength(1)
})

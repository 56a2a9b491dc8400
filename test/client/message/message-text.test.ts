// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, shallowReactive } from 'vue'
import { lazyKey, openLazy } from '../../../src/client/app/lazy.ts'
import CodeBlock from '../../../src/client/code-highlighting/CodeBlock.vue'
import MessageText from '../../../src/client/message/MessageText.vue'
import { createRoomLinks, roomLinksKey } from '../../../src/client/message/room-links.ts'
import { newRoom, roomFromSummary } from '../../../src/client/room/reduce-room.ts'
import { FakeCodeWorker } from '../support/fake-code-worker.ts'
import { anna, english, summary } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

beforeEach(() => void vi.stubGlobal('Worker', FakeCodeWorker))
afterEach(() => void vi.unstubAllGlobals())

/** With rooms that the user can see. */
function shown(text: string, names: string[] = [], ...userNames: string[]) {
  const rooms = shallowReactive(new Map([['tea', newRoom('tea', anna)]]))
  const go = vi.fn()
  const links = createRoomLinks({ rooms }, go)
  const wrapper = mount(MessageText, {
    props: { text, author: 'Anna', names, userNames: userNames.length ? userNames : ['Li'] },
    global: { provide: { ...inEnglish.provide, [roomLinksKey as symbol]: links } },
  })
  return { wrapper, rooms, links, go }
}

function show(...what: Parameters<typeof shown>) {
  return shown(...what).wrapper
}

/** Everything that a text may become, with everything that may be said of it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  DIV: ['class', 'data-language', 'tabindex'],
  P: ['dir'],
  BLOCKQUOTE: ['dir'],
  UL: ['dir'],
  OL: ['dir', 'start', 'class'],
  H2: ['dir', 'class'],
  H3: ['dir', 'class'],
  H4: ['dir', 'class'],
  H5: ['dir', 'class'],
  H6: ['dir', 'class'],
  HR: [],
  TABLE: ['dir'],
  THEAD: [],
  TBODY: [],
  TR: [],
  TH: ['scope', 'class'],
  TD: ['class'],
  LI: [],
  STRONG: [],
  EM: [],
  DEL: [],
  CODE: [],
  PRE: ['dir'],
  A: ['href', 'title', 'target', 'rel', 'class'],
  SPAN: ['class'],
  BUTTON: ['class', 'type', 'aria-label', 'aria-expanded', 'title'],
  svg: ['class', 'viewBox', 'aria-hidden'],
  path: ['d'],
}

function expectOnlyAllowed(root: Element) {
  for (const element of [root, ...root.querySelectorAll('*')]) {
    expect(Object.keys(allowed)).toContain(element.tagName)
    const attributes = element.getAttributeNames().filter((name) => !allowed[element.tagName]?.includes(name))
    expect(attributes, element.outerHTML).toEqual([])
    if (element.tagName === 'A') expect(element.getAttribute('href')).toMatch(/^(?:https?:\/\/|mailto:|\/rooms\/)/)
  }
}

/** Clicks, and says whether the browser would have nothing left to do. It does nothing here either way. */
function isPrevented(link: Element, keys: MouseEventInit): boolean {
  let isPrevented = false
  const stop = (event: Event) => {
    isPrevented = event.defaultPrevented
    event.preventDefault()
  }
  link.addEventListener('click', stop, { once: true })
  link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...keys }))
  return isPrevented
}

const everything =
  '**a** *b* ~~c~~ `d` [e](https://x.org) @Li #tea\n> f\n\n- g\n\n3. h\n\n```js\nconst i = `j`\n```\n# i\n***\n| j |\n| :-: |\n| k |\n\n1984. l\n\n<b onclick="x">k</b>'

describe('message text', () => {
  it('uses few elements with few attributes', async () => {
    const wrapper = show(everything)
    await expect.poll(() => wrapper.find('.token-keyword').exists()).toBe(true)
    for (const tag of [
      'p',
      'blockquote',
      'ul',
      'ol',
      'li',
      'strong',
      'em',
      'del',
      'code',
      'pre',
      'a',
      'span',
      'h2',
      'hr',
      'th',
      'td',
    ])
      expect(wrapper.find(tag).exists(), `${tag} must be there for this test to mean anything`).toBe(true)
    expect(wrapper.find('b').exists()).toBe(false)
    expectOnlyAllowed(wrapper.get('.message-text').element)
  })
  it('uses no other elements for any text', () => {
    const part = fc.constantFrom(
      ...['<img src=x onerror=alert(1)>', '<script>', '](javascript:alert(1))', '](https://x.org"onclick="a)', '[a'],
      ...[
        '```html\n',
        '```"onload=x\n',
        '\n',
        '> ',
        '- ',
        '**',
        '`',
        '@Li',
        '#tea',
        'https://x.org/<svg>',
        '"><svg onload=a>',
        '\n# ',
        '\n|-|\n',
        '|',
        '\n---\n',
        '![',
        '](https://x.org "><b>")',
        ' ',
      ],
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20, size: 'max' }), (parts) => {
        const wrapper = show(parts.join(''))
        expectOnlyAllowed(wrapper.get('.message-text').element)
        wrapper.unmount()
      }),
    )
  })

  it('opens links in a new tab without a referrer', () => {
    expect(show('[a](https://x.org)').get('a').attributes()).toEqual({
      href: 'https://x.org',
      title: 'https://x.org/',
      target: '_blank',
      rel: 'noopener noreferrer nofollow',
    })
  })

  it('shows the full address of a link in unambiguous letters (SECURITY-REVIEW 20)', () => {
    const link = show('[a](https://bаnk.example/а)').get('a')
    expect(link.attributes('title')).toBe('https://xn--bnk-6cd.example/%D0%B0')
  })

  it('shows the title of a link below its address', () => {
    const link = show('[a](https://x.org "https://bank.example")').get('a')
    expect(link.attributes('title')).toBe('https://x.org/\nhttps://bank.example')
  })

  it('never fetches an image', () => {
    const wrapper = show('![tea](https://x.org/tea.png)')
    expect(wrapper.find('img').exists()).toBe(false)
    expect(wrapper.get('a').text()).toBe('tea')
    expect(wrapper.get('a').attributes('href')).toBe('https://x.org/tea.png')
  })

  it('draws headings below the title of the page, without skipping a level', () => {
    const headings = show('### a\n###### b\n#### c\n> # d\n\n- ## e\n  ### f\n# g').findAll('h2, h3, h4, h5, h6')
    expect(headings.map(({ element }) => element.tagName)).toEqual(['H2', 'H3', 'H3', 'H2', 'H3', 'H4', 'H2'])
    expect(headings.map((heading) => heading.classes())).toEqual(
      [3, 6, 4, 1, 2, 3, 1].map((level) => [`heading-${level}`]),
    )
  })

  it('draws a table that can be scrolled by keyboard, with columns that are aligned', () => {
    const wrapper = show('| a | b |\n|:-:|---|\n| 1 | @Li |')
    expect(wrapper.get('.table-scroll').attributes('tabindex')).toBe('0')
    expect(wrapper.findAll('th').map((cell) => cell.attributes('scope'))).toEqual(['col', 'col'])
    expect(wrapper.findAll('th, td').map((cell) => cell.classes())).toEqual([
      ['align-center'],
      [],
      ['align-center'],
      [],
    ])
    expect(wrapper.get('td .mention').text()).toBe('@Li')
  })

  it('gives long numbers of a list more room', () => {
    expect(show('1984. a').get('ol').attributes()).toMatchObject({ start: '1984', class: 'wide-numbers' })
    expect(show('19. a').get('ol').classes()).toEqual([])
  })

  it('highlights mentions, and the user’s own in another way', () => {
    const mentions = show('@Anna @li @Bo', ['Anna'], 'Li').findAll('.mention')
    expect(mentions.map((mention) => mention.text())).toEqual(['@Anna', '@li'])
    expect(mentions.map((mention) => mention.classes('to-me'))).toEqual([false, true])
  })

  it('links to rooms of the list, which open without loading the page again', async () => {
    const { wrapper, go } = shown('see #tea and #nowhere')
    const link = wrapper.get('a')
    expect(wrapper.findAll('a')).toHaveLength(1)
    expect([link.text(), link.attributes('href')]).toEqual(['#tea', '/rooms/tea'])

    expect(isPrevented(link.element, {})).toBe(true)
    expect(go.mock.calls).toEqual([['tea']])
    expect(isPrevented(link.element, { ctrlKey: true }), 'the browser opens a tab').toBe(false)
    expect(go).toHaveBeenCalledTimes(1)
  })

  it('leaves a click on another link to the browser', () => {
    const { wrapper, go } = shown('#tea [a](https://x.org/rooms/tea)')
    expect(wrapper.findAll('a')).toHaveLength(2)
    expect(isPrevented(wrapper.get('a[target]').element, {})).toBe(false)
    expect(go).not.toHaveBeenCalled()
  })

  it('follows the list of rooms, and is not read again for what else changes in it', async () => {
    const { wrapper, rooms, links } = shown('#tea #club')
    expect(wrapper.findAll('a').map((one) => one.text())).toEqual(['#tea'])
    rooms.set('~1', roomFromSummary(summary({ room: '~1', name: 'club', kind: 'private' }), anna))
    await nextTick()
    expect(wrapper.findAll('a').map((one) => one.text())).toEqual(['#tea', '#club'])

    const find = links.find.value
    rooms.set('tea', { ...newRoom('tea', anna), last: 9, unread: 3 })
    expect(links.find.value).toBe(find)

    rooms.delete('~1')
    await nextTick()
    expect(wrapper.findAll('a').map((one) => one.text())).toEqual(['#tea'])
  })

  it('sets the direction of each block by its own text', () => {
    const wrapper = show('hello\n\nשלום\n\n> a\n\n- b\n\n1. c')
    const blocks = [...wrapper.get('.message-text').element.children]
    expect(blocks.map((block) => block.getAttribute('dir'))).toEqual(['auto', 'auto', 'auto', 'auto', 'auto'])
    expect(wrapper.get('li div').attributes('dir'), 'what is inside follows').toBeUndefined()
  })

  it('keeps line breaks when it is copied', () => {
    expect(show('a\nb\n\n> c\n> d\n\n- e\n- f').get('.message-text').element.textContent).toBe('a\nb\nc\nd\ne\nf\n')
  })

  it('has more line height for Chinese text only', () => {
    expect(show('你好').find('.cjk').exists()).toBe(true)
    expect(show('hello').find('.cjk').exists()).toBe(false)
  })

  it('shows emoji large when there is no other text', () => {
    expect(show('👍 🍵').find('.emoji').exists()).toBe(true)
    expect(show('👍 ok').find('.emoji').exists()).toBe(false)
  })
})

describe('long message text', () => {
  const long = 'line\n'.repeat(30)

  it('is folded until the user unfolds it', async () => {
    const wrapper = show(long)
    const button = wrapper.get('.fold')
    expect(button.text()).toBe('Show all')
    expect(button.attributes('aria-expanded')).toBe('false')
    expect(wrapper.find('.folded').exists()).toBe(true)

    await button.trigger('click')
    expect(button.text()).toBe('Show less')
    expect(button.attributes('aria-expanded')).toBe('true')
    expect(wrapper.find('.folded').exists()).toBe(false)

    await button.trigger('click')
    expect(wrapper.find('.folded').exists()).toBe(true)
  })
  it.for([long, 'word '.repeat(400)])('is folded when it has many lines or characters', (text) => {
    expect(show(text).find('.fold').exists()).toBe(true)
  })
  it.for(['line\n'.repeat(23), 'word '.repeat(300)])('is not folded when it has fewer lines or characters', (text) => {
    expect(show(text).find('.fold').exists()).toBe(false)
    expect(show(text).find('.folded').exists()).toBe(false)
  })
  it('unfolds when the keyboard focus reaches hidden text, and not for the mouse', async () => {
    const wrapper = show(`${long}https://x.org`)
    const link = wrapper.get('a').element
    const matches = vi.spyOn(link, 'matches').mockReturnValue(false)
    await wrapper.get('a').trigger('focusin')
    expect(wrapper.find('.folded').exists()).toBe(true)
    matches.mockReturnValue(true)
    await wrapper.get('a').trigger('focusin')
    expect(wrapper.find('.folded').exists()).toBe(false)
    expect(matches).toHaveBeenCalledWith(':focus-visible')
  })
})

describe('code block', () => {
  /** On a page of its own, whose worker has not come yet. */
  const showCode = (text: string, language: string) =>
    mount(CodeBlock, {
      props: { text, language },
      global: { provide: { ...inEnglish.provide, [lazyKey as symbol]: openLazy(english) } },
    })

  it('is plain at first, and coloured when the highlighter has loaded', async () => {
    const wrapper = showCode('const a = 1', 'js')
    expect(wrapper.get('code').text()).toBe('const a = 1')
    expect(wrapper.find('span').exists()).toBe(false)
    await expect.poll(() => wrapper.find('.token-keyword').exists()).toBe(true)
    expect(wrapper.get('code').element.textContent).toBe('const a = 1')
  })
  it('stays plain when the highlighter cannot be fetched, until the next time', async () => {
    const unreachable = vi.fn(function unreachable(this: FakeCodeWorker) {
      this.postMessage = () => this.onerror?.()
      this.terminate = () => {}
    })
    vi.stubGlobal('Worker', unreachable)
    const wrapper = showCode('let a', 'js')
    await expect.poll(() => unreachable).toHaveBeenCalled()
    await flushPromises()
    expect(wrapper.get('code').element.textContent).toBe('let a')
    vi.stubGlobal('Worker', FakeCodeWorker)
    await wrapper.setProps({ text: 'let b' })
    await expect.poll(() => wrapper.find('.token-keyword').exists()).toBe(true)
  })
  it('stays plain where the browser has no workers (SECURITY-REVIEW 9)', async () => {
    vi.stubGlobal('Worker', undefined)
    const { highlight } = openLazy(english)
    expect(await highlight('let a', 'js')).toBeUndefined()
    vi.stubGlobal('Worker', FakeCodeWorker)
    expect(await highlight('let a', 'js')).toContainEqual({ kind: 'keyword', tokens: ['let'] })
  })
  it('never shows the colours of its previous code', async () => {
    const wrapper = showCode('const a = 1', 'js')
    await expect.poll(() => wrapper.find('.token-keyword').exists()).toBe(true)
    await wrapper.setProps({ text: 'let b' })
    expect(wrapper.get('code').element.textContent).toBe('let b')
    expect(wrapper.find('span').exists()).toBe(false)
    await expect.poll(() => wrapper.find('.token-keyword').exists()).toBe(true)
    expect(wrapper.get('code').element.textContent).toBe('let b')
  })
  it('shows its language, and nothing where none is named', () => {
    expect(showCode('a', 'Elvish').get('.code-block').attributes('data-language')).toBe('Elvish')
    expect(showCode('a', '').get('.code-block').attributes('data-language')).toBe('')
  })
  it('has a copy button, which confirms the copy', async () => {
    const writeText = vi.fn(async () => {})
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    const wrapper = showCode('a\n  b', '')
    expect(wrapper.get('button').attributes('aria-label')).toBe('Copy')
    await wrapper.get('button').trigger('click')
    await flushPromises()
    expect(writeText).toHaveBeenCalledWith('a\n  b')
    expect(wrapper.get('button').attributes('aria-label')).toBe('Copied')
    vi.stubGlobal('navigator', {})
    const other = showCode('a', '')
    await other.get('button').trigger('click')
    await flushPromises()
    expect(other.get('button').attributes('aria-label')).toMatch(/^Couldn’t copy/)
    vi.unstubAllGlobals()
  })
})

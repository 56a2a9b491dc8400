// @vitest-environment happy-dom
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flushPromises, mount } from '@vue/test-utils'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { storageInMemory } from '../../clients/js/src/memory-storage.ts'
import App from '../../src/client/app/App.vue'
import { Chat } from '../../src/client/app/chat.ts'
import { lazyKey, openLazy } from '../../src/client/app/lazy.ts'
import { languageKey, PageLanguage } from '../../src/client/locale/language.ts'
import { createRender } from '../../src/server/http/views/render.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { page as pageEn } from '../../src/shared/locales/en/page.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import { page as pageZh } from '../../src/shared/locales/zh/page.ts'
import type { PageState } from '../../src/shared/page-state.ts'
import type { Message } from '../../src/shared/protocol/types.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { anna, bo, entries, entry, FakeClock, FakeWorld, li, opened, pageState, summary } from './support/fakes.ts'

const root = join(import.meta.dirname, '../..')
const languages = { en: new Language('en', en), zh: new Language('zh', zh) }
const evil = '</script><script>alert(1)</script>" onload="alert(1)'

const dist = mkdtempSync(join(tmpdir(), 'teahouse-'))
afterAll(() => rmSync(dist, { recursive: true }))
const built = { file: 'script.js' }
writeFileSync(
  join(dist, 'manifest.json'),
  JSON.stringify({
    'src/client/main.ts': built,
    'src/client/files/MessageFiles.vue': built,
    'src/client/pages/sign-in.ts': built,
    'src/client/pages/offline.ts': built,
    'src/client/pages/docs.ts': built,
  }),
)
const render = createRender(join(root, 'static/dist/views.cjs'), dist)

/** The page of the lobby, which is in every list of rooms. */
function pageOf(some: Partial<PageState> = {}): PageState {
  return pageState({ rooms: [summary()], ...some })
}

type Wanted = { language?: 'en' | 'zh'; theme?: 'light' | 'dark' }

function rendered(view: string, locals: Record<string, unknown>, { language = 'en', theme }: Wanted = {}): Document {
  const html = render(
    {
      state: {
        language: languages[language],
        theme,
        savesData: false,
        hasChosenSaving: false,
        server: defaultSettings,
      },
    },
    view,
    locals,
  )
  return new DOMParser().parseFromString(html, 'text/html')
}

function chatPage(state: PageState, draft: object = { text: '', key: 'k' }, wanted?: Wanted): Document {
  return rendered('chat.njk', { state, draft, maxFiles: 10, maxFileBytes: 1e8 }, wanted)
}

describe('chat page', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  function carriedOn(state: PageState) {
    const chat = new Chat(state, new FakeWorld(), storageInMemory(), 'this tab')
    const settings = { enterSends: true, opensAtEnd: false, sound: false, notify: false }
    const props = {
      chat,
      settings,
      clock: new FakeClock(),
      first: state.opened.room,
      typed: '',
      build: state.build,
      countUnsent: async () => 0,
      signOut() {},
    }
    const language = new PageLanguage(state.language.code, state.language.texts)
    const provide = { [languageKey as symbol]: language, [lazyKey as symbol]: openLazy(language) }
    return mount(App, { props, global: { provide } })
  }

  /** What only stands in for the script, what only the script can show, or what a lazy part shows, is in one of the two. */
  const only =
    'noscript, input[type=hidden], .composer-attach, .people .offline, .people .offline-more, .jump-to-unread, .jump-anchor, .actions, .composer-grow > .visually-hidden, .empty-invite, .request'

  /** Each element with its classes, indented: what decides how the page looks, without the words. */
  function skeleton(element: Element, indent = ''): string[] {
    if (element.matches(only)) return []
    // Without the script it is a link that leads to them.
    const tag = element.matches('.older a') ? 'button' : element.tagName.toLowerCase()
    const name = `${indent}${tag} ${[...element.classList].sort().join(' ')}`.trimEnd()
    return [name, ...[...element.children].flatMap((child) => skeleton(child, `${indent}  `))]
  }

  /** They are drawn by a lazy part. */
  async function filesShown(app: ReturnType<typeof carriedOn>) {
    while (app.findAll('.message-files').some((one) => one.element.children.length === 0)) {
      await vi.dynamicImportSettled()
      await flushPromises()
    }
  }

  function wordsIn(element: Element): string {
    const copy = element.cloneNode(true) as Element
    for (const standIn of copy.querySelectorAll('noscript')) standIn.remove()
    return (copy.textContent ?? '').replace(/\s/g, '')
  }

  const someday = 1_700_000_000_000
  const file = (name: string) => ({ id: '0'.repeat(32), name, type: 'image/png', bytes: 9 })
  const idOf = (n: number) => String(n).padStart(32, '0')
  /** Images whose size is known: they are drawn. */
  const images = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      ...file(`${n}.png`),
      id: idOf(n),
      width: 800,
      height: 600,
      color: '#aabbcc',
    }))
  const video = { ...file('tea.mp4'), id: idOf(90), type: 'video/mp4' }
  const audio = { ...file('tea.mp3'), id: idOf(91), type: 'audio/mpeg', alt: 'A kettle' }
  const conversation = summary({ room: '~2', name: '', kind: 'direct', people: [anna, bo] })
  const written = [
    '**bold** _italic_ ~~gone~~ `code`',
    '> quoted\n\n- one\n- two\n  1. three',
    '```ts\nconst a = 1\n```',
    '# one\n\n###### six\n\n---\n\n| a | b |\n|:-:|---|\n| [c](https://x.org "d") |\n\n|e|\n|-|\n\n1984. f',
  ]
  const pages: [what: string, state: PageState][] = [
    ['an empty room', pageOf({ opened: opened({ last: 0, messages: [], list: [], online: 0 }) })],
    [
      'people and messages',
      pageOf({
        opened: opened({
          last: 9,
          messages: [entry(7, '你好'), entry(8, 'hello', li), entry(9)],
          more: true,
          list: [li, anna, bo],
          online: 3,
        }),
      }),
    ],
    ['more people than are listed', pageOf({ opened: opened({ list: [anna, bo], online: 9 }) })],
    ['one who goes on speaking', pageOf({ opened: opened({ last: 3, messages: entries(1, 3), list: [anna] }) })],
    [
      'what was deleted, edited and reacted to',
      pageOf({
        opened: opened({
          last: 9,
          messages: [
            { ...entry(1, ''), deleted: true },
            { ...entry(2), edited: someday },
            { ...entry(3), reactions: { '👍': [1, 3], constructor: [2] } },
            { ...entry(4, 'both', li), edited: someday, reactions: { '1': [9] } },
            { ...entry(5, '', li), deleted: true },
            entry(6),
          ],
        }),
      }),
    ],
    [
      'files',
      pageOf({
        blocked: [anna.id],
        opened: opened({
          last: 6,
          messages: [
            { ...entry(1, '', li), files: [file('tea & milk.png'), file('茶.txt')] },
            { ...entry(2, 'with a text', bo), files: [file('a/b.png')], edited: someday },
            { ...entry(3, '', anna), files: [file('blocked.txt')] },
            { ...entry(4, '', bo), reply: 1, files: [file('answer.txt')] },
            { ...entry(5, '', bo), files: images(1) },
            { ...entry(6, '', bo), files: [...images(6), video, audio, file('last.txt')] },
          ],
        }),
      }),
    ],
    ['two days', pageOf({ opened: opened({ messages: [entry(1), { ...entry(2), at: someday + 5 * 86_400_000 }] }) })],
    [
      'answers, to what is here and to what is not',
      pageOf({ opened: opened({ messages: [entry(7), { ...entry(8), reply: 7 }, { ...entry(9), reply: 1 }] }) }),
    ],
    [
      'marked text',
      pageOf({
        opened: opened({
          messages: [...written, '🍵', '@Li see https://tea.example', 'see #lobby, #nowhere'].map((d, i) =>
            entry(i + 1, d),
          ),
        }),
      }),
    ],
    ['a very long text', pageOf({ opened: opened({ messages: [entry(1, 'x\n'.repeat(40))] }) })],
    [
      'where reading stopped',
      pageOf({
        opened: opened({ last: 5, messages: entries(1, 5), read: 3 }),
        rooms: [summary({ last: 5, read: 3, unread: 2 })],
      }),
    ],
    [
      'more that is unread than is here',
      pageOf({
        opened: opened({ last: 90, messages: entries(41, 90), read: 3, more: true }),
        rooms: [summary({ last: 90, read: 3, unread: 87 })],
      }),
    ],
    [
      'other rooms with news',
      pageOf({
        rooms: [summary(), summary({ room: 'tea', name: 'tea', last: 200, read: 1, unread: 120, mentions: 2 })],
      }),
    ],
    [
      'rooms of all kinds',
      pageOf({
        rooms: [
          summary(),
          summary({ room: '~1', name: 'cellar', kind: 'private', unread: 2 }),
          summary({ room: '~2', name: '', kind: 'direct', people: [anna, bo] }),
          summary({ room: 'tea', left: true, unread: 3 }),
          summary({ room: 'old', archived: true }),
          summary({ room: 'loud', notify: 'nothing', unread: 9, last: 12 }),
          summary({ room: 'calm', notify: 'mentions', unread: 9, mentions: 1, last: 12 }),
        ],
      }),
    ],
    ['a conversation', pageOf({ opened: opened({ room: '~2' }), rooms: [conversation] })],
    [
      'deleted messages in a row',
      pageOf({
        opened: opened({
          last: 20,
          read: 11,
          messages: [...entries(1, 14), entry(15, 'x', li), entry(16), { ...entry(17), at: someday + 86_400_000 }].map(
            (one) => ([2, 3, 6, 7, 8, 11, 12, 13, 14].includes(one.id) ? { ...one, data: '', deleted: true } : one),
          ),
        }),
        rooms: [summary({ last: 20, read: 11, unread: 3 })],
      }),
    ],
    [
      'messages of a blocked user, and a reply to one (SECURITY-REVIEW 19)',
      pageOf({
        blocked: [anna.id],
        opened: opened({
          messages: [
            { ...entry(1, '@Li'), mentions: [{ id: li.id, name: li.name }] },
            entry(2, 'x\n'.repeat(40)),
            { ...entry(3, '', anna), deleted: true },
            { ...entry(4, 'what?', bo), reply: 1 },
          ],
          last: 4,
        }),
      }),
    ],
    [
      'a request (SECURITY-REVIEW 19)',
      pageOf({
        opened: opened({ room: '~2' }),
        rooms: [
          summary(),
          { ...conversation, request: true, unread: 3 },
          summary({ room: '~3', kind: 'direct', name: 'Us', people: [bo] }),
        ],
      }),
    ],
    ['a room about something', pageOf({ rooms: [summary({ topic: 'Oolong and the like' })] })],
    [
      'a message that was asked for',
      pageOf({ opened: opened({ messages: entries(1, 9), last: 9 }), newer: true, target: 4 }),
    ],
  ]
  it.each(pages)('has the same elements in server and client rendering: %s', async (_, state) => {
    if (state.target) history.replaceState(null, '', `/rooms/lobby/${state.target}`)
    const app = carriedOn(state)
    if (state.opened.messages?.some(({ files }) => files)) await filesShown(app)
    const before = chatPage(state).querySelector('#app .chat')
    if (!before) throw new Error('The view has no chat in it.')
    expect(skeleton(before)).toEqual(skeleton(app.get('.chat').element))
    app.unmount()
    history.replaceState(null, '', '/')
  })

  it('links the files of a message in server and client rendering', async () => {
    const files = [file('tea & milk?.png'), { ...file('茶 #1.txt'), id: '1'.repeat(32) }]
    const messages = [
      { ...entry(1, ''), files },
      { ...entry(2, 'yes'), reply: 1 },
    ]
    const state = pageOf({ opened: opened({ last: 2, messages }) })
    const app = carriedOn(state)
    await filesShown(app)
    for (const where of [chatPage(state).body, app.get('.chat').element]) {
      const links = [...where.querySelectorAll('.message-files a')]
      expect(links.map((link) => [link.getAttribute('href'), link.querySelector('bdi')?.textContent])).toEqual([
        [`/files/${'0'.repeat(32)}/tea%20%26%20milk%3F.png`, 'tea & milk?.png'],
        [`/files/${'1'.repeat(32)}/%E8%8C%B6%20%231.txt`, '茶 #1.txt'],
      ])
      expect(where.querySelector('.quote-text')?.textContent).toBe('tea & milk?.png, 茶 #1.txt')
    }
    app.unmount()
  })

  it.each(['en', 'zh'] as const)('has the same texts in server and client rendering, in %s', (language) => {
    const changed: Message = { ...entry(2, '<b>new</b>'), edited: someday, reactions: { '<i>': [1, 3] }, reply: 1 }
    const state = pageOf({
      opened: opened({ last: 9, messages: [{ ...entry(1, ''), deleted: true }, changed], more: true, read: 0 }),
      rooms: [summary({ last: 9, read: 0, unread: 3, mentions: 1 })],
      language: { code: language, texts: { en: pageEn, zh: pageZh }[language] },
    })
    const app = carriedOn(state)
    const said =
      '.room-header, .rooms, .people, .older, .message-text, .message-edited, .quote, .reaction, .unread-line'
    const [before, after] = [chatPage(state, undefined, { language }).body, app.get('.chat').element].map((where) =>
      [...where.querySelectorAll(said)].map(wordsIn),
    )
    expect(before).toContain({ en: 'Thismessagewasdeleted', zh: '此消息已删除' }[language])
    expect(before).toEqual(after)
    app.unmount()
  })

  it('titles a direct conversation by its other members, in server and client rendering', () => {
    const state = pageOf({ opened: opened({ room: '~2' }), rooms: [conversation] })
    const app = carriedOn(state)
    for (const where of [chatPage(state).body, app.get('.chat').element]) {
      expect([...where.querySelectorAll('.room-header-name, .rooms-name')].map(wordsIn)).toEqual(['Anna,Bo', 'Anna,Bo'])
    }
    expect(chatPage(state).title).toBe('Anna, Bo · Teahouse')
    app.unmount()
  })

  it.each(['en', 'zh'] as const)(
    'shows the members beside the name of a conversation, in server and client rendering, in %s (SECURITY-REVIEW 7)',
    (code) => {
      const language = { code, texts: { en: pageEn, zh: pageZh }[code] }
      const named = { ...conversation, name: 'Olga' }
      const state = pageOf({ opened: opened({ room: '~2' }), rooms: [named], language })
      const app = carriedOn(state)
      const page = chatPage(state, undefined, { language: code })
      const company = { en: 'withAnna,Bo', zh: '与Anna,Bo' }[code]
      for (const where of [page.body, app.get('.chat').element]) {
        expect([...where.querySelectorAll('.rooms-name, .rooms-with')].map(wordsIn)).toEqual(['Olga', company])
        expect([...where.querySelectorAll('.room-header-name, .room-header-with')].map(wordsIn)).toEqual([
          'Olga',
          company,
        ])
        expect(where.querySelector('#composer')?.getAttribute('placeholder')).toContain('Olga (Anna, Bo)')
      }
      expect(page.title).toBe('Olga (Anna, Bo) · Teahouse')
      app.unmount()
    },
  )

  it.each(pages)('has the same ids and data attributes in server and client rendering: %s', (_, state) => {
    const app = carriedOn(state)
    const attributesOf = (where: ParentNode) =>
      [...where.querySelectorAll('article')].map((one) => [one.id, one.dataset.id, one.dataset.author])
    expect(attributesOf(chatPage(state))).toEqual(attributesOf(app.get('.chat').element))
    app.unmount()
  })

  it('lists requests separately, and does not count them as unread elsewhere (SECURITY-REVIEW 19)', () => {
    const request = { ...conversation, request: true, unread: 3, mentions: 1 } as const
    const state = pageOf({ rooms: [summary(), request] })
    const app = carriedOn(state)
    for (const where of [chatPage(state).body, app.get('.chat').element]) {
      expect([...where.querySelectorAll('.rooms-group')].map(wordsIn)).toEqual([
        expect.stringMatching(/^RequestsAnna,Bo3/),
      ])
      expect(where.querySelector('.room-header-unread')).toBeNull()
    }
    app.unmount()
  })

  it('offers to answer a request without JavaScript too (SECURITY-REVIEW 19)', () => {
    const rooms = [{ ...conversation, people: [anna], request: true as const }]
    const page = chatPage(pageOf({ opened: opened({ room: '~2' }), rooms }))
    const noscript = [...page.querySelectorAll('noscript')].map((one) => one.innerHTML).join('')
    for (const way of ['/rooms/~2/accept', '/rooms/~2/decline', `/people/${anna.id}/block`]) {
      expect(decodeURIComponent(noscript)).toContain(`action="${way}"`)
    }
  })

  it('contains its state for the script, whatever the content', () => {
    const state = pageOf({
      user: { ...li, name: evil },
      opened: opened({ last: 1, messages: [entry(1, evil)] }),
    })
    const page = chatPage(state)
    expect(JSON.parse(page.querySelector('#state')?.textContent ?? '')).toEqual(state)
    expect(page.querySelectorAll('script')).toHaveLength(2)
    expect(page.querySelector('.message-text')?.textContent).toBe(evil)
    expect(page.querySelector('[onload]')).toBeNull()
  })

  it('shows Markdown formatted, and HTML and other URLs as text', () => {
    const data = '**bold <b>x</b>** [tea](https://tea.example/"onload="x) [no](javascript:alert(1)) @Anna @Li'
    const message = { ...entry(1, data), mentions: [anna, li].map(({ id, name }) => ({ id, name })) }
    const text = chatPage(pageOf({ opened: opened({ messages: [message] }) })).querySelector('.message-text')
    expect(text?.querySelector('strong')?.textContent).toBe('bold <b>x</b>')
    expect(text?.querySelectorAll('b, [onload]')).toHaveLength(0)
    expect([...(text?.querySelectorAll('a') ?? [])].map(({ protocol }) => protocol)).toEqual(['https:'])
    expect(text?.querySelector('a')?.rel).toBe('noopener noreferrer nofollow')
    expect([...(text?.querySelectorAll('.mention') ?? [])].map(wordsIn)).toEqual(['@Anna', '@Li'])
    expect(text?.querySelector('.mention.to-me')?.textContent).toBe('@Li')
  })

  it('links rooms of the list that a message names, and no others', () => {
    const rooms = [
      summary(),
      summary({ room: '茶/馆', name: '茶/馆' }),
      summary({ room: '~p', name: 'club', kind: 'private' }),
    ]
    const data = '#茶/馆 #club #lobby #secret #~2'
    const others = [...rooms, summary({ room: '~2', name: 'secret', kind: 'direct', people: [anna] })]
    const page = chatPage(pageOf({ rooms: others, opened: opened({ messages: [entry(1, data)] }) }))
    const links = [...page.querySelectorAll('.message-text a')]
    expect(links.map((one) => [one.textContent, one.getAttribute('href')])).toEqual([
      ['#茶/馆', '/rooms/%E8%8C%B6%2F%E9%A6%86'],
      ['#club', '/rooms/~p'],
      ['#lobby', '/rooms/lobby'],
    ])
    expect(page.querySelector('.message-text')?.textContent).toBe(data)
  })

  it('has forms to write and to sign out without JavaScript', () => {
    const page = chatPage(pageOf({ opened: opened({ room: '茶/馆' }) }), {
      text: '\nmine',
      key: 'key',
      fault: 'No.',
    })
    const form = page.querySelector<HTMLFormElement>('form.composer')
    expect([form?.getAttribute('action'), form?.method]).toEqual(['/rooms/%E8%8C%B6%2F%E9%A6%86/files/message', 'post'])
    expect(form?.querySelector('[name=key]')?.getAttribute('value')).toBe('key')
    const box = form?.querySelector('textarea')
    expect(page.getElementById(box?.getAttribute('aria-describedby') ?? '')?.textContent).toBe('No.')
    expect(page.querySelector('form.leave')?.getAttribute('action')).toBe('/signout')
  })
})

describe('sign-in page', () => {
  it('has one field with the name, and no error', () => {
    const page = rendered('account/signin.njk', { name: evil, to: '/' })
    expect(page.querySelector('#name')?.getAttribute('value')).toBe(evil)
    expect(page.querySelector('#name')?.hasAttribute('aria-invalid')).toBe(false)
    expect(page.querySelector('[onload]')).toBeNull()
  })

  it('says that a name is enough only while guests are on', () => {
    const said = (guests: boolean) =>
      rendered('account/signin.njk', { name: '', to: '/', guests }).querySelector('main')?.textContent
    expect(said(true)).toMatch(/All you need is a name[\s\S]*Only if you’ve claimed your name/)
    expect(said(false)).toContain('You need a password or an invitation.')
    expect(said(false)).not.toMatch(/All you need|Only if/)
  })

  it('shows an error beside its field', () => {
    for (const field of ['name', 'password']) {
      const page = rendered('account/signin.njk', { name: 'x', to: '/', fault: { message: 'It cannot be so.', field } })
      const [input, other] = ['name', 'password']
        .map((id) => page.querySelector(`#${id}`))
        .sort((a) => (a?.id === field ? -1 : 1))
      expect(input?.getAttribute('aria-invalid')).toBe('true')
      expect(other?.hasAttribute('aria-invalid')).toBe(false)
      const described = (input?.getAttribute('aria-describedby') ?? '').split(' ')
      expect(described.map((id) => page.getElementById(id)?.textContent)).toContain('It cannot be so.')
    }
  })
})

it('error page › shows its message as text', () => {
  const page = rendered('error.njk', { status: 404, title: 'Nothing here', message: evil })
  expect(page.querySelector('.auth-text')?.textContent).toBe(evil)
  expect(page.querySelector('.auth-status')?.textContent).toBe('404')
  expect(page.querySelectorAll('script')).toHaveLength(1)
})

describe('every page', () => {
  const locals = {
    name: '',
    to: '/',
    status: 404,
    title: '没有',
    message: '没有',
    user: li,
    state: pageOf(),
    shell: {},
    draft: { key: 'k' },
    maxFiles: 10,
    maxFileBytes: 1e8,
  }
  const views = ['chat.njk', 'account/signin.njk', 'room/no-room.njk', 'error.njk', 'offline.njk', 'shell.njk']
  /** The text of the last one is in English for everybody. */
  const pages = [...views, 'docs.njk']

  it.each(pages)('has the language and the theme of its reader: %s', (view) => {
    const html = (wanted?: Wanted) => rendered(view, locals, wanted).documentElement
    expect([html().lang, html().dataset.theme]).toEqual(['en', undefined])
    expect([html({ language: 'zh' }).lang, html({ theme: 'dark' }).dataset.theme]).toEqual(['zh-CN', 'dark'])
  })
  it.each(pages)('has the theme colour of its theme: %s', (view) => {
    const colours = (theme?: 'light' | 'dark') =>
      [...rendered(view, locals, theme && { theme }).querySelectorAll('meta[name=theme-color]')].map((meta) => [
        meta.getAttribute('content'),
        meta.hasAttribute('media'),
      ])
    expect(colours('light')).toEqual([['#faf7f0', false]])
    expect(colours('dark')).toEqual([['#1a1815', false]])
    expect(colours()).toEqual([
      ['#faf7f0', true],
      ['#1a1815', true],
    ])
  })
  it.each(pages)('can be installed: %s', (view) => {
    const linkTo = (rel: string) => rendered(view, locals).querySelector(`link[rel=${rel}]`)?.getAttribute('href')
    expect([linkTo('manifest'), linkTo('apple-touch-icon')]).toEqual([
      '/manifest.webmanifest',
      '/static/images/apple-touch-icon.png',
    ])
  })

  const files = [...views, 'layout.njk', 'icon.njk']
  const parts = ['composer', 'header', 'message', 'messages', 'people', 'rooms', 'text'].map(
    (name) => `chat/${name}.njk`,
  )
  it.each([...files, ...parts])('has all of its texts from the locale: %s', (file) => {
    const source = readFileSync(join(root, 'views', file), 'utf8')
    const bare = source
      .replace(/\{% block page %\}[\w-]+|\{#[\s\S]*?#\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g, '')
      .replace(/<(?:[^>"]|"[^"]*")*>/g, ' ')
      .replace(/Teahouse|茶馆/g, '')
    expect(bare).not.toMatch(/\p{L}/u)
    expect(source).not.toMatch(/(?:aria-label|title|placeholder|alt)="[^"{]/)
  })
})

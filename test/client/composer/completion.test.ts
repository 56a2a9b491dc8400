import { beforeAll, describe, expect, it } from 'vitest'
import { completionAt, wantsEmoji, wholeEmojiAt, withEmoji } from '../../../src/client/composer/completion.ts'
import { roomsToLink } from '../../../src/client/composer/rooms-to-link.ts'
import { type Emoji, loadEmoji } from '../../../src/client/emoji/emoji.ts'
import { english } from '../support/fakes.ts'

const people = ['Anna', 'anton', 'Anna Maria', '李雷', '韩梅梅', 'Élodie'].map((name, id) => ({ id, name, image: id }))
let emoji: Emoji[] = []
beforeAll(async () => {
  emoji = await loadEmoji('en')
})

/** `|` is the caret. */
function at(marked: string) {
  const caret = marked.indexOf('|')
  const text = marked.replace('|', '')
  const completion = completionAt(text, caret, { people, emoji })
  return {
    completion,
    labels: completion?.options.map(({ label }) => label) ?? [],
    /** The text after the first option was chosen. */
    chosen: completion && text.slice(0, completion.from) + completion.options[0]?.insert + text.slice(completion.to),
  }
}

describe('withEmoji', () => {
  it('replaces each whole shortcode of a text', () => {
    expect(withEmoji(':smile: so :smile::smile: and :nothing_like_it: at 10:30:45', emoji)).toBe(
      '😄 so 😄😄 and :nothing_like_it: at 10:30:45',
    )
  })

  it('leaves code and addresses as they are', () => {
    for (const text of ['`:smile:`', 'https://example.org/a:smile:', '```\n:smile:\n```'])
      expect(withEmoji(text, emoji)).toBe(text)
  })
})

describe('completion › names after @', () => {
  it.for([
    ['@|', ['Anna', 'anton', 'Anna Maria', '李雷', '韩梅梅', 'Élodie']],
    ['hello @an|', ['Anna', 'anton', 'Anna Maria']],
    ['@AN|', ['Anna', 'anton', 'Anna Maria']],
    ['@anna m|', ['Anna Maria']],
    ['@李|', ['李雷']],
    ['你好@韩|', ['韩梅梅']],
    ['@E\u0301lo|', ['Élodie']],
    ['first line\n@ant|', ['anton']],
    ['cc:@ant|', ['anton']],
  ] as const)('%s suggests the names that begin like it', ([text, names]) => {
    expect(at(text).labels).toEqual(names)
  })

  it.for([
    ['@|', 'Élodie', 'room'],
    ['@ro|', undefined, 'room'],
  ] as const)('%s suggests everybody in the room last, where that is allowed', ([text, before, last]) => {
    const caret = text.indexOf('|')
    const labels = (withEveryone: boolean) =>
      completionAt(text.replace('|', ''), caret, { people, withEveryone, emoji })?.options.map(({ label }) => label)
    expect(labels(true)?.slice(-2)).toEqual([before, last].filter(Boolean))
    expect(labels(false) ?? []).not.toContain('room')
  })
  it('suggest everybody first when @room is typed whole, and keep a place for it', () => {
    const many = ['roomie', ...Array.from({ length: 9 }, (_, i) => `room ${i}`)].map((name, id) => ({
      id,
      name,
      image: 0,
    }))
    const labels = (text: string) =>
      completionAt(text, text.length, { people: many, withEveryone: true, emoji })?.options.map(({ label }) => label)
    expect(labels('@room')?.slice(0, 2)).toEqual(['room', 'roomie'])
    expect(labels('@ro')).toHaveLength(8)
    expect(labels('@ro')?.at(-1)).toBe('room')
  })

  it.for([
    ['nobody of that name', '@zoe|'],
    ['an address', 'anna@an|'],
    ['a URL', 'https://example.org/@an|'],
    ['another line', '@\nan|'],
    ['code', 'type `@an|'],
    ['fenced code', '```\n@an|'],
    ['a caret elsewhere', '|@an'],
    ['what is longer than a name', `@${'a'.repeat(60)}|`],
  ] as const)('suggests nothing for %s', ([, text]) => {
    expect(at(text).completion).toBeUndefined()
  })

  it('continues after code and after a URL', () => {
    expect(at('`code` @ant|').labels).toEqual(['anton'])
    expect(at('```\ncode\n```\n@ant|').labels).toEqual(['anton'])
    expect(at('https://example.org @ant|').labels).toEqual(['anton'])
    expect(at('看https://example.org，@ant|').labels).toEqual(['anton'])
  })

  it('inserts the name and one space', () => {
    expect(at('hello @ant|').chosen).toBe('hello @anton ')
    expect(at('@ant| how are you').chosen).toBe('@anton how are you')
    expect(at('@李|你好').chosen).toBe('@李雷 你好')
  })
})

describe('completion › rooms after #', () => {
  const rooms = [
    { name: 'tea', label: 'tea', isPrivate: false },
    { name: 'Tea house', label: 'Tea house', isPrivate: true },
    { name: 'lobby', label: '大厅', isPrivate: false },
  ]
  const inserted = (text: string) =>
    completionAt(text, text.length, { people, rooms, emoji })?.options.map(({ insert }) => insert)

  it.for([
    ['#', ['#tea ', '#Tea house ', '#lobby ']],
    ['see #TE', ['#tea ', '#Tea house ']],
    ['看#大', ['#lobby ']],
    ['@Anna #lob', ['#lobby ']],
  ] as const)('%s suggests the rooms that begin like it', ([text, expected]) => {
    expect(inserted(text)).toEqual(expected)
  })
  it.for(['##', '# ', '&#', 'C#', '`#', 'https://x.org/#t', '#nowhere'])('%s suggests nothing', (text) => {
    expect(inserted(text)).toBeUndefined()
  })
  it('replaces what was typed, and marks what is private', () => {
    const text = 'in #tea h'
    const completion = completionAt(text, text.length, { people, rooms, emoji })
    expect(completion).toMatchObject({ kind: 'room', from: 3, to: 9 })
    expect(completion?.options[0]?.sign).toEqual({ type: 'room', isPrivate: true })
  })

  const state = (room: string, some: object = {}) => ({
    room,
    title: room,
    kind: 'public' as const,
    left: false,
    archived: false,
    ...some,
  })
  it('begin with the rooms that the user is in, and leave out conversations', () => {
    const states = [
      state('old', { archived: true }),
      state('other', { left: true }),
      state('own'),
      state('~1', { title: 'Anna', kind: 'direct' }),
      state('~2', { title: 'club', kind: 'private' }),
    ]
    expect(roomsToLink(states, english.t).map(({ name }) => name)).toEqual(['own', 'club', 'other', 'old'])
  })
  it('insert the address of a room whose name means another one', () => {
    const states = [state('tea'), state('other', { title: 'tea' }), state('lobby')]
    expect(roomsToLink(states, english.t)).toEqual([
      { name: 'tea', label: 'tea', isPrivate: false },
      { name: 'other', label: 'tea', isPrivate: false },
      { name: 'lobby', label: 'lobby', isPrivate: false },
    ])
  })
})

describe('completion › emoji after :', () => {
  it('suggests emoji by the beginning of their shortcode, an exact match first', () => {
    const { completion, labels } = at('well :smile|')
    expect(completion).toMatchObject({ kind: 'emoji', from: 5, to: 11 })
    expect(completion?.options[0]).toMatchObject({ insert: '😄 ', sign: { type: 'emoji', emoji: '😄' } })
    expect(labels.length).toBeGreaterThan(2)
    for (const label of labels) expect(label).toMatch(/^:smile/)
  })

  it('ignores case, and needs no space before it in Chinese text', () => {
    expect(at(':TAD|').labels).toEqual(at(':tad|').labels)
    expect(at(':tad|').chosen).toBe('🎉 ')
    expect(at('恭喜:tad|').chosen).toBe('恭喜🎉 ')
  })

  it.for([
    ['one letter', ':s|'],
    ['an emoticon', ':D|'],
    ['a URL', 'https:|'],
    ['a URL with a path', 'https://example.org/a:smile|'],
    ['a time', '12:30|'],
    ['a time alone', 'at :30|'],
    ['the middle of a word', 'std:smile|'],
    ['two colons', 'std::smile|'],
    ['code', '`:smile|'],
    ['nothing that is called so', ':qqqq|'],
  ] as const)('suggests nothing for %s', ([, text]) => {
    expect(at(text).completion).toBeUndefined()
  })

  it('signals that emoji are needed before they are loaded', () => {
    expect(wantsEmoji(':sm', 3)).toBe(true)
    expect(wantsEmoji('see :smile:', 11)).toBe(true)
    expect(wantsEmoji('12:30', 5)).toBe(false)
    expect(wantsEmoji('hello', 5)).toBe(false)
    expect(completionAt(':sm', 3, { people, emoji: [] })).toBeUndefined()
  })
})

describe('completion › complete shortcodes', () => {
  it('become the emoji', () => {
    expect(wholeEmojiAt('so :smile:', 10, emoji)).toEqual({ from: 3, to: 10, insert: '😄' })
    expect(wholeEmojiAt(':+1:', 4, emoji)).toMatchObject({ insert: '👍' })
    expect(wholeEmojiAt(':100:', 5, emoji)).toMatchObject({ insert: '💯' })
  })

  it.for(['so :nothing_like_it:', '10:30:45:', '`:smile:', ':smil', 'a:smile:'])('are not found in %s', (text) => {
    expect(wholeEmojiAt(text, text.length, emoji)).toBeUndefined()
  })
})

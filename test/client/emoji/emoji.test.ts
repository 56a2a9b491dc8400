// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadEmoji } from '../../../src/client/emoji/emoji.ts'
import { groupsOf } from '../../../src/client/emoji/emoji-groups.ts'
import { searchEmoji } from '../../../src/client/emoji/emoji-search.ts'
import { readRecentEmoji, saveRecentEmoji } from '../../../src/client/emoji/recent-emoji.ts'
import { languages } from '../../../src/shared/language.ts'

const codes = Object.keys(languages) as (keyof typeof languages)[]
const english = await loadEmoji('en')
const chinese = await loadEmoji('zh')

describe('emoji data', () => {
  it.for(codes)('has a name, a shortcode and a group for each emoji, in %s', async (code) => {
    const all = await loadEmoji(code)
    expect(all.length).toBeGreaterThan(1_800)
    expect(all.filter(({ name, shortcodes }) => !name || !shortcodes.length)).toEqual([])
    expect(groupsOf(all, []).flatMap(({ emoji }) => emoji)).toHaveLength(all.length)
  })

  it('has groups that each have a symbol of their own', () => {
    for (const { title, sign, emoji } of groupsOf(english, [])) {
      expect(
        emoji.map(({ emoji }) => emoji),
        title,
      ).toContain(sign)
    }
  })

  it('has the same emoji and shortcodes in each language, with different names', () => {
    const codesOf = (all: typeof english) => all.map(({ emoji, shortcodes }) => [emoji, shortcodes])
    expect(codesOf(chinese)).toEqual(codesOf(english))
    expect(chinese.find(({ emoji }) => emoji === '🍵')?.name).toBe('热茶')
    expect(english.find(({ emoji }) => emoji === '🍵')?.name).toBe('teacup without handle')
  })

  it('contains each emoji once, as keyboards write it, without skin tones', () => {
    const written = english.map(({ emoji }) => emoji)
    expect(written.filter((emoji) => !/^\p{RGI_Emoji}$/v.test(emoji))).toEqual([])
    expect(written.filter((emoji) => /\p{Emoji_Modifier}/u.test(emoji))).toEqual([])
    expect(new Set(written).size).toBe(written.length)
    expect(written).toContain('👍')
  })

  it('reports when it cannot be loaded', async () => {
    vi.stubGlobal('fetch', async () => new Response('gone', { status: 404 }))
    await expect(loadEmoji('en')).rejects.toThrow('404')
    vi.unstubAllGlobals()
  })
})

describe('emoji search', () => {
  const found = (all: typeof english, term: string) => searchEmoji(all, term).map(({ emoji }) => emoji)

  it('finds by shortcode, by name and by other words, best match first', () => {
    expect(found(english, 'smile')[0]).toBe('😄')
    expect(found(english, 'grinning face')[0]).toBe('😀')
    expect(found(english, 'cheerful')).toContain('😀')
    expect(found(english, ':tada:')[0]).toBe('🎉')
  })

  it('finds in the reader’s language, and by English shortcodes too', () => {
    expect(found(chinese, '微笑')).toContain('😊')
    expect(found(chinese, 'smile')[0]).toBe('😄')
    expect(found(english, '微笑')).toEqual([])
  })

  it('finds nothing for an empty search or an unknown word', () => {
    expect(found(english, '  ')).toEqual([])
    expect(found(english, 'qqqq')).toEqual([])
  })
})

describe('last used emoji', () => {
  beforeEach(() => localStorage.clear())
  afterEach(() => void vi.restoreAllMocks())

  it('are kept newest first, each once and at most 24', () => {
    for (const { emoji } of english.slice(0, 30)) saveRecentEmoji(emoji)
    saveRecentEmoji('🍵')
    saveRecentEmoji('🎉')
    saveRecentEmoji('🍵')
    const recent = readRecentEmoji()
    expect(recent).toHaveLength(24)
    expect(recent.slice(0, 3)).toEqual(['🍵', '🎉', english[29]?.emoji])
  })

  it('are shown before the groups, and without a group when there are none', () => {
    const [first] = groupsOf(english, ['🍵', 'not an emoji'])
    expect(first?.title).toBe('emojiRecent')
    expect(first?.emoji.map(({ emoji }) => emoji)).toEqual(['🍵'])
    expect(groupsOf(english, [])[0]?.title).toBe('emojiSmileys')
  })

  it('are none when storage has invalid content or is forbidden', () => {
    localStorage.setItem('teahouse-emoji', '{"a":1}')
    expect(readRecentEmoji()).toEqual([])
    localStorage.setItem('teahouse-emoji', 'x')
    expect(readRecentEmoji()).toEqual([])
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    expect(() => saveRecentEmoji('🍵')).not.toThrow()
  })
})

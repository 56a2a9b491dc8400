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

describe('the emoji of each language', () => {
  it.for(codes)('have a name, a shortcode and a group, in %s', async (code) => {
    const all = await loadEmoji(code)
    expect(all.length).toBeGreaterThan(1_800)
    expect(all.filter(({ name, shortcodes }) => !name || !shortcodes.length)).toEqual([])
    expect(groupsOf(all, []).flatMap(({ emoji }) => emoji)).toHaveLength(all.length)
  })

  it('are in groups of which each has a sign of its own', () => {
    for (const { title, sign, emoji } of groupsOf(english, [])) {
      expect(
        emoji.map(({ emoji }) => emoji),
        title,
      ).toContain(sign)
    }
  })

  it('are the same ones with the same shortcodes, under other names', () => {
    const codesOf = (all: typeof english) => all.map(({ emoji, shortcodes }) => [emoji, shortcodes])
    expect(codesOf(chinese)).toEqual(codesOf(english))
    expect(chinese.find(({ emoji }) => emoji === '🍵')?.name).toBe('热茶')
    expect(english.find(({ emoji }) => emoji === '🍵')?.name).toBe('teacup without handle')
  })

  it('are written as keyboards write them, each once, and without skin tones', () => {
    const written = english.map(({ emoji }) => emoji)
    expect(written.filter((emoji) => !/^\p{RGI_Emoji}$/v.test(emoji))).toEqual([])
    expect(written.filter((emoji) => /\p{Emoji_Modifier}/u.test(emoji))).toEqual([])
    expect(new Set(written).size).toBe(written.length)
    expect(written).toContain('👍')
  })

  it('say so when they cannot be had', async () => {
    vi.stubGlobal('fetch', async () => new Response('gone', { status: 404 }))
    await expect(loadEmoji('en')).rejects.toThrow('404')
    vi.unstubAllGlobals()
  })
})

describe('a search', () => {
  const found = (all: typeof english, term: string) => searchEmoji(all, term).map(({ emoji }) => emoji)

  it('finds by shortcode, by name and by other words, what fits best first', () => {
    expect(found(english, 'smile')[0]).toBe('😄')
    expect(found(english, 'grinning face')[0]).toBe('😀')
    expect(found(english, 'cheerful')).toContain('😀')
    expect(found(english, ':tada:')[0]).toBe('🎉')
  })

  it('finds in the language of the reader, and by English shortcodes besides', () => {
    expect(found(chinese, '微笑')).toContain('😊')
    expect(found(chinese, 'smile')[0]).toBe('😄')
    expect(found(english, '微笑')).toEqual([])
  })

  it('finds nothing for nothing, and none that is not called so', () => {
    expect(found(english, '  ')).toEqual([])
    expect(found(english, 'qqqq')).toEqual([])
  })
})

describe('the emoji used last', () => {
  beforeEach(() => localStorage.clear())
  afterEach(() => void vi.restoreAllMocks())

  it('are kept, newest first, each once and 24 at most', () => {
    for (const { emoji } of english.slice(0, 30)) saveRecentEmoji(emoji)
    saveRecentEmoji('🍵')
    saveRecentEmoji('🎉')
    saveRecentEmoji('🍵')
    const recent = readRecentEmoji()
    expect(recent).toHaveLength(24)
    expect(recent.slice(0, 3)).toEqual(['🍵', '🎉', english[29]?.emoji])
  })

  it('stand before the groups, and are no group when there are none', () => {
    const [first] = groupsOf(english, ['🍵', 'not an emoji'])
    expect(first?.title).toBe('emojiRecent')
    expect(first?.emoji.map(({ emoji }) => emoji)).toEqual(['🍵'])
    expect(groupsOf(english, [])[0]?.title).toBe('emojiSmileys')
  })

  it('are none when storage holds something else or is forbidden', () => {
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

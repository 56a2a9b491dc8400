import { describe, expect, it } from 'vitest'
import { NameSuggestions } from '../../src/server/auth/name-suggestions.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { faultInName, normalizeName } from '../../src/shared/text.ts'

const languages = ['zh', 'en'] as const

const shapes = { zh: /^路人[甲乙丙丁戊己庚辛壬癸]\d*$/, en: /^Guest [A-Z][a-z]+( \d+)?$/ }

/** Suggestions on a server where these names are taken. */
function newNames(taken: Iterable<string> = []) {
  const users = new Set(taken)
  return new NameSuggestions({ hasUser: async (name) => users.has(name) })
}

async function suggestions(names: NameSuggestions, language: 'zh' | 'en', count: number): Promise<string[]> {
  const suggested: string[] = []
  while (suggested.length < count) suggested.push(await names.suggest(language))
  return suggested
}

/** Every name of the first `rounds` rounds. */
async function allNames(language: 'zh' | 'en', rounds: number): Promise<string[]> {
  const stems = new Set((await suggestions(newNames(), language, 300)).map((name) => name.replace(/ ?\d+$/, '')))
  expect(stems.size, 'all must be known for this test to mean anything').toBe(10)
  const space = language === 'en' ? ' ' : ''
  const numbers = Array.from({ length: rounds }, (_, round) => (round ? `${space}${round + 1}` : ''))
  return [...stems].flatMap((stem) => numbers.map((number) => stem + number))
}

describe.for(languages)('name suggestions in %s', (language) => {
  it('are valid names of that language', async () => {
    for (const name of await suggestions(newNames(), language, 300)) {
      expect(name).toMatch(shapes[language])
      expect(faultInName(name, limits.maxNameCharacters), name).toBeUndefined()
      expect(normalizeName(name)).toBe(name)
    }
  })
  it('do not repeat within 300, from any starting point', async () => {
    const suggested = await suggestions(newNames(), language, 2_000)
    const lastSeen = new Map<string, number>()
    for (const [i, name] of suggested.entries()) {
      expect(i - (lastSeen.get(name) ?? Number.NEGATIVE_INFINITY), name).toBeGreaterThanOrEqual(300)
      lastSeen.set(name, i)
    }
  })
  it('are not names of existing users', async () => {
    const all = await allNames(language, 100)
    const taken = new Set(all.filter((_, i) => i % 10 !== 0))
    const suggested = await suggestions(newNames(taken), language, 80)
    expect(suggested.filter((name) => taken.has(name))).toEqual([])
    expect(new Set(suggested).size).toBe(80)
  })
  it('continue when all are taken, with many more taken names', async () => {
    const taken = new Set(await allNames(language, 2_000))
    const suggested = await suggestions(newNames(taken), language, 50)
    expect(suggested.filter((name) => taken.has(name))).toEqual([])
    for (const name of suggested) expect(faultInName(name, limits.maxNameCharacters), name).toBeUndefined()
  })
})

describe('name suggestions', () => {
  it('differ for users who ask at the same time', async () => {
    const names = newNames()
    const suggested = await Promise.all(Array.from({ length: 100 }, () => names.suggest('zh')))
    expect(new Set(suggested).size).toBe(100)
  })
  it('cannot be predicted', async () => {
    const [one, other] = [await suggestions(newNames(), 'en', 20), await suggestions(newNames(), 'en', 20)]
    expect(one).not.toEqual(other)
  })
  it('fail when the store fails, instead of guessing', async () => {
    const names = new NameSuggestions({ hasUser: () => Promise.reject(new Error('gone')) })
    await expect(names.suggest('en')).rejects.toThrow('gone')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs } from '../../../src/shared/durations.ts'
import { limits } from '../../../src/shared/protocol/limits.ts'
import { BadQuery, parseSearch, type SearchQuery } from '../../../src/shared/search/query.ts'

const none: SearchQuery = {
  phrases: [],
  from: [],
  in: [],
  has: [],
  mentionsMe: false,
  before: undefined,
  after: undefined,
}
const day = Date.parse('2026-11-29T00:00:00Z')
const phrase = (terms: string, isPrefix = false) => ({ terms: terms.split(' '), isPrefix })

const queries: Record<string, Partial<SearchQuery>> = {
  'green Tea': { phrases: [phrase('green'), phrase('tea')] },
  '"green tea" now': { phrases: [phrase('green tea'), phrase('now')] },
  '“green tea” 「上海」': { phrases: [phrase('green tea'), phrase('上 海')] },
  '"green tea': { phrases: [phrase('green tea')] },
  'tea*': { phrases: [phrase('tea', true)] },
  'green-tea*': { phrases: [phrase('green tea', true)] },
  '"tea*"': { phrases: [phrase('tea')] },
  '上海 天*': { phrases: [phrase('上 海'), phrase('天')] },
  '12:30 https://example.com': { phrases: [phrase('12 30'), phrase('https example com')] },
  'tea from:anna From:@Bo from:me': { phrases: [phrase('tea')], from: ['anna', 'Bo', 'me'] },
  'in:#tea in:"The Tea Room" in：茶': { in: ['tea', 'The Tea Room', '茶'] },
  'has:file has:LINK': { has: ['file', 'link'] },
  'mentions:me': { mentionsMe: true },
  'a before:2026-11-29': { phrases: [phrase('a')], before: day },
  'a after:2026-11-29': { phrases: [phrase('a')], after: day + dayMs },
  'a before:2026-11-30 before:2026-11-29': { phrases: [phrase('a')], before: day },
  'foo:bar': { phrases: [phrase('foo bar')] },
  'drop "" \' OR NEAR(a) table; -- tea': {
    phrases: [phrase('drop'), phrase('or'), phrase('near a'), phrase('table'), phrase('tea')],
  },
}

/** Different ones, each as short as is allowed. */
function beginnings(count: number): string {
  return Array.from({ length: count }, (_, i) => `${(360 + i).toString(36)}*`).join(' ')
}

describe('a search query', () => {
  for (const [text, query] of Object.entries(queries)) {
    it(`is read: ${text}`, () => expect(parseSearch(text)).toEqual({ ...none, ...query }))
  }

  it.each([
    ['', 'empty'],
    ['… !', 'empty'],
    ['before:2026-11-29', 'empty'],
    ['tea from:', 'filter'],
    ['tea in:""', 'filter'],
    ['tea has:cake', 'has'],
    ['tea mentions:bo', 'mentions'],
    ['tea before:yesterday', 'date'],
    ['tea after:2026-02-30', 'date'],
    ['tea after:+02026-01-01', 'date'],
    ['t*', 'short-prefix'],
    ['a'.repeat(limits.maxQueryCharacters + 1), 'too-long'],
    ['茶'.repeat(limits.maxQueryTerms + 1), 'too-many'],
    [beginnings(limits.maxQueryPrefixes + 1), 'too-many-prefixes'],
    [beginnings(64), 'too-many-prefixes'],
  ])('is refused with a reason: %s', (text, fault) => {
    expect(() => parseSearch(text)).toThrow(expect.objectContaining({ fault, message: expect.stringMatching(/\.$/) }))
  })

  it('takes four beginnings of words', () => {
    expect(limits.maxQueryPrefixes).toBe(4)
    const { phrases } = parseSearch(`${beginnings(limits.maxQueryPrefixes)} tea "green te*" 天*`)
    expect(phrases.filter(({ isPrefix }) => isPrefix)).toHaveLength(4)
  })

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          const { phrases } = parseSearch(text)
          expect(phrases.flatMap(({ terms }) => terms).length).toBeLessThanOrEqual(limits.maxQueryTerms)
        } catch (error) {
          expect(error).toBeInstanceOf(BadQuery)
        }
      }),
      { numRuns: 30 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { highlighted } from '../../../src/shared/search/highlight.ts'
import { parseSearch } from '../../../src/shared/search/query.ts'
import { maxTermCharacters, placedTerms, termsOf } from '../../../src/shared/search/terms.ts'

const cases: Record<string, [text: string, terms: string]> = {
  'English, in any case': ["Don't STOP me now", 'don t stop me now'],
  'addresses and code': ['https://example.com/a_b?c=1', 'https example com a b c 1'],
  'numbers with the letters beside them': ['mp3 b2b 15kg 3,50', 'mp3 b2b 15kg 3 50'],
  Chinese: ['我在上海。Shanghai2026年', '我 在 上 海 shanghai2026 年'],
  'Chinese beyond the first plane': ['𠮷野家', '𠮷 野 家'],
  'wide and compatible forms': ['ＡＢＣ１２３ ﬁne ①', 'abc123 fine 1'],
  'kana, also narrow ones': ['カーテンとﾃﾞｰﾀが', 'カ ー テ ン と テ\u3099 ー タ か\u3099'],
  Korean: ['안녕하세요 서울', '안 녕 하 세 요 서 울'],
  'Korean in parts': ['안녕'.normalize('NFD'), '안 녕'],
  Thai: ['น้ำชา', 'น\u0e49\u0e4d า ช า'],
  German: ['Straße ÜBER Äpfel STRASSE', 'strasse uber apfel strasse'],
  Turkish: ['İSTANBUL ısparta Çay', 'istanbul isparta cay'],
  Polish: ['Łódź', 'lodz'],
  Greek: ['ΟΔΥΣΣΕΎΣ', 'οδυσσευσ'],
  Russian: ['Ёлка и чай', 'елка и чаи'],
  'Arabic, with and without vowels': ['شَايٌ شاي شــاي', 'شاي شاي شاي'],
  Hebrew: ['שָׁלוֹם', 'שלום'],
  Hindi: ['नमस्ते दुनिया', 'नमस्ते दुनिया'],
  Vietnamese: ['Trà đá', 'tra da'],
  'a change of script': ['чайtea茶พtea', 'чаи tea 茶 พ tea'],
  'invisible characters': ['te\u00ada te\u200da ก\u200bข', 'tea tea ก ข'],
  emoji: ['tea🍵now 👨‍👩‍👧', 'tea 🍵 now 👨 👩 👧'],
  'no term': ['… !? — ", \n', ''],
}

const texts = fc.array(
  fc.oneof(fc.constantFrom(...Object.values(cases).map(([text]) => text)), fc.string({ unit: 'binary' })),
)

describe('terms of a text', () => {
  for (const [name, [text, terms]] of Object.entries(cases)) {
    it(`are found in ${name}`, () => {
      expect(termsOf(text)).toEqual(
        terms
          .split(' ')
          .filter(Boolean)
          .map((term) => term.normalize('NFC')),
      )
    })
  }

  it('are the same whatever form the text has, and have nothing that an index could read as anything else', () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join(' ').toWellFormed()
        const terms = termsOf(text)
        for (const form of ['NFC', 'NFD']) expect(termsOf(text.normalize(form))).toEqual(terms)
        for (const term of terms) {
          expect(term).toMatch(/^[\p{L}\p{N}\p{M}\p{ExtPict}]+$/u)
          expect([...term].length).toBeLessThanOrEqual(maxTermCharacters)
        }
      }),
    )
  })

  it('are cut when they are long, and take time in proportion to the text', () => {
    expect(termsOf('a'.repeat(9_000))).toEqual(['a'.repeat(maxTermCharacters)])
    expect(termsOf('é'.repeat(9_000))).toEqual(['e'.repeat(maxTermCharacters)])
    const hostile = ['1', '1é', 'é1', 'e\u0301', 'ก\u0e49', '\u0301'].map((unit) => unit.repeat(100_000))
    for (const text of hostile) termsOf(text)
  })

  it('have places in the text that say the same', () => {
    for (const [text] of Object.values(cases)) {
      const placed = placedTerms(text)
      expect(placed.map(({ term }) => term)).toEqual(termsOf(text))
      for (const { start, end } of placed) expect(start).toBeLessThan(end)
    }
  })
})

describe('highlighted parts', () => {
  function found(text: string, query: string): string {
    return highlighted(text, parseSearch(query).phrases)
      .map((part) => (part.isFound ? `[${part.text}]` : part.text))
      .join('')
  }

  it('are those that the query has found, in the letters of the text', () => {
    expect(found('Green TEA and teapots', 'tea')).toBe('Green [TEA] and teapots')
    expect(found('Green TEA and teapots', 'tea*')).toBe('Green [TEA] and [teapots]')
    expect(found('我在上海，海上', '上海')).toBe('我在[上海]，海上')
    expect(found('Straße, Café', 'strasse cafe')).toBe('[Straße], [Café]')
    expect(found('tea', 'green "tea"')).toBe('[tea]')
    expect(found('茶茶茶', '茶茶')).toBe('[茶茶][茶]')
  })

  it('are the whole text together', () => {
    fc.assert(
      fc.property(texts, fc.string({ unit: 'grapheme' }), (parts, word) => {
        const text = parts.join(' ').toWellFormed()
        const phrases = [
          { terms: termsOf(word), isPrefix: true },
          { terms: ['tea'], isPrefix: false },
        ]
        const all = highlighted(
          text,
          phrases.filter(({ terms }) => terms.length),
        )
        expect(all.map((part) => part.text).join('')).toBe(text)
      }),
    )
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fastTermsOf } from '../../../src/shared/search/fast-terms.ts'
import { termsOf } from '../../../src/shared/search/terms.ts'

/** What characters make of each other: marks, letters that marks follow, invisible ones, parts of Korean syllables, numbers, emoji. */
const parts = [
  ...[
    'a',
    'É',
    'e\u0301',
    '\u0301',
    'ß',
    'ﬁ',
    'İ',
    'Σ',
    'ς',
    '1',
    '①',
    '²',
    '\u0660',
    ' ',
    '.',
    '_',
    '\u00ad',
    '\u200b',
    '\u200d',
  ],
  ...[
    '上',
    '〇',
    '㊗',
    '𠮷',
    'か',
    '\u3099',
    '\u309a',
    '゛',
    'ﾞ',
    'ﾊ',
    'ー',
    '한',
    '\u1112',
    '\u1161',
    '\u11ab',
    'ﾡ',
    'ￂ',
    'ㅎ',
    'ㅏ',
  ],
  ...[
    'น',
    '\u0e49',
    '\u0e33',
    '\u0e38',
    'ש',
    '\u05c1',
    'ا',
    '\u0653',
    '\u064e',
    'ـ',
    'न',
    '\u093c',
    'ি',
    'က',
    '\u1037',
    'й',
    'ж',
  ],
  ...['🍵', '👨‍👩‍👧', '©', '™', '\ud83c', '\udf75', '\u{16d63}', '\u{16d67}', '\u{11935}', '\u{11930}', 'Ꮳ', '𝒜'],
]

it('fast terms › finds the terms that the other one finds, for each character of the first two planes', () => {
  // So few at once that the text is not left to the other one.
  for (let block = 0; block <= 0x10_ff_ff; block += block < 0x2_00_00 ? 64 : 0x40_00) {
    const characters = Array.from({ length: 64 }, (_, i) => String.fromCodePoint(block + i))
    const text = characters.map((character) => `${character} 1${character}a`).join(' ')
    expect(fastTermsOf(text), block.toString(16)).toEqual(termsOf(text))
  }
})

it('fast terms › finds the terms that the other one finds in any text', () => {
  const unit = fc.oneof(fc.constantFrom(...parts), fc.string({ unit: 'binary', maxLength: 1 }))
  const text = fc.array(unit, { maxLength: 30 }).map((units) => units.join(''))
  fc.assert(
    fc.property(text, (said) => {
      expect(fastTermsOf(said)).toEqual(termsOf(said))
    }),
    { numRuns: 3_000 },
  )
})

it('fast terms › takes time in proportion to the text', () => {
  const hostile = ['1', '1é', 'é1', 'e\u0301', 'ก\u0e49', '\u0301', '🍵', '\ud83c'].map((unit) => unit.repeat(100_000))
  for (const text of hostile) expect(fastTermsOf(text)).toEqual(termsOf(text))
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText, textParts } from '../../src/server/files/texts/text-parts.ts'
import { termsOf } from '../../src/shared/search/terms.ts'

const pieces = fc.constantFrom(
  ...[
    'tea',
    'Größe',
    '上海',
    'ガ',
    'か\u3099',
    'อยาก',
    'น้ำ',
    '한국',
    '🍵',
    '👩‍🍳',
    'e\u0301',
    'شاي',
    'iPhone15中文',
    '\n',
    ' ',
    ' ',
    '. ',
    '1,000',
  ],
)

describe('parts of a text', () => {
  it('have the terms of the whole, whatever it is made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 200, maxLength: 400 }), async (some) => {
        const text = some.join('').repeat(20)
        const parts = await textParts(text)
        expect(parts.map((part) => part.text).join('')).toBe(text)
        expect(parts.length).toBeGreaterThan(1)
        expect([...cutText(text)].flatMap(termsOf)).toEqual(termsOf(text))
        expect([...new Set(parts.flatMap(({ words }) => words))]).toEqual([...new Set(termsOf(text))])
      }),
      { numRuns: 30 },
    )
  })

  it('have the terms that follow, so that a phrase is found where it begins', async () => {
    const words = Array.from({ length: 3_000 }, (_, i) => `w${i}`)
    const parts = await textParts(words.join('\n'))
    for (const [i, { terms, words: own }] of parts.entries()) {
      const all = terms.trim().split(' ')
      expect(all.slice(0, own.length)).toEqual(own)
      expect(all.length - own.length).toBe(
        i === parts.length - 1 ? 0 : Math.min(63, 3_000 - Number(all[own.length]?.slice(1))),
      )
    }
  })

  it('have at most 4,000 characters, of words without an end too, and halve none', async () => {
    for (const text of [
      'x'.repeat(9_001),
      '𝒳'.repeat(5_000),
      `${'a'.repeat(3_999)}${'𝒳'.repeat(300)}`,
      'e\u0301'.repeat(5_000),
    ]) {
      const parts = [...cutText(text)]
      expect(parts.join('')).toBe(text)
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(4_000)
        expect(part.isWellFormed()).toBe(true)
      }
    }
    expect([...cutText('')]).toEqual([])
  })

  it('have at most 8,000 characters of terms, and a text 524,288 of them, whatever a character stands for', async () => {
    const lengths = (all: readonly string[]) => all.map((terms) => terms.replaceAll(' ', '').length)
    for (const character of ['ﷺ', 'ﷺ ', '㌖', 'น้ำ', '上', 'a ']) {
      const text = character.repeat(600_000 / character.length)
      const parts = await textParts(text)
      expect(text.startsWith(parts.map((part) => part.text).join(''))).toBe(true)
      // With those of the next part.
      expect(Math.max(...lengths(parts.map(({ terms }) => terms)))).toBeLessThanOrEqual(8_000 + 63 * 64)
      const own = parts.flatMap((part) => termsOf(part.text))
      expect(lengths(own).reduce((a, b) => a + b)).toBeLessThanOrEqual(524_288)
      // A word without an end, which is cut.
      if (character === 'ﷺ') continue
      const whole = termsOf(text)
      expect(own.join(' ') === whole.slice(0, own.length).join(' ')).toBe(true)
      if (own.length < whole.length) expect(own.join('').length).toBeGreaterThan(524_288 - 8_000)
    }
  })

  it('ends when it is stopped', async () => {
    const stopping = new AbortController()
    const parts = textParts('tea '.repeat(10_000), stopping.signal)
    stopping.abort()
    await expect(parts).rejects.toMatchObject({ name: 'AbortError' })
  })
})

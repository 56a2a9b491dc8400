/** What people read, in the language that they read: the words of `words/`, with numbers and dates as `Intl` has them. */
import type { en } from './words/en.ts'
import type { laterEn } from './words/later-en.ts'
import type { pageEn } from './words/page-en.ts'
import type { serverEn } from './words/server-en.ts'

/** One text, `{name}` standing for what is filled in, or one for each plural form that the language has (CLDR). */
export type Text = string | ({ readonly other: string } & { readonly [Form in Intl.LDMLPluralRule]?: string })
export type Words = Readonly<Record<string, Text>>
export type Word = keyof typeof en
export type PageWord = keyof typeof pageEn
export type LaterWord = keyof typeof laterEn
export type ServerWord = keyof typeof serverEn
export type Translation<Known extends Word = Word> = Readonly<Record<Known, Text>>

export const languages = { en: 'English', zh: '简体中文' } as const
export type LanguageCode = keyof typeof languages

/** What may be filled in. A number is written as the language writes it; `n` chooses the plural form. */
export type Values = Readonly<Record<string, string | number>>

/** `Known` are the words that it has to begin with. */
export class Language<Known extends Word = Word> {
  readonly code: LanguageCode
  protected words: Translation<Known>
  readonly #plurals: Intl.PluralRules
  readonly #numbers: Intl.NumberFormat

  constructor(code: LanguageCode, words: Translation<Known>) {
    this.code = code
    this.words = words
    this.#plurals = new Intl.PluralRules(code)
    this.#numbers = new Intl.NumberFormat(code)
  }

  /** The text of `word` with `values` filled in. */
  readonly t = (word: Known, values: Values = {}): string => {
    const text: Text = this.words[word]
    const form = typeof text === 'string' ? text : (text[this.#plurals.select(Number(values.n))] ?? text.other)
    return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      return typeof value === 'number' ? this.#numbers.format(value) : (value ?? whole)
    })
  }
}

export function isLanguageCode(code: unknown): code is LanguageCode {
  return typeof code === 'string' && Object.hasOwn(languages, code)
}

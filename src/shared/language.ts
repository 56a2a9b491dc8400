/** What people read, in their language: the texts of `locales/`, with numbers and dates as `Intl` writes them. */
import type { en } from './locales/en/index.ts'
import type { lazy } from './locales/en/lazy.ts'
import type { page } from './locales/en/page.ts'
import type { server } from './locales/en/server.ts'
import type { Text, Translation } from './locales/text.ts'

export type TextKey = keyof typeof en
export type PageTextKey = keyof typeof page
export type LazyTextKey = keyof typeof lazy
export type ServerTextKey = keyof typeof server

export const languages = { en: 'English', zh: '简体中文' } as const
export type LanguageCode = keyof typeof languages

/** Values for the placeholders. A number is formatted for the language; `n` selects the plural form. */
export type Values = Readonly<Record<string, string | number>>

/** `Key`: the texts that it has been given. */
export class Language<Key extends TextKey = TextKey> {
  readonly code: LanguageCode
  protected texts: Translation<Key>
  readonly #plurals: Intl.PluralRules
  readonly #numbers: Intl.NumberFormat

  constructor(code: LanguageCode, texts: Translation<Key>) {
    this.code = code
    this.texts = texts
    this.#plurals = new Intl.PluralRules(code)
    this.#numbers = new Intl.NumberFormat(code)
  }

  /** The text of `key` with `values` filled in. */
  readonly t = (key: Key, values: Values = {}): string => {
    const text: Text = this.texts[key]
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

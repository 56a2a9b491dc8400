import { type InjectionKey, inject } from 'vue'
import { Language, type LanguageCode, type LazyTextKey, type PageTextKey, type TextKey } from '../../shared/language.ts'
import type { Translation } from '../../shared/locales/text.ts'
import { Times } from './times.ts'

/** The texts of the page, and times in the same language. The server sends the first texts with the page. */
export class PageLanguage<More extends TextKey = never> extends Language<PageTextKey | More> {
  readonly times: Times
  readonly #list: Intl.ListFormat

  constructor(code: LanguageCode, texts: Translation<PageTextKey | More>) {
    super(code, texts)
    const tag = code === 'en' ? 'en-GB' : 'zh-CN'
    this.times = new Times(tag, this.t)
    this.#list = new Intl.ListFormat(tag, { type: 'conjunction' })
  }

  /** `Li, Anna and Bo`. */
  readonly list = (items: readonly string[]): string => this.#list.format(items)

  /** Adds the texts of the lazy parts, which `useFullLanguage` has. */
  learn(texts: Translation<LazyTextKey>): void {
    this.texts = { ...this.texts, ...texts }
  }
}

export const languageKey: InjectionKey<PageLanguage> = Symbol('language')

/** The language of the page, which `main.ts` provides, with the texts of `locales/<language>/page.ts`. */
export function useLanguage(): PageLanguage {
  const language = inject(languageKey)
  if (!language) throw new Error('No language is provided.')
  return language
}

/** The language with the texts of `locales/<language>/lazy.ts`: only for the parts that `lazy.ts` loads together with them. */
export function useFullLanguage(): PageLanguage<LazyTextKey> {
  return useLanguage() as PageLanguage<LazyTextKey>
}

import { type InjectionKey, inject } from 'vue'
import { Language, type LanguageCode, type Translation } from '../shared/language.ts'
import { Times } from './time.ts'

/** The words of the page, which the server sent along, and times in the same language. */
export class PageLanguage extends Language {
  readonly times: Times
  readonly #list: Intl.ListFormat

  constructor(code: LanguageCode, words: Translation) {
    super(code, words)
    const tag = code === 'en' ? 'en-GB' : 'zh-CN'
    this.times = new Times(tag, this.t)
    this.#list = new Intl.ListFormat(tag, { type: 'conjunction' })
  }

  /** `Li, Anna and Bo`. */
  readonly list = (items: readonly string[]): string => this.#list.format(items)
}

export const languageKey: InjectionKey<PageLanguage> = Symbol('language')

/** The language of the page, which `main.ts` provides. */
export function useLanguage(): PageLanguage {
  const language = inject(languageKey)
  if (!language) throw new Error('No language is provided.')
  return language
}

import { type InjectionKey, inject } from 'vue'
import {
  Language,
  type LanguageCode,
  type LaterWord,
  type PageWord,
  type Translation,
  type Word,
} from '../shared/language.ts'
import { Times } from './time.ts'

/** The words of the page, of which the server sent the first along, and times in the same language. */
export class PageLanguage<More extends Word = never> extends Language<PageWord | More> {
  readonly times: Times
  readonly #list: Intl.ListFormat

  constructor(code: LanguageCode, words: Translation<PageWord | More>) {
    super(code, words)
    const tag = code === 'en' ? 'en-GB' : 'zh-CN'
    this.times = new Times(tag, this.t)
    this.#list = new Intl.ListFormat(tag, { type: 'conjunction' })
  }

  /** `Li, Anna and Bo`. */
  readonly list = (items: readonly string[]): string => this.#list.format(items)

  /** Makes of it the language that `useWholeLanguage` gives. */
  learn(words: Translation<LaterWord>): void {
    this.words = { ...this.words, ...words }
  }
}

export const languageKey: InjectionKey<PageLanguage> = Symbol('language')

/** The language of the page, which `main.ts` provides, with the words of `page-*.ts`. */
export function useLanguage(): PageLanguage {
  const language = inject(languageKey)
  if (!language) throw new Error('No language is provided.')
  return language
}

/** With the words of `later-*.ts` too: for those parts of the page alone that come with them, through `later.ts`. */
export function useWholeLanguage(): PageLanguage<LaterWord> {
  return useLanguage() as PageLanguage<LaterWord>
}

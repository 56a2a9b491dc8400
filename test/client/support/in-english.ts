import { lazyKey, openLazy } from '../../../src/client/app/lazy.ts'
import { languageKey } from '../../../src/client/locale/language.ts'
import { english } from './fakes.ts'

/** Goes to `mount` as `global`. */
export const inEnglish = { provide: { [languageKey as symbol]: english, [lazyKey as symbol]: openLazy(english) } }

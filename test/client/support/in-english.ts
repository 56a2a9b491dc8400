import { laterKey, openLater } from '../../../src/client/app/lazy.ts'
import { languageKey } from '../../../src/client/locale/language.ts'
import { english } from './fakes.ts'

/** Goes to `mount` as `global`. */
export const inEnglish = { provide: { [languageKey as symbol]: english, [laterKey as symbol]: openLater(english) } }

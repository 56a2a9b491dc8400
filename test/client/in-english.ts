import { languageKey } from '../../src/client/language.ts'
import { laterKey, openLater } from '../../src/client/later.ts'
import { english } from './fakes.ts'

/** Goes to `mount` as `global`. */
export const inEnglish = { provide: { [languageKey as symbol]: english, [laterKey as symbol]: openLater(english) } }

import { languageKey } from '../../src/client/language.ts'
import { english } from './fakes.ts'

/** Goes to `mount` as `global`. */
export const inEnglish = { provide: { [languageKey as symbol]: english } }

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type LanguageCode, languages, type Text, type Words } from '../../src/shared/language.ts'
import { en } from '../../src/shared/words/en.ts'
import { zh } from '../../src/shared/words/zh.ts'

const translations: Record<LanguageCode, Words> = { en, zh }
const folder = join(import.meta.dirname, '../../src/shared/words')

function formsOf(text: Text): string[] {
  return typeof text === 'string' ? [text] : Object.values(text)
}

function placeholdersOf(text: Text): string[] {
  return [...new Set(formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort()
}

it('every language has its file, and every file its language', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(languages).map((code) => `${code}.ts`))
})

it.for(Object.keys(languages) as LanguageCode[])('%s lacks no word and has none that nobody knows', (code) => {
  expect(Object.keys(translations[code]).sort()).toEqual(Object.keys(en).sort())
})

it.for(Object.keys(languages) as LanguageCode[])('%s fills in what the others do', (code) => {
  for (const [word, text] of Object.entries(translations[code])) {
    expect(placeholdersOf(text), word).toEqual(placeholdersOf((en as Words)[word] ?? ''))
    for (const form of formsOf(text)) expect(form.trim(), word).not.toBe('')
  }
})

it.for(Object.keys(languages) as LanguageCode[])(
  '%s has the plural forms that it needs, and a number for them',
  (code) => {
    const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories.toSorted()
    for (const [word, text] of Object.entries(translations[code])) {
      if (typeof text === 'string') continue
      expect(Object.keys(text).sort(), word).toEqual(needed)
    }
  },
)

it('Chinese is Chinese: nothing in it was left in English', () => {
  for (const [word, text] of Object.entries(zh)) {
    for (const form of formsOf(text)) expect(form, word).toMatch(/\p{Script=Han}/u)
  }
})

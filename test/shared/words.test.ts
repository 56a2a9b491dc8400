import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LanguageCode, languages, type Text, type Words } from '../../src/shared/language.ts'
import { en } from '../../src/shared/words/en.ts'
import { laterEn } from '../../src/shared/words/later-en.ts'
import { pageEn } from '../../src/shared/words/page-en.ts'
import { serverEn } from '../../src/shared/words/server-en.ts'
import { zh } from '../../src/shared/words/zh.ts'
import { filesIn, importedFrom, root, sourceOf } from '../support/sources.ts'

const translations: Record<LanguageCode, Words> = { en, zh }

function formsOf(text: Text): string[] {
  return typeof text === 'string' ? [text] : Object.values(text)
}

function placeholdersOf(text: Text): string[] {
  return [...new Set(formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort()
}

it('every language has its files, and every file its language', () => {
  const codes = Object.keys(languages)
  const files = ['', 'page-', 'later-', 'server-'].flatMap((part) => codes.map((code) => `${part}${code}.ts`))
  expect(readdirSync(join(root, 'src/shared/words')).sort()).toEqual(files.sort())
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

describe('a word is in the file of those who say it', () => {
  const parts = { pageEn, laterEn, serverEn }

  it('and in no other file', () => {
    expect(Object.values(parts).flatMap(Object.keys).sort()).toEqual(Object.keys(en).sort())
  })

  const atOnce = importedFrom('src/client/main.ts')
  const onServer = ['src/server', 'src/shared', 'controllers', 'views'].flatMap(filesIn)
  const later = filesIn('src/client').filter((file) => !atOnce.has(file))

  it.for([
    ['pageEn', [...atOnce]],
    ['laterEn', [...later, 'src/shared/error-words.ts']],
    ['serverEn', onServer],
  ] as const)('%s has no word that nobody says', ([part, files]) => {
    const source = files
      .filter((file) => !file.startsWith('src/shared/words/'))
      .map(sourceOf)
      .join('\n')
    expect(Object.keys(parts[part]).filter((word) => !new RegExp(`['"]${word}['"]`).test(source))).toEqual([])
  })

  // What they may say without it is a matter of types.
  it('of those that come later none is asked for by what comes at once', () => {
    const asks = (file: string) => sourceOf(file).includes('useWholeLanguage()')
    expect(later.filter(asks), 'must be found for this test to mean anything').toContain(
      'src/client/components/KeySheet.vue',
    )
    expect([...atOnce].filter(asks)).toEqual(['src/client/language.ts'])
  })
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LanguageCode, languages } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { lazy } from '../../src/shared/locales/en/lazy.ts'
import { page } from '../../src/shared/locales/en/page.ts'
import { server } from '../../src/shared/locales/en/server.ts'
import type { Text, Texts } from '../../src/shared/locales/text.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import { filesIn, importedFrom, root, sourceOf } from '../support/run/sources.ts'

const locales = join(root, 'src/shared/locales')
const translations: Record<LanguageCode, Texts> = { en, zh }
const codes = Object.keys(languages) as LanguageCode[]

function formsOf(text: Text): string[] {
  return typeof text === 'string' ? [text] : Object.values(text)
}

function placeholdersOf(text: Text): string[] {
  return [...new Set(formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort()
}

describe('locales', () => {
  it('have one folder for each language, with the same files', () => {
    expect(readdirSync(locales).sort()).toEqual([...codes, 'text.ts'].sort())
    const files = readdirSync(join(locales, 'en'))
    for (const code of codes) expect(readdirSync(join(locales, code))).toEqual(files)
  })

  it.for(codes)('%s has every text and no unknown ones', (code) => {
    expect(Object.keys(translations[code]).sort()).toEqual(Object.keys(en).sort())
  })

  it.for(codes)('%s uses the same placeholders as English', (code) => {
    for (const [key, text] of Object.entries(translations[code])) {
      expect(placeholdersOf(text), key).toEqual(placeholdersOf((en as Texts)[key] ?? ''))
      for (const form of formsOf(text)) expect(form.trim(), key).not.toBe('')
    }
  })

  it.for(codes)('%s has exactly the plural forms of its language', (code) => {
    const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories.toSorted()
    for (const [key, text] of Object.entries(translations[code])) {
      if (typeof text === 'string') continue
      expect(Object.keys(text).sort(), key).toEqual(needed)
    }
  })

  it('zh has no text that was left in English', () => {
    for (const [key, text] of Object.entries(zh)) {
      for (const form of formsOf(text)) expect(form, key).toMatch(/\p{Script=Han}/u)
    }
  })

  it('define no key in two files', () => {
    const files = filesIn('src/shared/locales/en').filter((file) => !/(index|lazy|server)\.ts$/.test(file))
    const keys = files.flatMap((file) => [...sourceOf(file).matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]))
    expect(keys.sort()).toEqual(Object.keys(en).sort())
  })
})

describe('each text is loaded where it is used', () => {
  const firstLoad = importedFrom('src/client/main.ts')
  const onServer = ['src/server', 'src/shared', 'controllers', 'views'].flatMap(filesIn)
  const onDemand = filesIn('src/client').filter((file) => !firstLoad.has(file))

  it.for([
    ['page', page, [...firstLoad]],
    [
      'lazy',
      lazy,
      [
        ...onDemand,
        'src/shared/durations.ts',
        'src/shared/error-texts.ts',
        ...['commands', 'search'].flatMap((folder) => filesIn(`src/shared/${folder}`)),
      ],
    ],
    ['server', server, onServer],
  ] as const)('%s has no unused text', ([, texts, files]) => {
    const source = files
      .filter((file) => !file.startsWith('src/shared/locales/'))
      .map(sourceOf)
      .join('\n')
    const quoted = new Set(source.match(/(?<=['"])\w+(?=['"])/g))
    expect(Object.keys(texts).filter((key) => !quoted.has(key))).toEqual([])
  })

  // The types decide which texts each part may use.
  it('nothing in the first load uses the texts that are loaded on demand', () => {
    const usesWholeLanguage = (file: string) => sourceOf(file).includes('useFullLanguage()')
    expect(onDemand.filter(usesWholeLanguage).length, 'must be found for this test to mean anything').toBeGreaterThan(5)
    expect([...firstLoad].filter(usesWholeLanguage)).toEqual(['src/client/locale/language.ts'])
  })
})

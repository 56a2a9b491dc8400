// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { openLazy } from '../../../src/client/app/lazy.ts'
import { languageKey, PageLanguage } from '../../../src/client/locale/language.ts'
import { icons } from '../../../src/shared/appearance/icons.ts'
import { page as pageEn } from '../../../src/shared/locales/en/page.ts'
import { page as pageZh } from '../../../src/shared/locales/zh/page.ts'
import { filesIn, importedFrom, sourceOf } from '../../support/run/sources.ts'

const words = { en: pageEn, zh: pageZh }

it.for([
  ['en', 'Jump to latest'],
  ['zh', '回到最新'],
] as const)('lazy parts › bring the texts that the first load did not contain, in %s', async ([code, said]) => {
  expect(Object.values(words[code]), 'must lack it for this test to mean anything').not.toContain(said)
  const language = new PageLanguage(code, words[code])
  const app = createApp(openLazy(language).part('JumpToLatest'), {
    above: 0,
    mentions: 0,
    below: 0,
    atEnd: false,
  }).provide(languageKey, language)
  app.mount(document.body)
  await vi.waitFor(() => expect(document.body.textContent).toContain(said), { timeout: 30_000 })
  app.unmount()
})

it('initial bundle › contains no icon that only lazy parts use', () => {
  const source = [...importedFrom('src/client/main.ts'), ...filesIn('views')]
    .filter((file) => file !== 'src/shared/appearance/icons.ts')
    .map(sourceOf)
    .join('\n')
  expect(Object.keys(icons).filter((name) => !new RegExp(`['"]${name}['"]`).test(source))).toEqual([])
})

// All that anybody needs of Vue comes with the page.
it.for(filesIn('src/client').filter((file) => file.endsWith('.vue')))(
  'first load › %s uses no part of Vue that only few components need',
  (file) => {
    expect(sourceOf(file)).not.toMatch(/v-model|v-show|<(Transition|Teleport|KeepAlive|Suspense)\b/)
  },
)

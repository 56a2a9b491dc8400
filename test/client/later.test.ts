// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { languageKey, PageLanguage } from '../../src/client/language.ts'
import { openLater } from '../../src/client/later.ts'
import { pageEn } from '../../src/shared/words/page-en.ts'
import { pageZh } from '../../src/shared/words/page-zh.ts'

const words = { en: pageEn, zh: pageZh }

it.for([
  ['en', 'The room above'],
  ['zh', '上一个房间'],
] as const)('what comes later brings along the words that the page did not begin with, in %s', async ([code, said]) => {
  expect(Object.values(words[code]), 'must lack it for this test to mean anything').not.toContain(said)
  const language = new PageLanguage(code, words[code])
  const app = createApp(openLater(language).part('KeySheet'), { enterSends: true }).provide(languageKey, language)
  app.mount(document.body)
  await vi.waitFor(() => expect(document.body.textContent).toContain(said))
  app.unmount()
})

const components = join(import.meta.dirname, '../../src/client/components')

it.for(readdirSync(components))(
  '%s needs nothing of Vue that only few need: all that anybody needs comes with the page',
  (file) => {
    expect(readFileSync(join(components, file), 'utf8')).not.toMatch(
      /v-model|v-show|<(Transition|Teleport|KeepAlive|Suspense)\b/,
    )
  },
)

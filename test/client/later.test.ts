// @vitest-environment happy-dom
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

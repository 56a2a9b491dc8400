/** The parts of the page that are loaded when they are needed, or when the page is idle. `lazy-parts.ts` lists them. */
import { defineAsyncComponent, type InjectionKey, inject } from 'vue'
import type { Token } from '../code-highlighting/code-tokens.ts'
import { codeToolsKey } from '../code-highlighting/code-tools.ts'
import type { Highlighter } from '../code-highlighting/highlighter.ts'
import type { PageLanguage } from '../locale/language.ts'
import type { SharedItem } from '../share/shared-item.ts'
import type { openAlerts, parts } from './lazy-parts.ts'

type Components = typeof parts

export type Lazy = ReturnType<typeof openLazy>

const restMs = 3_000

/** @param othersGone resolves when nothing is left of other users of this browser */
export function openLazy(language: PageLanguage, othersGone?: Promise<void>) {
  const made: Partial<Components> = {}
  let highlighter: Highlighter | undefined
  let loaded: Loaded | undefined

  async function open() {
    loaded ??= await import('./lazy-parts.ts')
    return loaded
  }

  async function load(): Promise<Components> {
    const { parts, texts } = await open()
    language.learn(await texts[language.code]())
    return parts
  }

  return {
    /** The component of that name. It shows nothing until it is loaded. Loading that fails offline is tried again the next time. */
    part<Name extends keyof Components>(name: Name): Components[Name] {
      const component: Components[Name] = made[name] ?? defineAsyncComponent(async () => (await load())[name])
      made[name] = component
      return component
    },

    /** Loads the parts when the page is idle, so that they open at once, also offline. */
    fetchAtRest() {
      atRest(async () => {
        await load()
        await loaded?.loadMessageFiles()
      })
    },

    /** @returns undefined where the code stays without colours */
    async highlight(code: string, language: string): Promise<Token[] | undefined> {
      const { openHighlighter } = await open()
      highlighter ??= openHighlighter()
      return highlighter.highlight(code, language)
    },

    /** The text with the emoji for its shortcodes. */
    async withEmoji(text: string): Promise<string> {
      const { replaceShortcodes } = await open()
      return replaceShortcodes(text, language.code)
    },

    ...functionsOf(open, () => loaded, othersGone),

    async openAlerts(situation: Parameters<typeof openAlerts>[0]) {
      return (await open()).openAlerts(situation)
    },
  }
}

type Loaded = typeof import('./lazy-parts.ts')

/** Those that need nothing of the page. */
function functionsOf(open: () => Promise<Loaded>, loaded: () => Loaded | undefined, othersGone?: Promise<void>) {
  return {
    /** What has the focus may disappear from now on. */
    async restoreFocus() {
      const { restoreFocus } = await open()
      restoreFocus(document, matchMedia('(pointer: coarse)').matches)
    },

    /** What another program has shared with the page. */
    async findShared(): Promise<SharedItem | undefined> {
      await othersGone
      return (await open()).findShared()
    },

    async copyText(text: string): Promise<boolean> {
      return (await open()).copyText(text)
    },

    /** The text of copied messages. The clipboard does not wait: undefined, which copies what is selected, until that is loaded. */
    copiedText(selection: Selection | null, list: HTMLElement): string | undefined {
      return loaded()?.copiedText(selection, list)
    },

    async moveToSection(by: 1 | -1) {
      const { moveToSection } = await open()
      moveToSection(by, document)
    },
  }
}

export const lazyKey: InjectionKey<Lazy> = codeToolsKey as symbol

/** The lazy parts, which `main.ts` provides. */
export function useLazy(): Lazy {
  const lazy = inject(lazyKey)
  if (!lazy) throw new Error('No lazy parts are provided.')
  return lazy
}

function atRest(act: () => Promise<unknown>) {
  // A part that fails to load, as it does offline, is tried again when it is needed.
  const tryIt = () => void act().catch(() => {})
  if ('requestIdleCallback' in window) requestIdleCallback(tryIt, { timeout: restMs })
  else setTimeout(tryIt, restMs)
}

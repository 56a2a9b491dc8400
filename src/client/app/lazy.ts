/** What comes when somebody needs it, or when the page is at rest: `parts.ts` has the list. */
import { defineAsyncComponent, type InjectionKey, inject } from 'vue'
import type { Token } from '../code-highlighting/code-tokens.ts'
import type { Highlighter } from '../code-highlighting/highlighter.ts'
import type { PageLanguage } from '../locale/language.ts'
import type { openAlerts, parts } from './lazy-parts.ts'

type Components = { [Name in keyof typeof parts]: Awaited<ReturnType<(typeof parts)[Name]>>['default'] }
type Loads = { [Name in keyof Components]: () => Promise<{ default: Components[Name] }> }

export type Lazy = ReturnType<typeof openLazy>

const restMs = 3_000

export function openLazy(language: PageLanguage) {
  const made: Partial<Components> = {}
  let highlighter: Highlighter | undefined

  async function load<Name extends keyof Components>(name: Name): Promise<Components[Name]> {
    const { parts, texts } = await import('./lazy-parts.ts')
    const loads: Loads = parts
    const [{ default: component }, more] = await Promise.all([loads[name](), texts[language.code]()])
    language.learn(more)
    return component
  }

  return {
    /** The component of that name, which shows nothing before it has come. Without a line it is tried again the next time. */
    part<Name extends keyof Components>(name: Name): Components[Name] {
      const component: Components[Name] = made[name] ?? defineAsyncComponent(() => load(name))
      made[name] = component
      return component
    },

    /** Once nothing else is to do, so that all is there at once, and without a line too. */
    fetchAtRest() {
      atRest(async () => {
        const { parts } = await import('./lazy-parts.ts')
        await Promise.all((Object.keys(parts) as (keyof Components)[]).map(load))
      })
    },

    /** @returns undefined where the code stays without colours */
    async highlight(code: string, language: string): Promise<Token[] | undefined> {
      const { openHighlighter } = await import('./lazy-parts.ts')
      highlighter ??= openHighlighter()
      return highlighter.highlight(code, language)
    },

    async openAlerts(situation: Parameters<typeof openAlerts>[0]) {
      return (await import('./lazy-parts.ts')).openAlerts(situation)
    },
  }
}

export const lazyKey: InjectionKey<Lazy> = Symbol('later')

/** What comes later, which `main.ts` provides. */
export function useLazy(): Lazy {
  const later = inject(lazyKey)
  if (!later) throw new Error('Nothing is provided for later.')
  return later
}

function atRest(act: () => Promise<void>) {
  // Without a line now, each is tried again when it is needed.
  const tryIt = () => void act().catch(() => {})
  if ('requestIdleCallback' in window) requestIdleCallback(tryIt, { timeout: restMs })
  else setTimeout(tryIt, restMs)
}

/** What a block of code needs of the lazy parts. Apart from those, so that they may have such blocks too. */
import { type InjectionKey, inject } from 'vue'
import type { Token } from './code-tokens.ts'

export interface CodeTools {
  /** @returns undefined where the code stays without colours */
  highlight(code: string, language: string): Promise<Token[] | undefined>
  copyText(text: string): Promise<boolean>
}

/** The lazy parts are provided under it. */
export const codeToolsKey: InjectionKey<CodeTools> = Symbol('lazy')

export function useCodeTools(): CodeTools {
  const tools = inject(codeToolsKey)
  if (!tools) throw new Error('No lazy parts are provided.')
  return tools
}

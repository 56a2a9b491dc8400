/**
 * Colours for code. This runs in a worker, because some code takes highlight.js seconds and the page must not wait for it.
 * Only the language that is named is fetched.
 */
import type { Emitter, LanguageFn } from 'highlight.js'
import core from 'highlight.js/lib/core'
import type { CodeLanguage } from './code-languages.ts'
import type { Token } from './code-tokens.ts'

export interface HighlightRequest {
  code: string
  language: CodeLanguage
}

/** First `started`, once the language is there, then one of the others. */
export type Reply = 'started' | 'failed' | { tokens: Token[] }

type Grammar = () => Promise<{ default: LanguageFn }>

const grammars: Readonly<Record<CodeLanguage, Grammar>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  lua: () => import('highlight.js/lib/languages/lua'),
  nginx: () => import('highlight.js/lib/languages/nginx'),
  php: () => import('highlight.js/lib/languages/php'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
}

/** Vue and the browser draw an element inside of another by recursion: a thousand of them overflow the stack. */
const maxDepth = 16

export async function answer({ code, language }: HighlightRequest, reply: (reply: Reply) => void): Promise<void> {
  try {
    const grammar = await grammars[language]()
    reply('started')
    reply({ tokens: highlight(code, language, grammar.default) })
  } catch {
    // A language that cannot be fetched, or code that is too much for the highlighter.
    reply('failed')
  }
}

/** @returns the whole of `code` in pieces */
function highlight(code: string, name: CodeLanguage, grammar: LanguageFn): Token[] {
  const highlighter = core.newInstance()
  highlighter.configure({ __emitter: TokenTree })
  highlighter.registerLanguage(name, grammar)
  const { _emitter: tree, errorRaised } = highlighter.highlight(code, { language: name, ignoreIllegals: true })
  if (errorRaised) throw errorRaised
  return tree instanceof TokenTree ? withoutDepth(tree.tokens) : [code]
}

/** Tokens nested deeper than `levels` become text. */
function withoutDepth(tokens: readonly Token[], levels = maxDepth): Token[] {
  return tokens.map((token) => {
    if (typeof token === 'string') return token
    return levels > 1 ? { kind: token.kind, tokens: withoutDepth(token.tokens, levels - 1) } : textOf(token)
  })
}

/** The function does not recurse, because the sender chooses the depth. */
function textOf(token: Token): string {
  const waiting = [token]
  let text = ''
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') text += next
    else waiting.push(...next.tokens.toReversed())
  }
  return text
}

/** The tree keeps the highlighter's tokens as they are: nothing becomes HTML. */
class TokenTree implements Emitter {
  readonly tokens: Token[] = []
  #open: Token[][] = [this.tokens]

  addText(text: string): void {
    if (text) this.#open.at(-1)?.push(text)
  }

  startScope(scope: string): void {
    const tokens: Token[] = []
    this.#open.at(-1)?.push({ kind: scope.split('.')[0] ?? scope, tokens })
    this.#open.push(tokens)
  }

  endScope(): void {
    if (this.#open.length > 1) this.#open.pop()
  }

  openNode(scope: string): void {
    this.startScope(scope)
  }

  closeNode(): void {
    this.endScope()
  }

  finalize(): void {
    this.#open = [this.tokens]
  }

  toHTML(): string {
    return ''
  }

  __addSublanguage(inner: Emitter): void {
    if (inner instanceof TokenTree) this.#open.at(-1)?.push(...inner.tokens)
  }
}

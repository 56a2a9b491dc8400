/** Colours for code. This comes when the first code does, and of the languages the one that is named. */
import type { Emitter, LanguageFn } from 'highlight.js'
import core from 'highlight.js/lib/core'
import type { Token } from './tokens.ts'

type Grammar = () => Promise<{ default: LanguageFn }>

const grammars: Readonly<Record<string, Grammar>> = {
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

const otherNames: Readonly<Record<string, string>> = {
  'c#': 'csharp',
  'c++': 'cpp',
  cs: 'csharp',
  docker: 'dockerfile',
  golang: 'go',
  h: 'c',
  html: 'xml',
  js: 'javascript',
  jsx: 'javascript',
  kt: 'kotlin',
  patch: 'diff',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  svg: 'xml',
  toml: 'ini',
  ts: 'typescript',
  tsx: 'typescript',
  vue: 'xml',
  yml: 'yaml',
  zsh: 'bash',
}

/** @returns the whole of `code` in pieces; undefined when the language is not known */
export async function highlight(code: string, language: string): Promise<Token[] | undefined> {
  const typed = language.toLowerCase()
  const name = Object.hasOwn(otherNames, typed) ? (otherNames[typed] ?? typed) : typed
  const grammar = Object.hasOwn(grammars, name) ? await grammars[name]?.() : undefined
  if (!grammar) return undefined
  const highlighter = core.newInstance()
  highlighter.configure({ __emitter: TokenTree })
  highlighter.registerLanguage(name, grammar.default)
  const { _emitter: tree, errorRaised } = highlighter.highlight(code, { language: name, ignoreIllegals: true })
  return tree instanceof TokenTree && !errorRaised ? tree.tokens : undefined
}

/** What the highlighter tells, kept as it is: nothing becomes HTML. */
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

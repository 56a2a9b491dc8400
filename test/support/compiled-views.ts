/** Each server compiles all its views when it starts. In a process that starts many servers, each view is compiled once. */
import { createRequire } from 'node:module'

type Compile = (source: string, asyncFilters: unknown[], extensions: unknown[], ...more: unknown[]) => string

const compiler = createRequire(import.meta.url)('nunjucks/src/compiler') as { compile: Compile; isCached?: boolean }

export function compileViewsOnce(): void {
  const { compile, isCached } = compiler
  if (isCached) return
  compiler.isCached = true
  const compiled = new Map<string, string>()
  compiler.compile = (source, asyncFilters, extensions, ...more) => {
    // Those change what is compiled, and Teahouse has none.
    if (asyncFilters.length > 0 || extensions.length > 0) return compile(source, asyncFilters, extensions, ...more)
    const key = JSON.stringify([source, ...more])
    const known = compiled.get(key) ?? compile(source, asyncFilters, extensions, ...more)
    compiled.set(key, known)
    return known
  }
}

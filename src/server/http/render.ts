import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'

/** Fills in a view. @returns HTML */
export type Render = (view: string, locals?: Record<string, unknown>) => string

interface BuiltEntry {
  file: string
  css?: string[]
}

/**
 * @param folder where the views are
 * @param dist where the built page is, with Vite's manifest
 * @throws Error in one line when the page has not been built
 */
export function createRender(folder: string, dist: string): Render {
  const views = nunjucks.configure(folder, { autoescape: true, throwOnUndefined: false })
  const manifest = readManifest(dist)
  views.addGlobal('entry', (source: string) => {
    const built = manifest[source]
    if (!built) throw new Error(`The built page has no ${source}.`)
    return { script: urlOf(built.file), styles: (built.css ?? []).map(urlOf) }
  })
  views.addFilter('json', (value: unknown) => new nunjucks.runtime.SafeString(scriptJson(value)))
  views.addFilter('iso', (at: number) => new Date(at).toISOString())
  views.addFilter('clock', (at: number) => new Date(at).toISOString().slice(11, 16))
  return (view, locals) => views.render(view, locals)
}

/** JSON that cannot end the `<script>` that it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}

function readManifest(dist: string): Record<string, BuiltEntry> {
  const path = join(dist, 'manifest.json')
  if (!existsSync(path)) throw new Error('The page has not been built: run "npm run build".')
  return JSON.parse(readFileSync(path, 'utf8'))
}

function urlOf(file: string): string {
  return `/static/dist/${file}`
}

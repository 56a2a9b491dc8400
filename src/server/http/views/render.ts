import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Context } from 'koa'
import nunjucks from 'nunjucks'
import { accents } from '../../../shared/appearance/accents.ts'
import { iconPath } from '../../../shared/appearance/icon-path.ts'
import { icons } from '../../../shared/appearance/icons.ts'
import { iconDrawings, iconNameOf } from '../../../shared/appearance/server-icon.ts'
import { drawings, noDrawing } from '../../../shared/avatars.ts'
import { attachIcon, fileIcon, unfoldIcon } from '../../../shared/files/display.ts'
import { languages } from '../../../shared/language.ts'
import { lobby } from '../../../shared/protocol/limits.ts'
import { programName } from '../../../shared/server-settings.ts'
import { adminFilters } from './admin-filters.ts'
import { viewOptions } from './compile.ts'
import { viewFilters } from './view-filters.ts'

/** Fills in a view, in the reader's language and theme. @returns HTML */
export type Render = (ctx: Pick<Context, 'state'>, view: string, locals?: Record<string, unknown>) => string

/** As Vite's manifest names what it has built; `imports` are keys of the manifest. */
interface BuiltChunk {
  file: string
  css?: string[]
  imports?: string[]
  dynamicImports?: string[]
}

type Manifest = Readonly<Record<string, BuiltChunk>>

/** As HTML names them (BCP 47): of Chinese there are two ways of writing. */
const htmlLanguages = { en: 'en', zh: 'zh-CN' }

const drawingPaths = Array.from({ length: drawings }, (_, image) => `/static/images/avatars/${image}.svg`)

/**
 * @param compiled the module that the build has made of the views
 * @param dist where the built page is, with Vite's manifest
 * @throws Error in one line when the page has not been built
 */
export function createRender(compiled: string, dist: string): Render {
  const loader = new nunjucks.PrecompiledLoader(createRequire(compiled)(compiled))
  const views = new nunjucks.Environment(loader, viewOptions)
  const manifest: Manifest = JSON.parse(readBuilt(dist, 'manifest.json'))
  views.addGlobal('languages', languages)
  views.addGlobal('accents', accents)
  views.addGlobal('iconDrawings', iconDrawings)
  views.addGlobal('icons', { ...icons, attach: attachIcon, file: fileIcon, unfold: unfoldIcon })
  views.addGlobal('lobby', lobby)
  views.addGlobal('noDrawing', noDrawing)
  views.addGlobal('drawings', drawings)
  views.addGlobal('entry', (source: string) => entryOf(manifest, source))
  views.addGlobal('filesOf', (source: string) => [...filesOf(manifest, source), ...drawingPaths])
  for (const [name, filter] of Object.entries({ ...viewFilters, ...adminFilters })) views.addFilter(name, filter)
  return ({ state: { language, theme, savesData, hasChosenSaving, server } }, view, locals) =>
    views.render(view, {
      t: language.t,
      language: { code: language.code, html: htmlLanguages[language.code] },
      theme,
      savesData,
      hasChosenSaving,
      server: {
        ...server,
        name: server.name || programName,
        isNamed: server.name !== '',
        iconPath: iconPath('plain', iconNameOf(server)),
      },
      ...locals,
    })
}

/**
 * Names what was built, so that an open page can tell whether it is still the one that is served.
 * @throws Error in one line when the page has not been built
 */
export function readBuild(dist: string): string {
  return readBuilt(dist, 'built-from').slice(0, 12)
}

function readBuilt(dist: string, name: string): string {
  const path = join(dist, name)
  if (!existsSync(path)) throw new Error('The page has not been built: run "npm run build".')
  return readFileSync(path, 'utf8')
}

/** What a page needs at once: its script, the scripts that this imports, however deep, and the style sheets of them all. */
function entryOf(manifest: Manifest, source: string) {
  const [entry, ...imports] = chunksFrom(manifest, source)
  if (!entry) throw new Error(`The built page has no ${source}.`)
  // What is imported comes first: the last style has the last word.
  const styles = [...imports.toReversed(), entry].flatMap(({ css = [] }) => css)
  return {
    script: urlOf(entry.file),
    modules: imports.map(({ file }) => urlOf(file)),
    styles: [...new Set(styles)].map(urlOf),
  }
}

/** All scripts and style sheets that a page may load, also those that it loads on demand. */
function filesOf(manifest: Manifest, source: string): string[] {
  const chunks = chunksFrom(manifest, source, ({ imports = [], dynamicImports = [] }) => [
    ...imports,
    ...dynamicImports,
  ])
  return [...new Set(chunks.flatMap(({ file, css = [] }) => [file, ...css]))].map(urlOf)
}

function chunksFrom(
  manifest: Manifest,
  key: string,
  next: (chunk: BuiltChunk) => string[] = ({ imports = [] }) => imports,
  seen = new Set<string>(),
): BuiltChunk[] {
  const chunk = manifest[key]
  if (!chunk || seen.has(key)) return []
  seen.add(key)
  return [chunk, ...next(chunk).flatMap((other) => chunksFrom(manifest, other, next, seen))]
}

function urlOf(file: string): string {
  return `/static/dist/${file}`
}

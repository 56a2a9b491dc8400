import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createRender } from '../../src/server/http/views/render.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'

const views = join(import.meta.dirname, '../../static/dist/views.cjs')
const language = new Language('en', en)

/** The page of the sign-in, as it is when Vite has built that. */
function pageBuilt(t: Cleanup, manifest: object): string {
  const dist = temporaryFolder(t)
  writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest))
  return createRender(views, dist)(
    { state: { language, theme: undefined, savesData: false, hasChosenSaving: false, server: defaultSettings } },
    'account/signin.njk',
  )
}

function filesIn(html: string, attributes: RegExp): string[] {
  return [...html.matchAll(/<(?:link|script)\b([^>]*)\b(?:src|href)="\/static\/dist\/([^"]+)"/g)]
    .filter(([, before = '']) => attributes.test(before))
    .map(([, , file = '']) => file)
}

const entry = { file: 'entry.js', css: ['entry.css'], imports: ['_a.js', '_b.js'], dynamicImports: ['later'] }
const manifest = {
  'src/client/pages/sign-in.ts': entry,
  '_a.js': { file: 'a.js', imports: ['_b.js', '_deep.js'] },
  '_b.js': { file: 'b.js', css: ['b.css'], imports: ['_a.js'] },
  '_deep.js': { file: 'deep.js', css: ['b.css', 'deep.css'] },
  later: { file: 'later.js', css: ['later.css'] },
}

it('render › preloads everything that the script imports', (t) => {
  const html = pageBuilt(t, manifest)
  expect(filesIn(html, /type="module"/)).toEqual(['entry.js'])
  expect(filesIn(html, /rel="modulepreload"/).sort()).toEqual(['a.js', 'b.js', 'deep.js'])
  expect(html).not.toContain('later')
})

it('render › links the style sheets of all imports, those of the script last', (t) => {
  const styles = filesIn(pageBuilt(t, manifest), /rel="stylesheet"/)
  expect(styles.toSorted()).toEqual(['b.css', 'deep.css', 'entry.css'])
  expect(styles.at(-1)).toBe('entry.css')
})

it('render › preloads nothing when the script imports nothing', (t) => {
  const html = pageBuilt(t, { 'src/client/pages/sign-in.ts': { file: 'entry.js' } })
  expect(filesIn(html, /./)).toEqual(['entry.js'])
})

it('render › fails for a page that was not built', (t) => {
  expect(() => pageBuilt(t, {})).toThrow('The built page has no src/client/pages/sign-in.ts.')
})

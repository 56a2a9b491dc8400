import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import nunjucks from 'nunjucks'
import { expect, it } from 'vitest'
import { compileViews, viewOptions } from '../../src/server/http/views/compile.ts'
import { temporaryFolder } from '../support/server/server.ts'

it('compiled views › include each other and escape what is inserted', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'parts'))
  writeFileSync(join(folder, 'page.njk'), '<p>{% include "parts/name.njk" %}</p>')
  writeFileSync(join(folder, 'parts/name.njk'), '{{ name }}')
  writeFileSync(join(folder, 'notes.txt'), '{% if %}')
  const file = join(folder, 'views.cjs')
  writeFileSync(file, compileViews(folder))
  const views = createRequire(file)(file)
  expect(Object.keys(views)).toEqual(['page.njk', 'parts/name.njk'])
  const env = new nunjucks.Environment(new nunjucks.PrecompiledLoader(views), viewOptions)
  expect(env.render('page.njk', { name: '<Anna>' })).toBe('<p>&lt;Anna&gt;</p>')
})

it('compiled views › are not made of a malformed one, which the error names', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'broken.njk'), '{% if %}')
  expect(() => compileViews(folder)).toThrow('broken.njk')
})

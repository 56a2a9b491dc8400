/** Makes the views into JavaScript: when the page is built, since it takes long at a start. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import nunjucks from 'nunjucks'

/** As the views are rendered: what is inserted is escaped. */
export const viewOptions = { autoescape: true, throwOnUndefined: false }

/**
 * @param folder where the views are
 * @returns a CommonJS module whose exports are the compiled views by name
 * @throws Error that names the view, if one is malformed
 */
export function compileViews(folder: string): string {
  const env = new nunjucks.Environment(null, viewOptions)
  const wrapper = ([view]: { name: string; template: string }[]) =>
    view ? `exports[${JSON.stringify(view.name)}] = (() => {\n${view.template}\n})()\n` : ''
  return viewsIn(folder)
    .map((name) => nunjucks.precompile(join(folder, name), { name, env, wrapper: wrapper as never }))
    .join('')
}

function viewsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.njk'))
    .sort()
}

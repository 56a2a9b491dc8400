/** What the source says, for tests that hold it to a rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

/** A module with everything that it imports, however deep, at once and not as a mere type. */
export function importedFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const imports = sourceOf(file).matchAll(/^import (?!type )(?:[^'"]* from )?'(\.[^']+)'/gm)
  for (const [, path = ''] of imports) importedFrom(posix.join(posix.dirname(file), path), seen)
  return seen
}

/** Every file in a folder, by its path from the root. */
export function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(root.length + 1)
        .replaceAll(sep, '/'),
    )
}

export function sourceOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

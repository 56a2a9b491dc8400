/** The documents: their links lead somewhere, and the README names every setting. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesIn, root, sourceOf } from '../support/sources.ts'

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...filesIn('docs').filter((file) => file.endsWith('.md')),
]

/** The anchors that GitHub gives to the headings; the second of a name has `-1`. */
function anchorsIn(file: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  const text = readFileSync(join(root, file), 'utf8').replace(/```[\s\S]*?```/g, '')
  for (const [, title = ''] of text.matchAll(/^#+ (.+)$/gm)) {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    anchors.add(count ? `${anchor}-${count}` : anchor)
  }
  return anchors
}

describe('documents', () => {
  it.for(documents)('have only links with existing targets: %s', (file) => {
    const text = readFileSync(join(root, file), 'utf8').replace(/```[\s\S]*?```/g, '')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const linked = path ? normalize(join(dirname(file), path)) : file
      expect(existsSync(join(root, linked)), target).toBe(true)
      if (anchor) expect(anchorsIn(linked), target).toContain(anchor)
    }
  })

  it('documents › README.md names every setting, and no other', () => {
    const settings = [...sourceOf('src/server/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map((match) => match[1])
    expect(settings.length, 'must be found for this test to mean anything').toBeGreaterThan(10)
    const listed = [...sourceOf('README.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1])
    expect(listed.toSorted()).toEqual(settings.toSorted())
  })
})

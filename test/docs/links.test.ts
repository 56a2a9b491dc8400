/** The documents: the targets of their links exist, and the README names every setting. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { originFor, readConfig } from '../../src/server/config.ts'
import { filesIn, root, sourceOf } from '../support/run/sources.ts'

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'clients/js/README.md',
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

  it('ARCHITECTURE.md names only files and folders that exist', () => {
    const folders = [
      'bench',
      'bin',
      'caddy',
      'clients',
      'controllers',
      'docs',
      'fail2ban',
      'nginx',
      'src',
      'systemd',
      'test',
      'views',
      '.ci',
    ]
    const files = ['static/css/', ...readdirSync(root), ...folders.flatMap(filesIn)].map((file) => `/${file}`)
    // Folders end in a slash, and are found as the beginning of a file's path.
    const exists = (path: string) => files.some((file) => file.endsWith(`/${path}`) || `${file}/`.includes(`/${path}`))
    const text = sourceOf('ARCHITECTURE.md')
    const named = [...text.matchAll(/```\n([\s\S]*?)```|`([^`\n]+)`/g)]
      .flatMap(
        ([, block, word]) =>
          (block ?? word ?? '').match(/(?:[\w.-]+\/)+[\w.-]*|(?<![\w.])[\w-]+\.(?:ts|md|sql|vue)\b/g) ?? [],
      )
      // Built, not stored.
      .filter((path) => !path.includes('dist'))
    expect(named.length, 'must be found for this test to mean anything').toBeGreaterThan(40)
    expect(named.filter((path) => !exists(path))).toEqual([])
    expect(exists('chat/no-such-file.ts')).toBe(false)
  })

  it('shows one address throughout: that which the server prints', () => {
    const { host, port } = readConfig({})
    const origin = originFor({ host, publicOrigin: undefined }, port)
    for (const file of ['README.md', 'CONTRIBUTING.md', 'docs/protocol.md']) {
      const shown = [...sourceOf(file).matchAll(/\bhttp:\/\/[\w.]+:\d+/g)].map(([address]) => address)
      expect(shown, file).not.toEqual([])
      for (const address of shown) expect(address, file).toBe(origin)
    }
  })

  it('documents › README.md names every setting, and no other', () => {
    const settings = [...sourceOf('src/server/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map((match) => match[1])
    expect(settings.length, 'must be found for this test to mean anything').toBeGreaterThan(10)
    const listed = [...sourceOf('README.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1])
    expect(listed.toSorted()).toEqual(settings.toSorted())
  })
})

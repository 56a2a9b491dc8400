import fc from 'fast-check'
import { expect, it } from 'vitest'
import { localPath } from '../../src/shared/addresses/local-path.ts'

it.for(['/', '/signin', '/rooms/tea/41?before=3#m41', '/rooms/%E8%8C%B6', '/?q=http://evil.example'])(
  'localPath accepts %j',
  (path) => {
    expect(localPath(path)).toBe(path)
  },
)

const elsewhere = [
  'http://evil.example/',
  'https:evil.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  'http://ours@evil.example/',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://[',
]
it.for(elsewhere)('localPath rejects %j', (path) => {
  expect(localPath(path)).toBe('/')
})

it.for([undefined, null, 7, ['/x'], { toString: '/x' }])('localPath rejects %j', (path) => {
  expect(localPath(path)).toBe('/')
})

it('localPath never returns a path that leads to another host', () => {
  const asked = fc.string({
    unit: fc.constantFrom('/', '\\', '.', ':', '@', 'a', '%2f', '\t', '\n', '?', '#', 'http:'),
  })
  fc.assert(
    fc.property(asked, (path) => URL.parse(localPath(path), 'https://tea.example')?.host === 'tea.example'),
    { numRuns: 2_000 },
  )
})

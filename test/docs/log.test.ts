/** `docs/deploy.md` names every event of the log, and the reasons of those that refuse or close connections. */
import { describe, expect, it } from 'vitest'
import { events } from '../../src/server/log.ts'
import { filesIn, sourceOf } from '../support/run/sources.ts'

const [, table = ''] = sourceOf('docs/deploy.md').split('| event | what happened |\n')
const rows = table
  .split('\n\n', 1)[0]
  ?.split('\n')
  .filter((row) => row.startsWith('| `'))
  .map((row) => row.split('|').slice(1, 3))

const namesIn = (cell: string | undefined) => [...(cell ?? '').matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name)

describe('docs/deploy.md', () => {
  it('lists every event of the log, and no other', () => {
    const listed = rows?.flatMap(([names]) => namesIn(names)) ?? []
    expect(listed.toSorted()).toEqual(Object.keys(events).toSorted())
  })

  it('lists every reason for which a connection is refused or dropped', () => {
    const source = filesIn('src/server').map(sourceOf).join('\n')
    const dropped = [
      ...source.matchAll(/event\('connection-dropped', \{ reason: '([\w-]+)'/g),
      ...source.matchAll(/type Cause = (.*)/g),
    ].flatMap(([, text = '']) => text.match(/[\w-]{4,}/g) ?? [])
    const refused = [
      ...source.matchAll(/UpgradeRefusal\([45]\d\d, '([\w-]+)'/g),
      ...source.matchAll(/^ {2}'?([\w-]+)'?: \[closeCodes\./gm),
    ].map(([, reason = '']) => reason)
    const streams = [...source.matchAll(/^ {2}'?([\w-]+)'?: \(\) =>\s+new ChatError/gm)].map(
      ([, reason = '']) => reason,
    )
    expect(streams, 'must be found for this test to mean anything').toHaveLength(6)
    expect([dropped.length, refused.length], 'must be found for this test to mean anything').toEqual([5, 14])
    const reasonsOf = (event: string) => namesIn(rows?.find(([names]) => namesIn(names).includes(event))?.[1])
    expect(reasonsOf('stream-refused')).toEqual(expect.arrayContaining(streams))
    expect(reasonsOf('connection-dropped')).toEqual(expect.arrayContaining(dropped))
    // These two are answered, and logged as something else or not at all.
    const logged = refused.filter((reason) => reason !== 'unavailable' && reason !== 'failed')
    expect(reasonsOf('upgrade-refused')).toEqual(expect.arrayContaining(logged))
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiskBytes } from '../../src/server/files/bytes/disk-bytes.ts'
import { KeptFiles } from '../../src/server/files/kept-files.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'
import { type Cleanup, temporaryFolder } from '../support/server.ts'

function keptIn(t: Cleanup) {
  const folder = temporaryFolder(t)
  const store = openSqliteStore(folder)
  t.onTestFinished(() => store.close())
  const bytes = new DiskBytes(join(folder, 'files'))
  const path = join(folder, 'picture')
  writeFileSync(path, 'green tea')
  return { bytes, path, kept: new KeptFiles({ store, bytes }) }
}

describe('bytes whose row', () => {
  it('was refused are removed', async (t) => {
    const { bytes, path, kept } = keptIn(t)
    let hash = ''
    const refused = kept.keepFor(path, async (content) => {
      hash = content.hash
      expect(await bytes.size(hash), 'they are there before the row').toBe(9)
      throw new ChatError('forbidden', 'No.')
    })
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    expect(await bytes.size(hash)).toBeUndefined()
  })

  it('may still be committed stay: nobody can see that row yet', async (t) => {
    const { bytes, path, kept } = keptIn(t)
    let hash = ''
    const inDoubt = kept.keepFor(path, async (content) => {
      hash = content.hash
      throw new Error('The database has failed.')
    })
    await expect(inDoubt).rejects.toThrow('The database has failed.')
    expect(await bytes.size(hash)).toBe(9)
  })
})

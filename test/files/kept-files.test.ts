import { readlinkSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DiskBytes } from '../../src/server/files/bytes/disk-bytes.ts'
import { KeptFiles } from '../../src/server/files/kept-files.ts'
import { Uploads } from '../../src/server/files/uploads.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'

function keptIn(t: Cleanup) {
  const folder = temporaryFolder(t)
  const store = openSqliteStore(folder)
  t.onTestFinished(() => store.close())
  const bytes = new DiskBytes(join(folder, 'files'))
  const path = join(folder, 'picture')
  writeFileSync(path, 'green tea')
  return { bytes, path, folder, kept: new KeptFiles({ store, bytes }) }
}

const hashes = ['a', 'b', 'c'].map((letter) => letter.repeat(64))

/** What cleaning needs, with three files that have expired and one page of bytes that no row has. */
function cleaning(t: Cleanup, remove: (hash: string) => Promise<void>) {
  const folder = temporaryFolder(t)
  const stopping = new AbortController()
  const asked = { expire: 0, list: 0 }
  const files = {
    exclusively: (_: string, work: (isHeld: () => Promise<boolean>) => Promise<unknown>) => work(async () => true),
    expire: async () => {
      asked.expire++
      return { ids: [], hashes, more: asked.expire < 3 }
    },
    hashesInUse: async () => [],
    find: async () => undefined,
  }
  const bytes = {
    remove,
    async *list() {
      asked.list++
      yield hashes
      yield hashes
    },
  }
  const needs = { store: { files }, bytes, folder, disk: {}, limiter: {}, limits: {} }
  const uploads = new Uploads(needs as never)
  return { asked, stopping, uploads, clean: () => uploads.cleanShared(Date.now(), stopping.signal) }
}

/** The names of what is synced, in order, while the test runs. */
async function watchSyncs(): Promise<string[]> {
  const handle = await open(import.meta.filename)
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  await handle.close()
  const { sync } = prototype
  const synced: string[] = []
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const name = basename(readlinkSync(`/proc/self/fd/${this.fd}`))
    await sync.call(this)
    synced.push(name)
  })
  onTestFinished(() => spy.mockRestore())
  return synced
}

// What is synced is looked at in /proc.
it.runIf(process.platform === 'linux')(
  'bytes, and their names, are synced before the store says that they are there',
  async (t) => {
    const { kept, path, folder } = keptIn(t)
    const synced = await watchSyncs()
    const before = await kept.keepFor(path, 'anna', async ({ hash }) => [hash, ...synced])
    const [hash = ''] = before
    expect(before.slice(1)).toEqual([
      expect.stringMatching(`^\\.${hash}\\.`),
      hash.slice(0, 2),
      basename(folder),
      'files',
    ])
  },
)

describe('the removal of what nobody needs', () => {
  it('goes through all of it', async (t) => {
    const removed: string[] = []
    const { asked, clean } = cleaning(t, async (hash) => void removed.push(hash))
    await clean()
    expect(asked).toEqual({ expire: 3, list: 1 })
    expect(removed).toEqual(Array.from({ length: 5 }, () => hashes).flat())
  })

  it('leaves to the node that leads what all nodes share', async (t) => {
    const { asked, stopping, uploads } = cleaning(t, async () => {})
    await uploads.clean(Date.now(), stopping.signal)
    expect(asked).toEqual({ expire: 0, list: 0 })
  })

  it('ends between two files when the server stops', async (t) => {
    const removed: string[] = []
    const { asked, stopping, clean } = cleaning(t, async (hash) => {
      removed.push(hash)
      stopping.abort()
    })
    await clean()
    expect(removed).toEqual(hashes.slice(0, 1))
    expect(asked).toEqual({ expire: 1, list: 0 })
  })

  it('is waited for when the server stops, as it holds a lock while it removes bytes', async (t) => {
    const begun = Promise.withResolvers<void>()
    const removed = Promise.withResolvers<void>()
    const { stopping, uploads, clean } = cleaning(t, () => {
      begun.resolve()
      return removed.promise
    })
    const cleaned = clean()
    await begun.promise
    stopping.abort()
    const order: string[] = []
    const finished = uploads.finish().then(() => order.push('finished'))
    await setImmediate()
    order.push('removed')
    removed.resolve()
    await Promise.all([finished, cleaned])
    expect(order).toEqual(['removed', 'finished'])
  })

  it('does not go on through files that a store which fails does not delete', async (t) => {
    let tried = 0
    const { asked, clean } = cleaning(t, async () => {
      tried++
      throw new ChatError('unavailable', 'Files cannot be reached.')
    })
    await clean()
    // One that has expired, and one that no row has.
    expect(tried).toBe(2)
    expect(asked).toEqual({ expire: 1, list: 1 })
  })
})

describe('bytes whose row', () => {
  it('was refused are removed', async (t) => {
    const { bytes, path, kept } = keptIn(t)
    let hash = ''
    const refused = kept.keepFor(path, 'anna', async (content) => {
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
    const inDoubt = kept.keepFor(path, 'anna', async (content) => {
      hash = content.hash
      throw new Error('The database has failed.')
    })
    await expect(inDoubt).rejects.toThrow('The database has failed.')
    expect(await bytes.size(hash)).toBe(9)
  })
})

import { createHash } from 'node:crypto'
import { readdirSync, readlinkSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { PartialFiles } from '../../../src/server/files/partial-files.ts'
import { UploadCosts } from '../../../src/server/files/upload-costs.ts'
import { temporaryFolder } from '../../support/server/server.ts'

/** Files that are open in this process and were removed: their bytes are on the disk until they are closed. */
function openWithoutName(folder: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return '' // it was that of this list
      }
    })
    .filter((path) => path.startsWith(folder) && path.endsWith(' (deleted)'))
}

// Open files are looked at in /proc.
describe.runIf(process.platform === 'linux')('partial files', () => {
  it('close what was checked when it cannot be appended', async (t) => {
    const folder = temporaryFolder(t)
    const costs = new UploadCosts(() => {})
    let syncs = 0
    // Of each MiB that comes in one, and then of each that is appended.
    costs.sync = async () => {
      syncs++
      if (syncs === 3) throw new Error('The disk is broken.')
    }
    const partial = new PartialFiles(folder, costs)
    const content = Buffer.alloc(2 * 1024 * 1024 + 1, 'tea')
    const parts = Array.from({ length: 33 }, (_, i) => content.subarray(i * 65_536, (i + 1) * 65_536))
    const { signal } = new AbortController()
    const digest = createHash('sha256').update(content).digest()
    const appending = { offset: 0, maxBytes: content.length, by: 'anna', signal, arrived: () => {}, sent: () => {} }
    const checksum = { algorithm: 'sha256' as const, digest }
    await expect(partial.append('id', Readable.from(parts), { ...appending, checksum })).rejects.toThrow('broken')
    expect(syncs).toBe(3)
    await expect.poll(() => openWithoutName(folder)).toEqual([])
    expect(readdirSync(folder)).toEqual(['id'])
  })
})

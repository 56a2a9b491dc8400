/** What is removed by the clock. */
import { hourMs } from '../../shared/durations.ts'
import type { FileStore } from '../store/store.ts'
import type { FileBytes } from './bytes/file-bytes.ts'
import type { PartialFiles } from './partial-files.ts'
import { isUnavailable } from './upload-faults.ts'

/** Something newer may be of a file that is being completed, by this process or by another that shares the folder. */
const newestMs = hourMs

interface PartialNeeds {
  now: number
  /** The server stops, or another node does this: what is left is removed later. */
  stopping: AbortSignal
  files: Pick<FileStore, 'find'>
  partial: PartialFiles
  /** Whether a request works on the upload. */
  isHeld(id: string): boolean
}

interface Needs extends Pick<PartialNeeds, 'now' | 'stopping' | 'partial'> {
  files: Pick<FileStore, 'expire' | 'hashesInUse'>
  bytes: Pick<FileBytes, 'list'>
  /** Removes those to which no row refers. @returns whether it went through all of them */
  removeBytes(hashes: readonly string[]): Promise<boolean>
}

/** In what all nodes share. */
export async function removeUnused(needs: Needs): Promise<void> {
  await removeExpired(needs)
  if (needs.stopping.aborted) return
  await removeOrphans(needs).catch((error) => {
    // An S3 store that cannot be used is logged already; it is searched again in an hour.
    if (!isUnavailable(error)) throw error
  })
}

async function removeExpired({ now, stopping, files, partial, removeBytes }: Needs): Promise<void> {
  for (let hasMore = true; hasMore && !stopping.aborted; ) {
    const { ids, hashes, more } = await files.expire(now)
    for (const id of ids) await partial.remove(id)
    hasMore = (await removeBytes(hashes)) && more
  }
}

/** A process that was killed leaves what it had received. */
export async function removePartial({ now, stopping, files, partial, isHeld }: PartialNeeds): Promise<void> {
  for (const id of await partial.list(now - newestMs)) {
    if (stopping.aborted) return
    const stored = isHeld(id) ? undefined : await files.find(id)
    const isUnfinished = stored !== undefined && stored.hash === undefined
    if (!isHeld(id) && !isUnfinished) await partial.remove(id)
  }
}

async function removeOrphans({ now, stopping, files, bytes, removeBytes }: Needs): Promise<void> {
  for await (const hashes of bytes.list(now - newestMs)) {
    const inUse = new Set(hashes.length ? await files.hashesInUse(hashes) : [])
    if (!(await removeBytes(hashes.filter((hash) => !inUse.has(hash))))) return
    if (stopping.aborted) return
  }
}

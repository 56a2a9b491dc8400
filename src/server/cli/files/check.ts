/** Compares the rows of files with the bytes that are stored. */
import { createHash } from 'node:crypto'
import { hourMs } from '../../../shared/durations.ts'
import type { FileBytes } from '../../files/bytes.ts'
import type { Store } from '../../store/store.ts'
import type { ListedFile } from './asked-files.ts'

/** What is newer may be of an upload that is being completed. */
const newestMs = hourMs

/** @returns lines, one for each fault */
export async function faultsIn(
  files: readonly ListedFile[],
  bytes: FileBytes,
  { store, areRead, now }: { store: Store; areRead: boolean; now: number },
): Promise<string[]> {
  const faults: string[] = []
  /** Files with the same bytes have the same fault. */
  const known = new Map<string, string | undefined>()
  for (const { file, hash, room, userName } of files) {
    if (hash === undefined) continue
    if (!known.has(hash)) known.set(hash, await faultOf(hash, file.bytes, bytes, areRead))
    const fault = known.get(hash)
    if (fault) faults.push(`${fault}: ${file.id}, of ${userName} in ${room}, ${JSON.stringify(file.name)}`)
  }
  for await (const hashes of bytes.list(now - newestMs)) {
    const used = new Set(hashes.length ? await store.files.hashesInUse(hashes) : [])
    for (const hash of hashes) if (!used.has(hash)) faults.push(`bytes without a file: ${hash}`)
  }
  return faults
}

async function faultOf(hash: string, size: number, bytes: FileBytes, isRead: boolean): Promise<string | undefined> {
  const stored = await bytes.size(hash)
  if (stored === undefined) return 'file without its bytes'
  if (stored !== size) return `file of ${size} bytes with ${stored}`
  return isRead && (await hashOf(hash, size, bytes)) !== hash ? 'file with other bytes' : undefined
}

async function hashOf(hash: string, size: number, bytes: FileBytes): Promise<string> {
  const digest = createHash('sha256')
  if (size > 0) for await (const part of await bytes.read(hash, { start: 0, end: size })) digest.update(part)
  return digest.digest('hex')
}

/** Compares what the store says of bytes with the bytes that are stored. */
import { hourMs } from '../../../shared/durations.ts'
import type { FileBytes } from '../../files/bytes/file-bytes.ts'
import { storedHash } from '../../files/bytes/stored-hash.ts'
import type { Store } from '../../store/store.ts'
import type { ListedFile } from './asked-files.ts'

/** What is newer may be of an upload that is being completed. */
const newestMs = hourMs

interface Needs {
  store: Store
  areRead: boolean
  now: number
}

/** What needs bytes. */
export interface Holder {
  hash: string
  bytes: number
  kind: 'file' | 'picture'
  title: string
}

/** Files that are complete, and the pictures of users and rooms. */
export async function holdersOf(files: readonly ListedFile[], store: Store): Promise<Holder[]> {
  const pictures = await store.pictures.every()
  return [
    ...files.flatMap(({ file: { id, name, bytes }, hash, room, userName }) =>
      hash === undefined
        ? []
        : [{ hash, bytes, kind: 'file', title: `${id}, of ${userName} in ${room}, ${JSON.stringify(name)}` } as const],
    ),
    ...pictures.map(
      ({ hash, bytes, type, of }) => ({ hash, bytes, kind: 'picture', title: `of the ${type} ${of}` }) as const,
    ),
  ]
}

/** @returns lines, one for each fault */
export async function faultsIn(holders: readonly Holder[], bytes: FileBytes, needs: Needs): Promise<string[]> {
  const { store, areRead, now } = needs
  const faults: string[] = []
  /** Those with the same bytes have the same fault. */
  const known = new Map<string, string | undefined>()
  for (const { hash, bytes: size, kind, title } of holders) {
    if (!known.has(hash)) known.set(hash, await faultOf(hash, size, bytes, areRead))
    const fault = known.get(hash)
    if (fault) faults.push(`${kind} ${fault}: ${title}`)
  }
  for await (const hashes of bytes.list(now - newestMs)) {
    const used = new Set(hashes.length ? await store.files.hashesInUse(hashes) : [])
    for (const hash of hashes) if (!used.has(hash)) faults.push(`bytes without a file: ${hash}`)
  }
  return faults
}

async function faultOf(hash: string, size: number, bytes: FileBytes, isRead: boolean): Promise<string | undefined> {
  const stored = await bytes.size(hash)
  if (stored === undefined) return 'without its bytes'
  if (stored !== size) return `of ${size} bytes with ${stored}`
  return isRead && (await storedHash(bytes, hash, size)) !== hash ? 'with other bytes' : undefined
}

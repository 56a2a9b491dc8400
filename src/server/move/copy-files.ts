import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DiskBytes } from '../files/disk-bytes.ts'
import type { Moved } from './copy-tables.ts'

/** Copies the contents of files and reads them again. Where both folders are the same, it only reads. @throws Error in one line */
export async function copyFiles(
  [from, to]: [from: string, to: string],
  hashes: Set<string>,
  progress: (moved: Moved) => void,
): Promise<Moved> {
  const moved = { what: 'file contents', count: 0 }
  const target = new DiskBytes(to)
  for (const hash of hashes) {
    if (from !== to) await target.put(pathIn(from, hash), hash)
    const found = await hashOfFile(pathIn(to, hash))
    if (found !== hash) throw new Error(`${pathIn(to, hash)} has other bytes than its name says (SHA-256 ${found}).`)
    moved.count++
    progress(moved)
  }
  return moved
}

function pathIn(folder: string, hash: string): string {
  return join(folder, hash.slice(0, 2), hash)
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

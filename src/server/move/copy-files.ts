import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DiskBytes } from '../files/bytes/disk-bytes.ts'
import type { FileBytes } from '../files/bytes/file-bytes.ts'
import { storedHash } from '../files/bytes/stored-hash.ts'
import type { Moved } from './copy-tables.ts'

/** Copies the contents of files and reads them again. @throws Error in one line */
export async function copyFiles(
  [from, to]: [from: string, to: string],
  hashes: Set<string>,
  progress: (moved: Moved) => void,
): Promise<Moved> {
  const moved = { what: 'file contents', count: 0 }
  const target = new DiskBytes(to)
  for (const hash of hashes) {
    await target.put(pathIn(from, hash), hash)
    const found = await hashOfFile(pathIn(to, hash))
    if (found !== hash) throw new Error(`${pathIn(to, hash)} has other bytes than its name says (SHA-256 ${found}).`)
    moved.count++
    progress(moved)
  }
  return moved
}

/** Reads the contents of files that stay where they are. @throws Error in one line */
export async function readFiles(
  bytes: FileBytes,
  hashes: Set<string>,
  progress: (moved: Moved) => void,
): Promise<Moved> {
  const moved = { what: 'file contents', count: 0 }
  for (const hash of hashes) {
    const size = await bytes.size(hash)
    if (size === undefined) throw new Error(`The bytes ${hash} of a file are missing.`)
    const found = await storedHash(bytes, hash, size)
    if (found !== hash) throw new Error(`${hash} has other bytes than its name says (SHA-256 ${found}).`)
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

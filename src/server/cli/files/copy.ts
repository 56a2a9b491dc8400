/** Copies the bytes of files and pictures between a folder and the place where the server keeps them. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Config } from '../../config.ts'
import { DiskBytes } from '../../files/bytes/disk-bytes.ts'
import type { FileBytes } from '../../files/bytes/file-bytes.ts'
import { storedHash } from '../../files/bytes/stored-hash.ts'
import type { Holder } from './check.ts'

interface Copied {
  copied: number
  faults: string[]
}

interface Copying {
  from: FileBytes
  to: FileBytes
  /** Whether what is there already is compared by its hash too, and not by its length alone. */
  areRead: boolean
  dataDir: string
}

type BytesConfig = Pick<Config, 'filesDir' | 's3'>

/** @returns the folder that a command names, as bytes @throws Error in one line */
export async function folderNamed(words: readonly string[], verb: string, config: BytesConfig): Promise<DiskBytes> {
  const [folder] = words
  if (folder === undefined || folder.startsWith('--') || words[1]?.startsWith('--') === false)
    throw new Error(`Name a folder: "npx teahouse files ${verb} <folder>".`)
  const path = resolve(folder)
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new Error(`There is no folder ${path}.`)
  if (!config.s3 && (await realPath(path)) === (await realPath(config.filesDir)))
    throw new Error(`The files of the server are in ${path} itself: set S3_ENDPOINT, or FILES_DIR, first.`)
  return new DiskBytes(path)
}

/** Without links, as far as it exists. */
async function realPath(path: string): Promise<string> {
  return await realpath(path).catch(() => path)
}

/** What is there already, with its length, is not copied again. */
export async function copyBytes(holders: readonly Holder[], copying: Copying): Promise<Copied> {
  const { from, to, areRead, dataDir } = copying
  // Not in the folder of the system for such files, which may be in memory.
  const scratch = await mkdtemp(join(dataDir, '.copying-'))
  const result: Copied = { copied: 0, faults: [] }
  const done = new Set<string>()
  try {
    for (const { hash, bytes, kind, title } of holders) {
      if (done.has(hash)) continue
      done.add(hash)
      const isThere = (await to.size(hash)) === bytes
      if (isThere && !(areRead && (await storedHash(to, hash, bytes)) !== hash)) continue
      if ((await from.size(hash)) !== bytes) result.faults.push(`${kind} without its bytes: ${title}`)
      else if (await copyOne(hash, bytes, { from, to, scratch })) result.copied++
      else result.faults.push(`${kind} with other bytes: ${title}`)
    }
    return result
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** @returns whether they are those that the name says */
async function copyOne(
  hash: string,
  size: number,
  { from, to, scratch }: { from: FileBytes; to: FileBytes; scratch: string },
): Promise<boolean> {
  const path = join(scratch, hash)
  const digest = createHash('sha256')
  try {
    const content = size > 0 ? await from.read(hash, { start: 0, end: size }) : []
    await pipeline(
      content,
      async function* (parts: AsyncIterable<Buffer>) {
        for await (const part of parts) {
          digest.update(part)
          yield part
        }
      },
      createWriteStream(path),
    )
    if (digest.digest('hex') !== hash) return false
    await to.put(path, hash)
    return true
  } finally {
    await rm(path, { force: true })
  }
}

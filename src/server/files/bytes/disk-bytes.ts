/** Bytes in a folder: `ab/` and the whole hash. A file has its name when it is complete and synced, and before that another. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { FileBytes } from './file-bytes.ts'

const hashShape = /^[0-9a-f]{64}$/
const folderShape = /^[0-9a-f]{2}$/

export class DiskBytes implements FileBytes {
  readonly #folder: string
  /** Folders whose names are synced. */
  readonly #named = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async put(path: string, hash: string): Promise<void> {
    const folder = this.#folderOf(hash)
    const temporary = join(folder, `.${hash}.${randomBytes(4).toString('hex')}`)
    const made = await mkdir(folder, { recursive: true })
    try {
      await copy(path, temporary)
      await sync(temporary)
      await rename(temporary, this.#pathOf(hash))
    } finally {
      // Also when both names led to the same file: renaming leaves both then.
      await rm(temporary, { force: true })
    }
    await sync(folder)
    if (made !== undefined && made !== folder) await sync(dirname(this.#folder))
    // Whoever has made the folder may not have synced its name yet.
    if (this.#named.has(folder)) return
    await sync(this.#folder)
    this.#named.add(folder)
  }

  async read(hash: string, { start, end }: { start: number; end: number }): Promise<Readable> {
    const handle = await open(this.#pathOf(hash))
    return handle.createReadStream({ start, end: end - 1 })
  }

  async size(hash: string): Promise<number | undefined> {
    return await stat(this.#pathOf(hash)).then(
      ({ size }) => size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      },
    )
  }

  async remove(hash: string): Promise<void> {
    await rm(this.#pathOf(hash), { force: true })
  }

  /** Removes what a process that was killed had not named yet. */
  async *list(before: number): AsyncIterable<string[]> {
    for (const name of (await namesIn(this.#folder)).filter((name) => folderShape.test(name))) {
      const folder = join(this.#folder, name)
      const hashes: string[] = []
      for (const file of await namesIn(folder)) {
        const path = join(folder, file)
        if (!(await isOlder(path, before))) continue
        if (hashShape.test(file)) hashes.push(file)
        else if (file.startsWith('.')) await rm(path, { force: true })
      }
      yield hashes
    }
  }

  close(): void {}

  #folderOf(hash: string): string {
    if (!hashShape.test(hash)) throw new Error('No SHA-256 in hexadecimal digits.')
    return join(this.#folder, hash.slice(0, 2))
  }

  #pathOf(hash: string): string {
    return join(this.#folderOf(hash), hash)
  }
}

/** A second name for the same file, or where that cannot be, on another file system, a copy. */
async function copy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async () => {
    await copyFile(from, to, constants.COPYFILE_EXCL)
  })
}

/** Syncs the content of a file, or the names in a folder. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Empty when there is no such folder yet. */
export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** By when it got its name: what was put again is new. What is gone meanwhile is not old. */
export async function isOlder(path: string, before: number): Promise<boolean> {
  return await stat(path).then(
    ({ ctimeMs }) => ctimeMs < before,
    () => false,
  )
}

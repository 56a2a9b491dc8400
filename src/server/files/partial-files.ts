/** Uploads that are not complete. How much of one is here is the size of its file: nothing else could say so after a crash. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isOlder, namesIn } from './bytes/disk-bytes.ts'
import { receive } from './receive.ts'
import { UploadCosts } from './upload-costs.ts'
import { isOfSync, UploadFault } from './upload-faults.ts'

export const checksumAlgorithms = ['sha1', 'sha256'] as const

export interface Checksum {
  algorithm: (typeof checksumAlgorithms)[number]
  digest: Buffer
}

interface Appending {
  offset: number
  maxBytes: number
  checksum: Checksum | undefined
  signal: AbortSignal
  /** The user, by `callerOf`. */
  by: string
  /** Told of bytes that are on the disk. */
  arrived(bytes: number): void
  /** Told of bytes that came, once, whether or not they are kept. */
  sent(bytes: number): void
}

/** What is not checked yet is not part of the upload. */
const unchecked = '.unchecked'

export class PartialFiles {
  readonly #folder: string
  readonly #costs: UploadCosts

  constructor(folder: string, costs = new UploadCosts()) {
    this.#folder = folder
    this.#costs = costs
  }

  pathOf(id: string): string {
    return join(this.#folder, id)
  }

  /** How many bytes of it are here. */
  async size(id: string): Promise<number> {
    return await stat(this.pathOf(id)).then(
      ({ size }) => size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return 0
        throw error
      },
    )
  }

  /**
   * @returns its size after that
   * @throws what `receive` throws, and nothing is left when the disk failed; UploadFault 460 when the checksum is another: nothing was
   * appended then
   */
  async append(id: string, body: Readable, appending: Appending): Promise<number> {
    return await this.whileSynced(id, () => this.#append(id, body, appending))
  }

  /** Removes what is here when it could not be synced: its client sends it again. @throws what `work` throws */
  async whileSynced<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (isOfSync(error)) await this.remove(id)
      throw error
    }
  }

  async #append(
    id: string,
    body: Readable,
    { offset, maxBytes, checksum, signal, by, arrived, sent }: Appending,
  ): Promise<number> {
    await mkdir(this.#folder, { recursive: true })
    const receiving = { offset, maxBytes, signal, costs: this.#costs, by }
    if (!checksum) {
      const received = ({ length }: Buffer) => {
        sent(length)
        arrived(length)
      }
      return offset + (await receive(this.pathOf(id), body, { ...receiving, received }))
    }
    const path = this.pathOf(id) + unchecked
    let whole: Readable | undefined
    try {
      const hash = createHash(checksum.algorithm)
      const bytes = await receive(path, body, {
        ...receiving,
        offset: 0,
        received(part) {
          sent(part.length)
          hash.update(part)
        },
      })
      if (!isSame(hash.digest(), checksum.digest)) throw new UploadFault(460, 'The checksum is another one.')
      // From the disk: nothing can come in between any more.
      const { signal: never } = new AbortController()
      whole = createReadStream(path)
      const received = ({ length }: Buffer) => arrived(length)
      await receive(this.pathOf(id), whole, { ...receiving, signal: never, received })
      return offset + bytes
    } finally {
      whole?.destroy()
      await rm(path, { force: true })
    }
  }

  async createEmpty(id: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await writeFile(this.pathOf(id), '')
  }

  /** What is here of an upload becomes what was received under another id. */
  async replace(id: string, received: string): Promise<void> {
    await rename(this.pathOf(received), this.pathOf(id))
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true })
    await rm(this.pathOf(id) + unchecked, { force: true })
  }

  /** The ids of those that nothing was added to since then. */
  async list(before: number): Promise<string[]> {
    const names = await namesIn(this.#folder)
    const isOld = await Promise.all(names.map((name) => isOlder(join(this.#folder, name), before)))
    const idsOf = (some: string[]) => new Set(some.map((name) => name.replace(unchecked, '')))
    const old = idsOf(names.filter((_, index) => isOld[index]))
    return [...old.difference(idsOf(names.filter((_, index) => !isOld[index])))]
  }
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

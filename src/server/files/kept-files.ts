/** Files that are complete: their type and their bytes. */
import { rm } from 'node:fs/promises'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Store, StoredFile } from '../store/store.ts'
import type { FileBytes } from './bytes/file-bytes.ts'
import type { CheckFile } from './check/file-check.ts'
import { recognizeType } from './description/file-type.ts'
import { createDigest } from './digest/digest.ts'
import { Locks } from './locks.ts'
import { diskFull, isOfFullDisk, isUnavailable } from './upload-faults.ts'

/** What is to be known of an image, and what is kept in its place. */
export interface Inspected {
  type: string
  width?: number
  height?: number
  color?: string
  /** A file that is kept instead, and deleted after that. */
  replaceWith?: string
}

/** @param type as it was recognised @param by for whom: see `InTurn` */
export type Inspect = (path: string, type: string, by: string) => Promise<Inspected>

interface Needs {
  store: Pick<Store, 'files'>
  bytes: FileBytes
  inspect?: Inspect | undefined
  check?: CheckFile | undefined
}

export class KeptFiles {
  readonly #needs: Needs
  /** By hash: bytes are not removed while a file that has them is being completed, here or on another node. */
  readonly #hashes = new Locks()
  readonly #digestOf = createDigest()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Resolves when no bytes are put or removed. */
  released(): Promise<void> {
    return this.#hashes.released()
  }

  /** @param by the uploader, by `callerOf` @throws ChatError `no-such-file` when its row is gone, and what refuses the file: nothing is kept of it; `unavailable` */
  async complete({ file: { id }, userId, asFile }: StoredFile, path: string, by: string): Promise<StoredFile> {
    await this.#needs.check?.(path, { id, userId, by })
    const type = await recognizeType(path)
    const { replaceWith, ...seen } = asFile ? { type } : await this.#inspect(path, type, by)
    try {
      const kept = replaceWith ?? path
      const content = { ...seen, ...(await this.#digestOf(kept, by)) }
      const note = () => this.#needs.store.files.complete(id, content)
      return await this.#putAndNote(kept, content.hash, note)
    } finally {
      if (replaceWith !== undefined) await rm(replaceWith, { force: true })
    }
  }

  /**
   * Keeps bytes for what is not a file of a message.
   * @param by the user, by `callerOf` @param note stores what refers to them @throws what `note` throws: nothing is kept then, if it is a ChatError
   */
  async keepFor<Result>(
    path: string,
    by: string,
    note: (kept: { hash: string; bytes: number }) => Promise<Result>,
  ): Promise<Result> {
    const kept = await this.#digestOf(path, by)
    return await this.#putAndNote(path, kept.hash, () => note(kept))
  }

  /**
   * Removes the bytes of those to which no row refers.
   * @returns whether it went through all: not when the store of files fails, or the server stops. The hourly search finds the rest.
   */
  async removeUnused(hashes: readonly string[], stopping?: AbortSignal): Promise<boolean> {
    for (const hash of hashes) {
      if (stopping?.aborted) return false
      try {
        await this.#hold(hash, (isHeld) => this.#removeIfUnused(hash, isHeld))
      } catch (error) {
        if (!isUnavailable(error)) throw error
        return false
      }
    }
    return true
  }

  /** The bytes are safe before the store says that there is something with them. */
  async #putAndNote<Result>(path: string, hash: string, note: () => Promise<Result>): Promise<Result> {
    let wasHeld = true
    const result = await this.#hold(hash, async (isHeld) => {
      await this.#put(path, hash)
      try {
        return await note()
      } catch (error) {
        // Any other error may be of a commit that is finished later: its row, which nobody sees yet, would have no bytes then.
        if (error instanceof ChatError) await this.#removeIfUnused(hash, isHeld).catch(() => {}) // the hourly search does it
        throw error
      } finally {
        wasHeld = await isHeld()
      }
    })
    // Another node may have removed them before it could know of the row. Now all do.
    if (!wasHeld) await this.#hold(hash, () => this.#put(path, hash))
    return result
  }

  async #put(path: string, hash: string): Promise<void> {
    await this.#needs.bytes.put(path, hash).catch((error) => {
      throw isOfFullDisk(error) ? diskFull(error) : error
    })
  }

  /** For this process and for other nodes. */
  #hold<Result>(hash: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>): Promise<Result> {
    return this.#hashes.hold(hash, () => this.#needs.store.files.exclusively(hash, work))
  }

  async #inspect(path: string, type: string, by: string): Promise<Inspected> {
    return (await this.#needs.inspect?.(path, type, by)) ?? { type }
  }

  async #removeIfUnused(hash: string, isHeld: () => Promise<boolean>): Promise<void> {
    const { store, bytes } = this.#needs
    if ((await store.files.hashesInUse([hash])).length === 0 && (await isHeld())) await bytes.remove(hash)
  }
}

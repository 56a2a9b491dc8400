/** Smaller versions of images: made when somebody first asks for one, and kept until the bytes of the image go. */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hourMs } from '../../shared/durations.ts'
import { createTurns, type InTurn, TooBusy } from '../rate-limit/fair-queue.ts'
import type { FileStore } from '../store/store.ts'
import { isOlder, namesIn } from './bytes/disk-bytes.ts'
import type { FileBytes } from './bytes/file-bytes.ts'
import { type PreviewSize, previewPixels } from './images/contract.ts'
import { ImageFault } from './images/image-fault.ts'
import type { Images } from './images/images.ts'

/** Each of these has a copy of its image on the disk. The copy is made before the turn for images: uploads wait for that one. */
const copying = { maxAtOnce: 4, maxWaiting: 200, workMs: 500, maxWaitMs: 10_000 }
/** The bytes may come from a slow store. */
const maxCopyMs = 10_000

const sizes = Object.keys(previewPixels) as PreviewSize[]

interface Needs {
  folder: string
  bytes: Pick<FileBytes, 'read'>
  images: Pick<Images, 'preview'>
  inTurn: InTurn
  disk: { fits(bytes: number): Promise<boolean> }
}

interface Image {
  hash: string
  bytes: number
}

interface Asked {
  size: PreviewSize
  by: string
  signal: AbortSignal | undefined
}

export function isPreviewSize(text: unknown): text is PreviewSize {
  return sizes.some((size) => size === text)
}

export class Previews {
  readonly #needs: Needs
  readonly #inCopyTurn = createTurns(copying)
  readonly #maxCopyMs: number

  constructor(needs: Needs, copyMs = maxCopyMs) {
    this.#needs = needs
    this.#maxCopyMs = copyMs
  }

  /**
   * @param image how many bytes it has, and their hash
   * @param by for whom: see `InTurn` @param signal ends the reading of the image, when nobody waits for its preview any more
   * @returns the file of a WebP that stands still, to be closed
   * @throws ImageFault; ChatError `unavailable` when the image cannot be read now
   */
  async open(image: Image, size: PreviewSize, by: string, signal?: AbortSignal): Promise<FileHandle> {
    const path = join(this.#needs.folder, nameOf(image.hash, size))
    const kept = await opened(path)
    if (kept) return kept
    // In the turn of each caller, not of the first one: the first one's turn may come late.
    const made = await this.#inCopyTurn(by, async () => {
      const meanwhile = await opened(path)
      if (meanwhile) return meanwhile
      await this.#make(path, image, { size, by, signal })
      return await opened(path)
    }).catch((error) => {
      throw error instanceof TooBusy ? new ImageFault('busy', error) : error
    })
    if (!made) throw new ImageFault('failed')
    return made
  }

  async remove(hash: string): Promise<void> {
    for (const size of sizes) await rm(join(this.#needs.folder, nameOf(hash, size)), { force: true })
  }

  /** Removes those of images that were removed while they were made, and what a process that was killed has left. */
  async clean(now: number, files: Pick<FileStore, 'hashesInUse'>, stopping: AbortSignal): Promise<void> {
    const { folder } = this.#needs
    for (const name of await namesIn(folder)) {
      if (stopping.aborted) return
      if (!(await isOlder(join(folder, name), now - hourMs))) continue
      const [, hash] = /^([0-9a-f]{64})-/.exec(name) ?? []
      const isUsed = hash !== undefined && (await files.hashesInUse([hash])).length > 0
      if (!isUsed) await rm(join(folder, name), { force: true })
    }
  }

  async #make(path: string, { hash, bytes }: Image, { size, by, signal }: Asked): Promise<void> {
    const { folder, images, inTurn, disk } = this.#needs
    if (!(await disk.fits(2 * bytes))) throw new ImageFault('busy')
    const partial = join(folder, `.${randomBytes(8).toString('hex')}`)
    await mkdir(folder, { recursive: true })
    try {
      await this.#copy(hash, bytes, partial, signal)
      await inTurn(by, async () => {
        // Another one may have made it meanwhile.
        if (await exists(path)) return
        await writeFile(partial, await images.preview(partial, size).catch(emptyIfRefused))
        await rename(partial, path)
      })
    } finally {
      await rm(partial, { force: true })
    }
  }

  /** The process for images reads a file; the bytes may stand elsewhere. */
  async #copy(hash: string, bytes: number, to: string, left: AbortSignal | undefined): Promise<void> {
    const late = AbortSignal.timeout(this.#maxCopyMs)
    const signal = left ? AbortSignal.any([left, late]) : late
    try {
      const content = await this.#needs.bytes.read(hash, { start: 0, end: bytes }, signal)
      await pipeline(content, createWriteStream(to), { signal })
    } catch (error) {
      throw signal.aborted ? new ImageFault('busy', error) : error
    }
  }
}

/** Stands for the preview of an image that has none: each reader would have it tried again. */
function emptyIfRefused(error: unknown): Buffer {
  const { state, limit } = Object((error as Error).cause) as { state?: string; limit?: string }
  // The machine may have been busy, or the process ended for another reason.
  const isOfImage = state === 'refused' || (state === 'exceeded' && limit !== 'time')
  if (error instanceof ImageFault && isOfImage) return Buffer.alloc(0)
  throw error
}

/** @returns undefined when there is none, or is to be tried again @throws ImageFault `refused` */
async function opened(path: string): Promise<FileHandle | undefined> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return undefined
  const { size, mtimeMs } = await handle.stat()
  if (size > 0) return handle
  await handle.close()
  if (Date.now() - mtimeMs < hourMs) throw new ImageFault('refused')
  await rm(path, { force: true })
  return undefined
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

function nameOf(hash: string, size: PreviewSize): string {
  return `${hash}-${size}.webp`
}

/** The same bytes: the previews of those that are removed go with them. */
export function withPreviews(bytes: FileBytes, previews: Pick<Previews, 'remove'>): FileBytes {
  return {
    put: (path, hash) => bytes.put(path, hash),
    read: (hash, part, signal) => bytes.read(hash, part, signal),
    size: (hash) => bytes.size(hash),
    list: (before) => bytes.list(before),
    close: () => bytes.close(),
    async remove(hash) {
      await bytes.remove(hash)
      await previews.remove(hash)
    },
  }
}

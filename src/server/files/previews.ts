/** Smaller versions of images: made when somebody first asks for one, and kept until the bytes of the image go. */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hourMs } from '../../shared/durations.ts'
import type { InTurn } from '../rate-limit/fair-queue.ts'
import type { FileStore } from '../store/store.ts'
import type { FileBytes } from './bytes.ts'
import { isOlder, namesIn } from './disk-bytes.ts'
import { type PreviewSize, previewPixels } from './images/contract.ts'
import type { Images } from './images/images.ts'

const sizes = Object.keys(previewPixels) as PreviewSize[]

interface Needs {
  folder: string
  bytes: Pick<FileBytes, 'read'>
  images: Pick<Images, 'preview'>
  inTurn: InTurn
}

export function isPreviewSize(text: unknown): text is PreviewSize {
  return sizes.some((size) => size === text)
}

export class Previews {
  readonly #needs: Needs
  /** By the name of the file: those who ask for the same wait together. */
  readonly #making = new Map<string, Promise<Buffer>>()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** @param image how many bytes it has, and their hash @param by for whom: see `InTurn` @returns a WebP that stands still @throws ImageFault */
  async read(image: { hash: string; bytes: number }, size: PreviewSize, by: string): Promise<Buffer> {
    const name = nameOf(image.hash, size)
    const kept = await readFile(join(this.#needs.folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    return kept ?? (await this.#makeOnce(name, image, size, by))
  }

  async remove(hash: string): Promise<void> {
    for (const size of sizes) await rm(join(this.#needs.folder, nameOf(hash, size)), { force: true })
  }

  /** Removes those of images that were removed while they were made, and what a process that was killed has left. */
  async clean(now: number, files: Pick<FileStore, 'hashesInUse'>): Promise<void> {
    const { folder } = this.#needs
    for (const name of await namesIn(folder)) {
      if (!(await isOlder(join(folder, name), now - hourMs))) continue
      const [, hash] = /^([0-9a-f]{64})-/.exec(name) ?? []
      const isUsed = hash !== undefined && (await files.hashesInUse([hash])).length > 0
      if (!isUsed) await rm(join(folder, name), { force: true })
    }
  }

  #makeOnce(name: string, image: { hash: string; bytes: number }, size: PreviewSize, by: string): Promise<Buffer> {
    const { inTurn } = this.#needs
    const make = () => inTurn(by, () => this.#make(name, image, size)).finally(() => this.#making.delete(name))
    const making = this.#making.get(name) ?? make()
    this.#making.set(name, making)
    return making
  }

  async #make(name: string, { hash, bytes }: { hash: string; bytes: number }, size: PreviewSize): Promise<Buffer> {
    const { folder, images } = this.#needs
    const partial = join(folder, `.${randomBytes(8).toString('hex')}`)
    await mkdir(folder, { recursive: true })
    try {
      // The process for images reads a file; the bytes may stand elsewhere.
      await pipeline(await this.#needs.bytes.read(hash, { start: 0, end: bytes }), createWriteStream(partial))
      const preview = await images.preview(partial, size, true)
      await writeFile(partial, preview)
      await rename(partial, join(folder, name))
      return preview
    } finally {
      await rm(partial, { force: true })
    }
  }
}

function nameOf(hash: string, size: PreviewSize): string {
  return `${hash}-${size}.webp`
}

/** The same bytes: the previews of those that are removed go with them. */
export function withPreviews(bytes: FileBytes, previews: Pick<Previews, 'remove'>): FileBytes {
  return {
    put: (path, hash) => bytes.put(path, hash),
    read: (hash, part) => bytes.read(hash, part),
    size: (hash) => bytes.size(hash),
    list: (before) => bytes.list(before),
    async remove(hash) {
      await bytes.remove(hash)
      await previews.remove(hash)
    },
  }
}

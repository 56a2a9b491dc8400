import { BrokenImage } from './broken-image.ts'

/** Real images have a few thousand at most. More are made to fill the memory. */
export const maxParts = 300_000

/** What is kept of a file, in order. Neighbours in the file are one part. */
export class KeptParts {
  readonly list: Buffer[] = []

  /** @throws BrokenImage */
  push(...parts: readonly Buffer[]): void {
    for (const part of parts) {
      const last = this.list.at(-1)
      if (last?.buffer === part.buffer && last.byteOffset + last.length === part.byteOffset)
        this.list[this.list.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + part.length)
      else this.list.push(part)
    }
    if (this.list.length > maxParts) throw new BrokenImage('The image has too many parts.')
  }
}

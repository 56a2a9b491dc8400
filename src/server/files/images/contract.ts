/** What the server asks of the process for images, and what it answers. */
import type { ImageType } from './image-type.ts'

export interface ImageLimits {
  /** Maximum size of a file. A larger one is a plain file, and keeps its metadata. */
  fileBytes: number
  /** Width × height. */
  pixels: number
  frames: number
  /** Maximum memory of the process while it has a job. */
  memoryBytes: number
  /** Maximum processor time of a job. */
  cpuMs: number
  /** From the start of a job to its answer, however busy the machine is. */
  jobMs: number
  /** Jobs that wait, the running one included. */
  jobs: number
  /** After which a process without a job ends. */
  idleMs: number
}

export const imageLimits: ImageLimits = {
  fileBytes: 128 * 1024 * 1024,
  pixels: 120_000_000,
  frames: 2_000,
  memoryBytes: 768 * 1024 * 1024,
  cpuMs: 20_000,
  jobMs: 120_000,
  jobs: 200,
  idleMs: 30_000,
}

export type PreviewSize = 'small' | 'large'

/** The longer side, at most. */
export const previewPixels: Record<PreviewSize, number> = { small: 480, large: 1_600 }

/** The side of the picture of a user or a room, for screens with two pixels for each of ours. */
export const picturePixels = 256

export type Job =
  /** Writes the file without metadata to `into`, unless it has none. */
  | { type: 'clean'; path: string; into: string }
  | { type: 'describe'; path: string }
  | { type: 'preview'; path: string; size: PreviewSize }
  /** The square in its middle. */
  | { type: 'picture'; path: string }

/** `type` is undefined for what is no whole image of a known format. */
export interface Cleaned {
  type: ImageType | undefined
  isChanged: boolean
}

export interface Description {
  /** As it is shown, its orientation applied. */
  width: number
  height: number
  /** The mean of its colours, `#rrggbb`. */
  color: string
}

export interface Results {
  clean: Cleaned
  describe: Description
  preview: Uint8Array
  picture: Uint8Array
}

export type Outcome<Type extends Job['type'] = Job['type']> =
  | { state: 'done'; result: Results[Type] }
  /** It is no image that can be read, or too large. */
  | { state: 'refused' }
  /** The disk, for example. */
  | { state: 'failed'; fault: string }
  /** It has used too much: the process ends. */
  | { state: 'exceeded'; limit: 'memory' | 'cpu' | 'time' }

/** What images are, how they look, and their previews. All of it is done by another process, one job at a time. */
import { rm } from 'node:fs/promises'
import type { Log } from '../../log.ts'
import { type Description, type ImageLimits, imageLimits, type Outcome, type PreviewSize } from './contract.ts'
import { ImageFault } from './image-fault.ts'
import { ImageJobs } from './image-jobs.ts'
import type { Ending } from './image-process.ts'
import type { ImageType } from './image-type.ts'

/** What is no image, or none that can be shown, is a plain file. */
export type Inspected = (({ isImage: true; type: ImageType } & Description) | { isImage: false }) & {
  /** A file beside the inspected one, to be stored in its place: the same without metadata. Left out when it has none. */
  cleaned?: string
}

export interface Images {
  /**
   * The bytes of the file decide what it is, not its name.
   * @param path a whole file, which is only read
   * @throws ImageFault `busy` or `failed`: what it is and what it gives away is not known
   */
  inspect(path: string): Promise<Inspected>
  /**
   * @param path a file that is an image: the cleaned one, if there is one
   * @returns a WebP that stands still
   * @throws ImageFault `refused` if it cannot be decoded, `busy`, `failed`
   */
  preview(path: string, size: PreviewSize): Promise<Buffer>
  /**
   * @param path any file @returns a WebP: the square in the middle of the image
   * @throws ImageFault `refused` for what is no image, `busy`, `failed`
   */
  picture(path: string): Promise<Buffer>
  /** Ends the process. What waits is rejected. */
  close(): Promise<void>
}

export function createImages({ log, limits }: { log: Log; limits?: Partial<ImageLimits> }): Images {
  const jobs = new ImageJobs(log, { ...imageLimits, ...limits })
  return {
    inspect: (path) => inspect(jobs, path),
    preview: async (path, size) => bytesOf(await jobs.run<'preview'>({ type: 'preview', path, size })),
    picture: async (path) => bytesOf(await jobs.run<'picture'>({ type: 'picture', path })),
    close: () => jobs.close(),
  }
}

async function inspect(jobs: ImageJobs, path: string): Promise<Inspected> {
  const into = `${path}.cleaned`
  try {
    const { type, isChanged } = await clean(jobs, path, into)
    const cleaned = isChanged ? { cleaned: into } : {}
    // What is served is what must be readable.
    const description = type && (await describe(jobs, isChanged ? into : path))
    return type && description ? { isImage: true, type, ...description, ...cleaned } : { isImage: false, ...cleaned }
  } catch (error) {
    await rm(into, { force: true })
    throw error
  }
}

/** A fault does not make it a plain file: that would be served with its metadata. */
async function clean(jobs: ImageJobs, path: string, into: string) {
  const outcome = await jobs.run<'clean'>({ type: 'clean', path, into })
  if (outcome.state !== 'done') throw new ImageFault('failed', outcome)
  return outcome.result
}

async function describe(jobs: ImageJobs, path: string): Promise<Description | undefined> {
  const outcome = await jobs.run<'describe'>({ type: 'describe', path })
  if (outcome.state === 'failed') throw new ImageFault('failed', outcome)
  return outcome.state === 'done' ? outcome.result : undefined
}

function bytesOf(outcome: Outcome<'preview' | 'picture'> | Ending): Buffer {
  if (outcome.state === 'done') return Buffer.from(outcome.result)
  throw new ImageFault(outcome.state === 'failed' ? 'failed' : 'refused', outcome)
}

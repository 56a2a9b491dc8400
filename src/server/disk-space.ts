/** Watches the room that is left on the disk: people are told before SQLite cannot store anything, moderation goes on. */
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log, LogEvent } from './log.ts'

/** Writing starts again only when this much more is free: otherwise each deleted file would switch it on and off. */
const recoveredAt = 1.1
/** Uploads end with this many times `minFreeBytes` free. */
const filesStopAt = 2

interface Needs {
  folder: string
  /** With less than that free the disk is low; 0 never. */
  minFreeBytes: number
  log: Pick<Log, 'event'>
  /** What is logged. */
  events?: { low: LogEvent; recovered: LogEvent }
  freeBytes?: (folder: string) => Promise<number>
}

export class DiskSpace {
  readonly #needs: Required<Needs>
  #isLow = false
  #isLooking = false
  #asked: Promise<number> | undefined

  constructor(needs: Needs) {
    this.#needs = { freeBytes: freeBytesOf, events: { low: 'disk-low', recovered: 'disk-recovered' }, ...needs }
  }

  get isLow(): boolean {
    return this.#isLow
  }

  /** Bytes that files leave free. */
  get keptFreeBytes(): number {
    return this.#needs.minFreeBytes * filesStopAt
  }

  /** For a page. One look at a time, for the same reason as below. @throws when the file system does not say */
  freeBytes(): Promise<number> {
    this.#asked ??= this.#needs.freeBytes(this.#needs.folder).finally(() => {
      this.#asked = undefined
    })
    return this.#asked
  }

  /**
   * Whether files of so many bytes can be taken in. Uploads end while there are `minFreeBytes` more than messages need: a file that was
   * large must not keep people from writing.
   */
  async fits(bytes: number): Promise<boolean> {
    if (this.#isLow) return false
    return (await this.freeBytes()) - bytes >= this.keptFreeBytes
  }

  /** To be called every few seconds. Tells the operator of a change, once. */
  async look(): Promise<void> {
    const { folder, minFreeBytes, log, events } = this.#needs
    // On a disk that hangs each look would hold a thread of the pool, which has four for everything.
    if (minFreeBytes === 0 || this.#isLooking) return
    this.#isLooking = true
    try {
      const freeBytes = await this.#needs.freeBytes(folder)
      const isLow = freeBytes < minFreeBytes * (this.#isLow ? recoveredAt : 1)
      if (isLow !== this.#isLow) log.event(isLow ? events.low : events.recovered, { freeBytes, minFreeBytes })
      this.#isLow = isLow
    } catch (err) {
      // What it was last still holds.
      log.event('task-failed', { reason: 'disk-space', err })
    } finally {
      this.#isLooking = false
    }
  }
}

/**
 * The disk for files: that of the data too, and where files are on another one, both.
 * @param filesDir undefined when files are on no disk
 */
export async function fileDisk(
  data: DiskSpace,
  { dataDir, filesDir, minFreeBytes }: { dataDir: string; filesDir: string | undefined; minFreeBytes: number },
  log: Pick<Log, 'event'>,
): Promise<Pick<DiskSpace, 'keptFreeBytes' | 'fits' | 'look'>> {
  if (filesDir === undefined || (await deviceOf(filesDir)) === (await deviceOf(dataDir))) return data
  const events = { low: 'file-disk-low', recovered: 'file-disk-recovered' } as const
  const files = new DiskSpace({ folder: filesDir, minFreeBytes, log, events, freeBytes: freeBytesAt })
  return {
    keptFreeBytes: data.keptFreeBytes,
    // A file is received on the one and kept on the other.
    fits: async (bytes) => (await data.fits(bytes)) && (await files.fits(bytes)),
    async look() {
      await Promise.all([data.look(), files.look()])
    },
  }
}

async function deviceOf(folder: string): Promise<number> {
  return (await stat(await existing(folder))).dev
}

async function freeBytesAt(folder: string): Promise<number> {
  return await freeBytesOf(await existing(folder))
}

/** The folder, or while there is none yet, the one where it will be made. */
async function existing(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  )
  return isThere || dirname(folder) === folder ? folder : await existing(dirname(folder))
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

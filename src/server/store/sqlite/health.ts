/** Whether what is stored now would be there after a restart. */
import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { GroupCommit } from './group-commit.ts'

/** A commit that recent says all that a probe would. */
const recentMs = 10_000
/** A disk that hangs answers nothing at all. */
const maxProbeMs = 5_000

export class SqliteHealth {
  readonly #path: string
  readonly #writer: Pick<GroupCommit, 'fault' | 'msSinceCommit' | 'write'>
  readonly #identity: string
  readonly #stat: typeof stat
  #look: Promise<string | undefined> | undefined

  /** @param path of the database, which is open */
  constructor(path: string, writer: Pick<GroupCommit, 'fault' | 'msSinceCommit' | 'write'>, statOf = stat) {
    this.#path = path
    this.#writer = writer
    this.#identity = identityOf(statSync(path))
    this.#stat = statOf
  }

  async fault(): Promise<string | undefined> {
    // One look at a time: on a disk that hangs each would hold a thread of the pool, which has four for everything.
    this.#look ??= this.#lookOnce().finally(() => {
      this.#look = undefined
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, maxProbeMs, 'the disk does not answer').unref()
    })
    try {
      return await Promise.race([this.#look, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #lookOnce(): Promise<string | undefined> {
    return (await this.#faultInFile()) ?? (await this.#faultInWriting())
  }

  /** A file that was removed can be written to as long as it is open, and is gone with the process. */
  async #faultInFile(): Promise<string | undefined> {
    try {
      const isSame = identityOf(await this.#stat(this.#path)) === this.#identity
      return isSame ? undefined : 'the database was replaced while the server was running'
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return code === 'ENOENT' ? 'the database was removed while the server was running' : message
    }
  }

  async #faultInWriting(): Promise<string | undefined> {
    if (!this.#writer.fault && this.#writer.msSinceCommit < recentMs) return undefined
    // What it was is told by the next look at the writer.
    await this.#writer.write('probe', Date.now()).catch(() => {})
    return this.#writer.fault
  }
}

function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev} ${ino}`
}

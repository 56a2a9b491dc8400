/** Whether what is stored now would be there after a restart. */
import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { GroupCommit } from './group-commit.ts'

/** A commit that recent says all that a probe would. */
const recentMs = 10_000
/** A disk that hangs answers nothing at all. */
const mostProbeMs = 5_000

export class SqliteHealth {
  readonly #path: string
  readonly #writer: GroupCommit
  readonly #identity: string
  #probe: Promise<void> | undefined

  /** @param path of the database, which is open */
  constructor(path: string, writer: GroupCommit) {
    this.#path = path
    this.#writer = writer
    this.#identity = identityOf(statSync(path))
  }

  async fault(): Promise<string | undefined> {
    return (await this.#faultInFile()) ?? (await this.#faultInWriting())
  }

  /** A file that was removed can be written to as long as it is open, and is gone with the process. */
  async #faultInFile(): Promise<string | undefined> {
    try {
      const isSame = identityOf(await stat(this.#path)) === this.#identity
      return isSame ? undefined : 'the database was replaced while the server was running'
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return code === 'ENOENT' ? 'the database was removed while the server was running' : message
    }
  }

  async #faultInWriting(): Promise<string | undefined> {
    if (!this.#writer.fault && this.#writer.msSinceCommit < recentMs) return undefined
    this.#probe ??= this.#writer
      .write('probe', Date.now())
      // What it was is told by the next look at the writer.
      .catch(() => {})
      .finally(() => {
        this.#probe = undefined
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, mostProbeMs, 'the disk does not answer').unref()
    })
    const hung = await Promise.race([this.#probe, late])
    clearTimeout(timer)
    return hung ?? this.#writer.fault
  }
}

function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev} ${ino}`
}

/** Downloads that take long end when their reader loses access. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** What its reader downloads, over any number of connections. */
interface Reading {
  /** Access check of the newest request. */
  mayHave: () => Promise<boolean>
  readonly downloads: Map<Readable, Socket>
}

const askEveryMs = 1_000
/** Each costs a look into the database. With more readings each of them is asked for less often. */
export const maxAsksASecond = 50

export class Downloads {
  /** The one that was asked for last stands last. */
  readonly #readings = new Map<string, Reading>()
  #timer: ReturnType<typeof setInterval> | undefined
  #isAsking = false

  /**
   * Ends an answer, with its connection, once its reader may no longer have it.
   * @param of who reads which file: all downloads of one are asked for together, however many they are
   */
  endUnless(mayHave: () => Promise<boolean>, of: string, socket: Socket, content: Readable): void {
    if (content.closed) return
    const reading = this.#readings.get(of) ?? { mayHave, downloads: new Map() }
    reading.mayHave = mayHave
    reading.downloads.set(content, socket)
    this.#readings.set(of, reading)
    content.once('close', () => {
      reading.downloads.delete(content)
      if (reading.downloads.size > 0) return
      this.#readings.delete(of)
      if (this.#readings.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    })
    this.#timer ??= setInterval(() => this.#askForSome(), askEveryMs).unref()
  }

  async #askForSome(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    for (const [of, reading] of [...this.#readings].slice(0, maxAsksASecond)) {
      if (!this.#readings.delete(of)) continue
      this.#readings.set(of, reading)
      // A store that cannot answer is asked again.
      if (await reading.mayHave().catch(() => true)) continue
      // Those that have ended meanwhile are not among them: their connection may have another answer.
      for (const socket of reading.downloads.values()) socket.destroy()
    }
    this.#isAsking = false
  }
}

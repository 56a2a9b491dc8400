/** What uploads of all users together cost the rest of the server, and how it is kept small. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { type: 'minor'; execution: 'sync' }) => void

/** Each part of a body is a buffer of its own. V8 lets them lie until there are 64 MB of them; after so many bytes they are collected. */
const collectAfterBytes = 8 * 1024 * 1024
/** What the disk is given at once. Messages are synced too, and wait for what is written before them. */
export const syncedBytes = 1024 * 1024
/** After each sync the disk has so many times as long for others: uploads take a quarter of its time. */
const restFactor = 3
/** After a sync that took long, others have had their turn by then. */
const maxRestMs = 1_000

interface Syncable {
  datasync(): Promise<void>
}

export class UploadCosts {
  /** Only of what is young: it takes about a millisecond. */
  readonly #collect: Collect
  #uncollectedBytes = 0
  #lastSync: Promise<void> = Promise.resolve()

  constructor(collect = collector()) {
    this.#collect = collect
  }

  /** To be told of each part that is not needed any more. */
  received(bytes: number): void {
    this.#uncollectedBytes += bytes
    if (this.#uncollectedBytes < collectAfterBytes) return
    this.#uncollectedBytes = 0
    this.#collect({ type: 'minor', execution: 'sync' })
  }

  /** One at a time, with a rest after each. */
  async sync(file: Syncable): Promise<void> {
    let beganAt = 0
    const synced = this.#lastSync.then(() => {
      beganAt = performance.now()
      return file.datasync()
    })
    const restMs = () => Math.min(restFactor * (performance.now() - beganAt), maxRestMs)
    const rest = () => new Promise<void>((resolve) => setTimeout(resolve, restMs()))
    this.#lastSync = synced.then(rest, rest) // what is thrown is thrown below, to the one whose file it is
    await synced
  }
}

/** The function that `--expose-gc` gives to contexts that are made later: nobody has to start the server with it. */
function collector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

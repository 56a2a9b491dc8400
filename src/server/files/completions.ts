/** Uploads that are being completed. Each goes on when its client has an answer or has left: a scan may take longer than a connection waits. */
import { minuteMs } from '../../shared/durations.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import { callerOf, keyOf } from '../rate-limit/user-key.ts'
import type { Store, StoredFile } from '../store/store.ts'
import type { KeptFiles } from './kept-files.ts'
import type { Uploader } from './note-upload.ts'
import type { PartialFiles } from './partial-files.ts'
import { interrupted, isUnavailable, noSuchFile } from './upload-faults.ts'

/** How long a request waits: its connection would be closed after 30 s without an answer. */
export const completion = { maxWaitMs: 20_000 }
/** The client asks again, and waits again for as long. */
const retryMs = 5_000
/** How long the server can say why it refused a file: its client may have been told to ask again, or have lost the answer. */
const refusalMs = 10 * minuteMs
const maxRefusals = 1_000

interface Completion {
  readonly work: Promise<StoredFile>
  /** Requests that wait for it. */
  waiting: number
}

interface Refusal {
  error: ChatError
  until: number
}

export interface Waiting {
  /** By `keyOf`. */
  user: string
  /** The uploader, by `callerOf`. */
  by: string
  /** The client's own name for the upload. */
  key?: string | undefined
  /** By the clock of `performance`. */
  deadline: number
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal
}

interface Needs {
  files: Pick<Store['files'], 'find' | 'discard'>
  partial: PartialFiles
  kept: Pick<KeptFiles, 'complete'>
}

export class Completions {
  readonly #needs: Needs
  /** By the ids of the files. */
  readonly #going = new Map<string, Completion>()
  /** By the ids of the files, and for forms by the keys of their users. The newest one stands last. */
  readonly #refusals = new Map<string, Refusal>()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  has(id: string): boolean {
    return this.#going.has(id)
  }

  /** Resolves when nothing is being completed. */
  async released(): Promise<void> {
    while (this.#going.size > 0) await Promise.allSettled([...this.#going.values()].map(({ work }) => work))
  }

  /** How a request waits that has come to its end now. */
  waiting(uploader: Uploader): Pick<Waiting, 'user' | 'by' | 'deadline'> {
    const deadline = performance.now() + completion.maxWaitMs
    return { user: keyOf(uploader.session), by: callerOf(uploader), deadline }
  }

  /**
   * Completes a file when all its bytes are here, and waits for it. One request at a time may call it for a file.
   * @returns the file as it is then
   * @throws ChatError `no-such-file`, what refuses the file, `unavailable` at the deadline; UploadFault 409 when the signal is aborted
   */
  async completeIfWhole(id: string, waiting: Waiting): Promise<StoredFile> {
    const going = this.#going.get(id)
    if (going) return await waitFor(going, waiting)
    const { files, partial } = this.#needs
    const stored = await files.find(id)
    if (!stored) throw this.refusalOf(id, waiting.user) ?? noSuchFile()
    if (stored.hash !== undefined || (await partial.size(id)) < stored.file.bytes) return stored
    return await waitFor(this.#begin(stored, waiting), waiting)
  }

  /** Why a file of the user was refused. @param by the user, by `keyOf` */
  refusalOf(id: string, by: string): ChatError | undefined {
    return this.#refusal(nameOf({ id }, by))
  }

  /** Why a file of a form was refused of which nobody has heard: once, as the key may name another file after that. */
  takeRefusal(key: string, by: string): ChatError | undefined {
    const refusal = this.#refusal(nameOf({ key }, by))
    this.#refusals.delete(nameOf({ key }, by))
    return refusal
  }

  #refusal(name: string): ChatError | undefined {
    const refusal = this.#refusals.get(name)
    return refusal && refusal.until > performance.now() ? refusal.error : undefined
  }

  #begin(stored: StoredFile, waiting: Waiting): Completion {
    const { id } = stored.file
    const { user, key } = waiting
    const begun = { work: this.#complete(stored, waiting), waiting: 0 }
    this.#going.set(id, begun)
    const ended = (error?: unknown) => {
      this.#going.delete(id)
      if (key !== undefined && isRefusal(error) && begun.waiting === 0) this.#remember(nameOf({ key }, user), error)
    }
    begun.work.then(() => ended(), ended)
    return begun
  }

  async #complete(stored: StoredFile, { by, user }: Waiting): Promise<StoredFile> {
    const { files, partial, kept } = this.#needs
    const { id, bytes } = stored.file
    if (bytes === 0) await partial.createEmpty(id)
    const complete = () => kept.complete(stored, partial.pathOf(id), by)
    const completed = await partial.whileSynced(id, complete).catch(async (error) => {
      if (isRefusal(error)) await this.#discard(stored, user, error)
      const now = await files.find(id)
      if (!now) await partial.remove(id)
      // It was discarded meanwhile.
      if (!now && !(error instanceof ChatError)) throw noSuchFile()
      // With the same key it may have gone to another node as well.
      if (now?.hash === undefined) throw error
      return now
    })
    await partial.remove(id)
    return completed
  }

  async #discard({ file: { id }, userId }: StoredFile, user: string, error: ChatError): Promise<void> {
    const name = nameOf({ id }, user)
    // Before the row goes: whoever asks must not take it for one that was never there.
    this.#remember(name, error)
    // Its user has discarded it meanwhile.
    if (!(await this.#needs.files.discard(id, userId))) this.#refusals.delete(name)
  }

  #remember(name: string, error: ChatError): void {
    const [oldest] = this.#refusals.size >= maxRefusals ? this.#refusals.keys() : []
    if (oldest !== undefined) this.#refusals.delete(oldest)
    this.#refusals.set(name, { error, until: performance.now() + refusalMs })
  }
}

/** Any other error comes again when the client asks. */
function isRefusal(error: unknown): error is ChatError {
  return error instanceof ChatError && !isUnavailable(error) && error.code !== 'no-such-file'
}

function nameOf(file: { id: string } | { key: string }, by: string): string {
  return 'id' in file ? `${by} ${file.id}` : `${by} key ${file.key}`
}

/** The work goes on when the wait has ended. */
async function waitFor(going: Completion, { deadline, signal }: Waiting): Promise<StoredFile> {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const interrupt = () => reject(interrupted())
  const timer = setTimeout(() => reject(stillGoing()), deadline - performance.now())
  signal?.addEventListener('abort', interrupt)
  if (signal?.aborted) interrupt()
  going.waiting++
  try {
    return await Promise.race([going.work, ended])
  } finally {
    going.waiting--
    clearTimeout(timer)
    signal?.removeEventListener('abort', interrupt)
  }
}

function stillGoing(): ChatError {
  return new ChatError('unavailable', 'The file is still being checked. Ask again.', retryMs)
}

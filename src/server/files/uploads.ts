/** Takes in files: notes them in the store, receives their bytes, and keeps them when they are complete. */
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { dayMs } from '../../shared/durations.ts'
import { ChatError, dailyQuotaMessage } from '../../shared/protocol/errors.ts'
import { canView } from '../../shared/rights.ts'
import type { Session } from '../auth/sessions.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import { callerOf, keyOf } from '../rate-limit/user-key.ts'
import { type Store, type StoredFile, unsentFileMs } from '../store/store.ts'
import type { FileBytes } from './bytes/file-bytes.ts'
import type { CheckFile } from './check/file-check.ts'
import { Completions, type Waiting } from './completions.ts'
import { isFileId, newFileId } from './file-id.ts'
import { type Inspect, KeptFiles } from './kept-files.ts'
import { whileSending } from './limits/charge.ts'
import { FormsUnderWay } from './limits/forms-under-way.ts'
import { type FileDisk, ReservedBytes } from './limits/reserved-bytes.ts'
import { dailyBytesOf, type UploadLimits } from './limits/upload-limits.ts'
import { Locks } from './locks.ts'
import { type NewUpload, noteUpload, type Uploader } from './note-upload.ts'
import { type Checksum, PartialFiles } from './partial-files.ts'
import { removePartial, removeUnused } from './remove-unused.ts'
import { interrupted, noSuchFile, UploadFault } from './upload-faults.ts'

interface Needs {
  store: Pick<Store, 'files' | 'rooms'>
  bytes: FileBytes
  /** Folder of uploads that are not complete. */
  folder: string
  disk: FileDisk
  limiter: Pick<Limiter, 'store' | 'files'>
  limits: UploadLimits
  inspect?: Inspect
  check?: CheckFile | undefined
}

/** A file that came as a whole. */
export interface Received {
  id: string
  path: string
  bytes: number
}

export interface WholeFile extends Omit<NewUpload, 'bytes'> {
  received: Received
}

export interface Upload {
  id: string
  room: string
  /** How many bytes are here. */
  offset: number
  bytes: number
  expiresAt: number
}

export interface Part {
  offset: number
  /** As the request says; undefined when it does not. */
  length: number | undefined
  checksum: Checksum | undefined
  body: Readable
}

/** For what is being completed when the server stops. */
const patienceMs = 2_000

export class Uploads {
  readonly limits: UploadLimits
  readonly #needs: Needs
  readonly #partial: PartialFiles
  readonly #uploads = new Locks()
  readonly #completions: Completions
  /** What is complete. */
  readonly kept: KeptFiles
  /** Files that came as a whole and have no row yet. */
  readonly #received = new Set<string>()
  readonly #reserved: ReservedBytes
  readonly #forms = new FormsUnderWay()

  constructor(needs: Needs) {
    this.#needs = needs
    this.#partial = new PartialFiles(needs.folder)
    this.kept = new KeptFiles(needs)
    this.#completions = new Completions({ files: needs.store.files, partial: this.#partial, kept: this.kept })
    this.#reserved = new ReservedBytes(needs.disk)
    this.limits = needs.limits
  }

  /** @throws ChatError when the user may not write in the room, or the file is too large for any limit; `bad-field` for a key of another upload */
  async create(uploader: Uploader, upload: NewUpload): Promise<Upload> {
    this.refuseUnlessSmall(upload.bytes)
    const id = newFileId()
    const noted = await this.#reserved.hold(upload.bytes, () => this.#note(id, uploader, upload))
    if (noted !== id) return await this.find(uploader, upload.room, noted)
    const waiting = this.#completions.waiting(uploader)
    if (upload.bytes === 0) await this.#uploads.hold(id, () => this.#completions.completeIfWhole(id, waiting))
    const { room, bytes } = upload
    return { id, room, bytes, offset: 0, expiresAt: Date.now() + unsentFileMs }
  }

  /** Where an upload is to be continued. @throws ChatError `no-such-file` for all but the uploader */
  async find(uploader: Uploader, room: string, id: string): Promise<Upload> {
    await this.#stored(uploader.session, room, id)
    const waiting = this.#completions.waiting(uploader)
    return await this.#uploads.takeOver(id, async (signal) => {
      // Another request asks for the same: completing it once is enough.
      if (signal.aborted) throw interrupted()
      // Killed after the last byte had come: the client has no other to send.
      const stored = await this.#completions.completeIfWhole(id, { ...waiting, signal })
      return uploadOf(stored, stored.hash === undefined ? await this.#partial.size(id) : stored.file.bytes)
    })
  }

  /** @returns the upload after that @throws UploadFault, ChatError */
  async append(uploader: Uploader, room: string, id: string, part: Part): Promise<Upload> {
    let waiting = this.#completions.waiting(uploader)
    await this.#stored(uploader.session, room, id)
    return await this.#uploads.takeOver(id, async (signal) => {
      // Its bytes stay as they are while they are looked at.
      if (this.#completions.has(id)) await this.#completions.completeIfWhole(id, { ...waiting, signal })
      const stored = await this.#stored(uploader.session, room, id)
      const here = stored.hash === undefined ? await this.#partial.size(id) : stored.file.bytes
      // What is kept of an image may be shorter than what was sent.
      const isComplete = stored.hash !== undefined && part.length === 0 && part.offset >= here
      if (isComplete) return uploadOf(stored, part.offset)
      if (part.offset !== here) throw new UploadFault(409, `The offset is ${here}.`)
      const maxBytes = stored.file.bytes - here
      if ((part.length ?? 0) > maxBytes)
        throw new ChatError('too-large', `The file was to have ${stored.file.bytes} bytes.`)
      if (maxBytes > 0) {
        await whileSending(this.#needs, uploader, part.length ?? maxBytes, (sent) =>
          this.#reserved.hold(maxBytes, (arrived) =>
            this.#partial.append(id, part.body, { ...part, ...waiting, maxBytes, signal, sent, arrived }),
          ),
        )
        waiting = this.#completions.waiting(uploader)
      }
      const after = await this.#completions.completeIfWhole(id, { ...waiting, signal })
      // The length that was announced: what is kept of an image may be shorter.
      return uploadOf(stored, after.hash === undefined ? await this.#partial.size(id) : stored.file.bytes)
    })
  }

  /** Removes what is not sent. @throws ChatError `no-such-file` */
  async discard({ session }: Pick<Uploader, 'session'>, room: string, id: string): Promise<void> {
    await this.#stored(session, room, id)
    await this.#uploads.takeOver(id, async () => {
      if (!(await this.#discard(id, { session }))) throw noSuchFile()
    })
  }

  /** Receives a file whose length is not known before its end. `addWhole` or `dropWhole` follows. */
  async receiveWhole(uploader: Uploader, body: Readable, arrived: (bytes: number) => void): Promise<Received> {
    const id = newFileId()
    this.#received.add(id)
    const by = callerOf(uploader)
    const { signal } = new AbortController()
    const { maxFileBytes: maxBytes } = this.limits
    // Whoever waits for the form counts them.
    const whole = { offset: 0, maxBytes, checksum: undefined, signal, by, arrived, sent: () => {} }
    try {
      return { id, path: this.#partial.pathOf(id), bytes: await this.#partial.append(id, body, whole) }
    } catch (error) {
      await this.dropWhole(id)
      throw error
    }
  }

  /**
   * Takes in all of them, or throws. One whose key the user has used before is the file of then.
   * @throws what `create` throws: those without a key are gone then
   */
  async addWhole(uploader: Uploader, files: readonly WholeFile[]): Promise<StoredFile[]> {
    const added: StoredFile[] = []
    const waiting = this.#completions.waiting(uploader)
    try {
      for (const { received, ...upload } of files) {
        const { key } = upload
        const refusal = key && this.#completions.takeRefusal(key, keyOf(uploader.session))
        if (refusal) throw refusal
        const id = await this.#note(received.id, uploader, { ...upload, bytes: received.bytes })
        added.push(await this.#addReceived(id, received, { ...waiting, key }))
      }
      return added
    } catch (error) {
      // With its key another form may just be answered with a file of this one. What is not sent again expires.
      for (const { received, key } of files) if (!key) await this.#discard(received.id, uploader)
      throw error
    } finally {
      for (const { received } of files) await this.dropWhole(received.id)
    }
  }

  async dropWhole(id: string): Promise<void> {
    if (!this.#received.has(id)) return
    // By its key another form may be completing it with bytes of its own.
    const remove = () => (this.#completions.has(id) ? undefined : this.#partial.remove(id))
    if (!this.#completions.has(id)) await this.#uploads.hold(id, async () => remove())
    this.#received.delete(id)
  }

  /** @throws ChatError `too-large` */
  refuseUnlessSmall(bytes: number): void {
    const { maxFileBytes } = this.limits
    if (bytes > maxFileBytes) throw new ChatError('too-large', `A file has at most ${maxFileBytes} bytes.`)
  }

  /**
   * Receives files that have no rows yet.
   * @param bytes of the form, and of files in it
   * @throws ChatError `quota`, `unavailable`, and what `work` throws
   */
  async whileReceiving<Result>(
    uploader: Uploader,
    bytes: { form: number; files: number },
    work: (arrived: (bytes: number) => void) => Promise<Result>,
  ): Promise<Result> {
    const { session } = uploader
    const { user, role, isVerified } = session
    const dailyBytes = dailyBytesOf(this.limits, role)
    return await this.#forms.hold(keyOf(session), bytes.files, async (together) => {
      const { day } = await this.#needs.store.files.usage({ userId: user.id, isVerified }, Date.now() - dayMs)
      if (day + together > dailyBytes) throw new ChatError('quota', dailyQuotaMessage(dailyBytes))
      return await whileSending(this.#needs, uploader, bytes.files, (sent) =>
        this.#reserved.hold(bytes.form, (arrived) =>
          work((some) => {
            sent(some)
            arrived(some)
          }),
        ),
      )
    })
  }

  /** Removes what nobody needs in this node's own folder: what is left of uploads. */
  async clean(now: number, stopping: AbortSignal): Promise<void> {
    const isHeld = (id: string) => this.#uploads.has(id) || this.#completions.has(id) || this.#received.has(id)
    await removePartial({ now, stopping, files: this.#needs.store.files, partial: this.#partial, isHeld })
  }

  /** Removes what nobody needs in what all nodes share: uploads that nobody finished, files that nobody sent, and bytes that no file has. */
  async cleanShared(now: number, stopping: AbortSignal): Promise<void> {
    const { store, bytes } = this.#needs
    const removeBytes = (hashes: readonly string[]) => this.kept.removeUnused(hashes, stopping)
    await removeUnused({ now, stopping, files: store.files, bytes, partial: this.#partial, removeBytes })
  }

  /** Waits for what is being completed or removed, but not for long: clients ask again for what is not complete, and the hourly search removes. */
  async finish(): Promise<void> {
    const released = Promise.all([this.#uploads, this.#completions, this.kept].map((one) => one.released()))
    await Promise.race([released, setTimeout(patienceMs, undefined, { ref: false })])
  }

  async #discard(id: string, { session }: Pick<Uploader, 'session'>): Promise<boolean> {
    const discarded = await this.#needs.store.files.discard(id, session.user.id)
    if (!discarded) return false
    await this.#partial.remove(id)
    if (discarded.hash !== undefined) await this.kept.removeUnused([discarded.hash])
    return true
  }

  #note(id: string, uploader: Uploader, upload: NewUpload): Promise<string> {
    return noteUpload(this.#needs, id, uploader, upload)
  }

  /** @throws ChatError `no-such-file` unless it is the user's, of the room, which they can view, and not sent */
  async #stored(session: Session, room: string, id: string): Promise<StoredFile> {
    const { files, rooms } = this.#needs.store
    const stored = isFileId(id) ? await files.find(id) : undefined
    const isTheirs = stored?.userId === session.user.id && stored.room === room && stored.messageId === undefined
    if (!stored || !isTheirs) throw this.#completions.refusalOf(id, keyOf(session)) ?? noSuchFile()
    const membership = await rooms.membership(session.user.id, room)
    if (!membership || !canView(membership, session)) throw noSuchFile()
    return stored
  }

  /** What is there of an upload that was begun before is replaced by what came as a whole: its client sends it again. */
  async #addReceived(id: string, received: Received, waiting: Waiting): Promise<StoredFile> {
    return await this.#uploads.takeOver(id, async () => {
      // Its bytes stay as they are while they are looked at.
      if (this.#completions.has(id)) return await this.#completions.completeIfWhole(id, waiting)
      const stored = await this.#needs.store.files.find(id)
      // The other one with its key was refused meanwhile.
      if (!stored) throw this.#completions.refusalOf(id, waiting.user) ?? noSuchFile()
      if (id !== received.id && stored.hash === undefined) await this.#partial.replace(id, received.id)
      return await this.#completions.completeIfWhole(id, waiting)
    })
  }
}

function uploadOf({ file: { id, bytes }, room, createdAt }: StoredFile, offset: number): Upload {
  return { id, room, bytes, offset, expiresAt: createdAt + unsentFileMs }
}

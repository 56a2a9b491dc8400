/** The files that the user sends: those in the composers, and those of messages that wait for them in the outbox. */
import { type Ref, type ShallowRef, shallowRef } from 'vue'
import { type Clock, steadyClock } from '../../../clients/js/src/clock.ts'
import type { Outbox } from '../../../clients/js/src/outbox.ts'
import { type Item, idOfFile, randomKey } from '../../../clients/js/src/outbox-items.ts'
import { hourMs } from '../../shared/durations.ts'
import type { ErrorCode } from '../../shared/protocol/errors.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { User } from '../../shared/protocol/types.ts'
import { storageKeys } from '../session/storage-keys.ts'
import { deleteUpload } from './tus.ts'
import { begun, idOf, namedOf, type StoredUpload, send, type Upload, type UploadState } from './upload.ts'
import { openUploadStorage, type UploadStorage } from './upload-database.ts'

/** The server keeps an upload no longer. What a message waits for is kept longer here, and begun again. */
const keptMs = 24 * hourMs
const sentKeptMs = 30 * keptMs
const maxRunning = 2

interface UploadsContext {
  user: number
  tab: string
  clock: Clock
  storage: UploadStorage
  outbox: Pick<Outbox, 'retry' | 'failed'>
  items: Readonly<Ref<readonly Item[]>>
}

export class Uploads {
  readonly all: ShallowRef<readonly Upload[]> = shallowRef([])
  readonly #context: UploadsContext
  readonly #running = new Map<string, AbortController>()
  readonly #loading = new Set<string>()
  /** Messages whose files are not here any more, or were uploaded again: not twice. */
  readonly #settled = new Set<string>()
  #wakers: (() => void)[] = []

  constructor(context: UploadsContext) {
    this.#context = context
    window.addEventListener('online', () => this.connectionOpened())
    void this.#restore()
  }

  /** Those that the composer of the room shows. */
  inComposer(room: string): Upload[] {
    return this.all.value.filter((upload) => upload.room === room && !upload.sent)
  }

  /** Those of a message that is not sent yet. */
  ofItem({ uploads = [], files = [] }: Pick<Item, 'uploads' | 'files'>): Upload[] {
    return this.all.value.filter(
      (one) => uploads.includes(one.key) || files.some((file) => idOfFile(file) === idOf(one)),
    )
  }

  /** @returns how many of the files a message has no place for */
  add(room: string, files: readonly File[]): number {
    const { user, tab, clock, storage } = this.#context
    const taken = files.slice(0, limits.maxFilesPerMessage - this.inComposer(room).length)
    const added = taken.map((file): StoredUpload => {
      const { name, type } = file
      return { key: randomKey(), user, tab, room, file, name, type, alt: '', at: clock.now() }
    })
    for (const upload of added) void storage.put(upload)
    this.all.value = [...this.all.value, ...added.map(begun)]
    this.#startNext()
    return files.length - taken.length
  }

  /** What is said in place of an image, with each letter: the button that sends does not take the focus from the field. */
  describe(key: string, alt: string) {
    this.all.value = this.all.value.map((one) => (one.key === key ? { ...one, alt } : one))
  }

  /** With its file, which may be large. */
  keepDescription(key: string) {
    this.#change(key, {})
  }

  /** An image as it is, or without its metadata: what was sent of it is deleted, and it is sent again as another upload. */
  sendAsFile(key: string, asFile: boolean) {
    const upload = this.#find(key)
    if (!upload || upload.sent) return
    this.#stop(upload)
    this.#beginAgain(key, { asFile, sentAs: randomKey() })
    this.#startNext()
  }

  remove(key: string) {
    const upload = this.#find(key)
    if (!upload) return
    this.#stop(upload)
    void this.#context.storage.remove(key)
    this.all.value = this.all.value.filter((one) => one !== upload)
    this.#startNext()
  }

  #stop({ key, address, user, progress, sent }: Upload) {
    this.#running.get(key)?.abort()
    this.#running.delete(key)
    // What a message has stays. The server removes by itself what is not deleted now.
    if (address && !(sent && progress.state === 'done')) void deleteUpload(address, user).catch(() => {})
  }

  retry(key: string) {
    this.#progress(key, { state: 'waiting' })
    this.#startNext()
  }

  /** A message takes the files of the composer. @returns their keys */
  take(room: string): string[] {
    const taken = this.inComposer(room)
    for (const { key } of taken) this.#change(key, { sent: true })
    return taken.map(({ key }) => key)
  }

  /** Goes on with what this tab had before it was reloaded. */
  async #restore() {
    const { storage, user, tab, clock } = this.#context
    const kept = await storage.all()
    for (const { key, user: owner, at, sent } of kept) {
      const isOld = at < clock.now() - (sent ? sentKeptMs : keptMs)
      if (owner !== user || isOld) void storage.remove(key)
    }
    const ours = kept.filter((one) => one.user === user && one.tab === tab && !one.sent && !this.#find(one.key))
    this.all.value = [...ours.map(begun), ...this.all.value]
    this.follow()
  }

  /** To be called when the items of the outbox change: messages wait for files, are discarded, or are tried again. */
  follow() {
    const { items, outbox } = this.#context
    for (const item of items.value) {
      const { key, uploads, uploaded, sending } = item
      if (uploaded) this.#followUploaded(item, uploaded)
      if (!uploads) continue
      const found = uploads.map((one) => this.#find(one))
      if (found.includes(undefined)) void this.#load(key, uploads)
      if (sending.state !== 'waiting' || found.includes(undefined)) continue
      for (const one of found) if (one?.progress.state === 'refused') this.retry(one.key)
      const files = found.flatMap((one) => (one && namedOf(one)) ?? [])
      if (files.length === uploads.length) outbox.retry(key, { files, uploads: undefined, uploaded: uploads })
    }
    this.#dropUnused()
    this.#startNext()
  }

  /** Its files were complete. If it waited for so long that the server has forgotten them, they are uploaded again. */
  #followUploaded({ key, sending, code }: Item, uploaded: string[]) {
    if (this.#settled.has(key)) return
    if (uploaded.some((one) => !this.#find(one))) return void this.#load(key, uploaded, true)
    if (sending.state !== 'refused' || code !== 'no-such-file') return
    this.#settled.add(key)
    for (const one of uploaded) this.#beginAgain(one)
    this.#context.outbox.retry(key, { files: undefined, uploads: uploaded, uploaded: undefined })
  }

  #beginAgain(key: string, change: Pick<StoredUpload, 'asFile' | 'sentAs'> = {}) {
    const upload = this.#find(key)
    if (!upload) return
    const { address: _, sentAlt: __, progress: ___, ...before } = upload
    const kept = { ...before, ...change }
    this.all.value = this.all.value.map((one) => (one === upload ? begun(kept) : one))
    void this.#context.storage.put(kept)
  }

  /** The message comes from another tab, or from before a reload. */
  async #load(item: string, keys: readonly string[], areComplete = false) {
    const { storage, outbox, tab } = this.#context
    if (this.#loading.has(item)) return
    this.#loading.add(item)
    const missing = keys.filter((key) => !this.#find(key))
    const loaded = (await Promise.all(missing.map((key) => storage.get(key)))).flatMap((one) => one ?? [])
    this.#loading.delete(item)
    this.all.value = [...this.all.value, ...loaded.map((one) => begun({ ...one, tab }))]
    // They are needed only if the server has forgotten them; then it has said so.
    if (loaded.length < missing.length && areComplete) this.#settled.add(item)
    else if (loaded.length < missing.length)
      outbox.failed(item, { code: 'no-such-file', message: '', retryAfterMs: undefined })
    else this.follow()
  }

  #dropUnused() {
    const items = this.#context.items.value
    for (const upload of this.all.value) {
      if (!upload.sent) continue
      if (items.some(({ uploads = [], uploaded = [] }) => [...uploads, ...uploaded].includes(upload.key))) continue
      const id = idOf(upload)
      if (id !== undefined && items.some(({ files }) => files?.some((file) => idOfFile(file) === id)))
        void this.#context.storage.remove(upload.key)
      else this.remove(upload.key)
    }
  }

  #startNext() {
    for (const upload of this.all.value) {
      if (this.#running.size >= maxRunning) return
      if (upload.progress.state !== 'waiting' || this.#running.has(upload.key)) continue
      if (!upload.sent || this.#itemOf(upload.key)?.sending.state === 'waiting') void this.#run(upload)
    }
  }

  async #run(upload: Upload) {
    const { key } = upload
    const controller = new AbortController()
    this.#running.set(key, controller)
    const isCurrent = () => this.#running.get(key) === controller
    try {
      await send(upload, {
        clock: this.#context.clock,
        signal: controller.signal,
        online: () => new Promise((resolve) => this.#wakers.push(resolve)),
        changed: (progress) => isCurrent() && this.#progress(key, progress),
        alt: () => this.#find(key)?.alt ?? upload.alt,
        created: (address, sentAlt) => isCurrent() && this.#change(key, { address, sentAlt }),
      })
    } catch (error) {
      if (!controller.signal.aborted) throw error
    } finally {
      if (isCurrent()) this.#running.delete(key)
    }
    if (controller.signal.aborted) return
    this.#ended(key)
  }

  #ended(key: string) {
    const { progress } = this.#find(key) ?? {}
    const item = this.#itemOf(key)
    if (progress?.state === 'refused' && item?.sending.state === 'waiting') {
      const { code = 'bad-field', message } = progress
      this.#context.outbox.failed(item.key, { code: code as ErrorCode, message, retryAfterMs: undefined })
    }
    this.follow()
  }

  #itemOf(key: string): Item | undefined {
    return this.#context.items.value.find(({ uploads }) => uploads?.includes(key))
  }

  #find(key: string): Upload | undefined {
    return this.all.value.find((one) => one.key === key)
  }

  #progress(key: string, progress: UploadState) {
    this.all.value = this.all.value.map((one) => (one.key === key ? { ...one, progress } : one))
  }

  #change(key: string, change: Pick<Partial<StoredUpload>, 'alt' | 'sentAlt' | 'sent' | 'address'>) {
    this.all.value = this.all.value.map((one) => (one.key === key ? ({ ...one, ...change } as Upload) : one))
    const upload = this.#find(key)
    if (!upload) return
    const { progress: _, ...kept } = upload
    void this.#context.storage.put(kept)
  }

  /** The server can be reached: waiting for that has ended. */
  connectionOpened() {
    for (const wake of this.#wakers.splice(0)) wake()
  }
}

interface Sender {
  user: User
  outbox: Outbox
  items: UploadsContext['items']
  uploads: Uploads | undefined
}

/** Those of the page: one for all rooms. */
export function uploadsOf(chat: Sender): Uploads {
  chat.uploads ??= new Uploads({
    user: chat.user.id,
    tab: sessionTab(),
    clock: steadyClock,
    storage: openUploadStorage(),
    outbox: chat.outbox,
    items: chat.items,
  })
  return chat.uploads
}

function sessionTab(): string {
  try {
    return sessionStorage.getItem(storageKeys.tab) ?? ''
  } catch {
    // Storage may be forbidden: nothing is there after a reload.
    return ''
  }
}

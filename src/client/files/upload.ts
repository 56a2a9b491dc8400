/** One upload, from the choice of its file until the server has all of it. */
import type { Clock } from '../../../clients/js/src/clock.ts'
import type { NamedFile } from '../../../clients/js/src/outbox-items.ts'
import { createUpload, readOffset, sendBytes, UploadError } from './tus.ts'

/** The part of an upload that outlives the page. */
export interface StoredUpload {
  key: string
  user: number
  tab: string
  room: string
  file: Blob
  name: string
  type: string
  alt: string
  /** Whether an image is sent as it is, with its metadata, and shown as a file. */
  asFile?: boolean
  /** The server's name for it, once it was sent in another way before. */
  sentAs?: string
  at: number
  /** Where it is on the server, once that has been created. */
  address?: string
  /** The text for those who do not see it that the server was told. */
  sentAlt?: string
  /** Whether a message waits for it. Until then it belongs to the composer. */
  sent?: true
}

export type UploadState =
  /** `message`: why the server does not take it now. */
  | { state: 'waiting'; offline?: true; message?: string }
  | { state: 'sending'; sent: number }
  | { state: 'done'; id: string }
  | { state: 'refused'; code: string | undefined; message: string }

export type Upload = StoredUpload & { progress: UploadState }

export function begun(upload: StoredUpload): Upload {
  return { ...upload, progress: { state: 'waiting' } }
}

export function idOf({ progress }: Upload): string | undefined {
  return progress.state === 'done' ? progress.id : undefined
}

/** With its description, if that was typed after the server had been told another. */
export function namedOf(upload: Upload): NamedFile | undefined {
  const id = idOf(upload)
  const { alt, sentAlt = '' } = upload
  return id === undefined || alt === sentAlt ? id : { id, alt }
}

const firstRetryMs = 1_000
const maxRetryMs = 30_000

interface Sending {
  clock: Clock
  signal: AbortSignal
  /** Resolves when it is worth to try again sooner: the browser is online again. */
  online(): Promise<void>
  changed(progress: UploadState): void
  /** The text for those who do not see it, as it is now. */
  alt(): string
  /** It has an address now, and is to be kept with it and with the text that the server was told. */
  created(address: string, alt: string): void
}

/** Ends when the upload is complete or refused, or with the error of its signal. */
export async function send(upload: StoredUpload, sending: Sending): Promise<void> {
  const { clock, signal, online, changed } = sending
  let waitMs = firstRetryMs
  let { address } = upload
  let isRestarted = false
  while (!signal.aborted) {
    try {
      const isNew = address === undefined
      address ??= await create(upload, sending)
      const from = isNew ? 0 : await readOffset(address, upload.file, upload.user, signal)
      const offset = await sendRest(upload, address, from, sending, () => (waitMs = firstRetryMs))
      if (offset >= upload.file.size) return changed({ state: 'done', id: address.split('/').at(-1) ?? '' })
    } catch (error) {
      if (!(error instanceof UploadError)) throw error
      if (error.isGone && address && !isRestarted) {
        address = undefined
        isRestarted = true
      } else if (!error.isPassing) {
        return changed({ state: 'refused', code: error.code, message: error.message })
      } else {
        const { status, message } = error
        changed(status ? { state: 'waiting', message } : { state: 'waiting', offline: true })
        await Promise.race([pause(clock, error.retryAfterMs ?? waitMs, signal), online()])
        waitMs = Math.min(maxRetryMs, waitMs * 2)
      }
    }
  }
  signal.throwIfAborted()
}

async function create(upload: StoredUpload, sending: Sending) {
  const { sentAs: key = upload.key, user, room, name, type, file, asFile = false } = upload
  const { signal, changed, created } = sending
  changed({ state: 'sending', sent: 0 })
  const alt = sending.alt()
  const address = await createUpload({ key, user, room, name, type, alt, bytes: file.size, asFile }, signal)
  created(address, alt)
  return address
}

async function sendRest(
  { user, file }: StoredUpload,
  address: string,
  offset: number,
  { signal, changed }: Sending,
  moved: () => void,
): Promise<number> {
  changed({ state: 'sending', sent: offset })
  if (offset >= file.size) return offset
  const progress = (sent: number) => {
    moved()
    changed({ state: 'sending', sent })
  }
  return await sendBytes(address, file, offset, { user, signal, progress })
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    signal.addEventListener('abort', () => {
      cancel()
      resolve()
    })
  })
}

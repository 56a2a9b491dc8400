/** The part of tus 1.0 (https://tus.io/protocols/resumable-upload) that the page needs. */
import { roomPath } from '../../shared/room-path.ts'

/** Somebody else may have signed in meanwhile: the server then refuses what is not theirs. */
function headersOf(user: number): Record<string, string> {
  return { 'Tus-Resumable': '1.0.0', 'Teahouse-User': String(user) }
}

export interface NewUpload {
  /** With it, an upload that is begun again is the same one: the answer to the first time may have been lost. */
  key: string
  /** The id of the user whose file it is. */
  user: number
  room: string
  name: string
  type: string
  bytes: number
  alt: string
  /** Whether an image is kept as it is, with its metadata, and shown as a file. */
  asFile: boolean
}

/** The server said no, or has nothing under that address. `status` 0: there was no answer. */
export class UploadError extends Error {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(status: number, body = '', retryAfter: string | null = null) {
    const { message, code } = readRefusal(body)
    super(message)
    this.name = 'UploadError'
    this.status = status
    this.code = code
    const seconds = Number(retryAfter)
    this.retryAfterMs = seconds > 0 ? seconds * 1_000 : undefined
  }

  /** The server has forgotten the upload. */
  get isGone(): boolean {
    return this.status === 404 || this.status === 410
  }

  /** Trying again may help, without any change. */
  get isPassing(): boolean {
    return this.status === 0 || this.status >= 500 || [408, 409, 423, 425, 429, 460].includes(this.status)
  }
}

/** @returns the address of the upload, whose last part is the id of the file */
export async function createUpload(upload: NewUpload, signal: AbortSignal): Promise<string> {
  const metadata = {
    filename: upload.name,
    filetype: upload.type,
    alt: upload.alt,
    key: upload.key,
    asFile: upload.asFile ? '1' : '',
  }
  const response = await request(`${roomPath(upload.room)}/files`, signal, {
    method: 'POST',
    headers: {
      ...headersOf(upload.user),
      'Upload-Length': String(upload.bytes),
      'Upload-Metadata': writeMetadata(metadata),
    },
  })
  const location = response.headers.get('Location')
  if (!location) throw new UploadError(response.status)
  return new URL(location, document.baseURI).pathname
}

/** @returns how many bytes of the file the server has */
export async function readOffset(address: string, file: Blob, user: number, signal: AbortSignal): Promise<number> {
  try {
    const { headers } = await request(address, signal, { method: 'HEAD', headers: headersOf(user) })
    const offset = headers.get('Upload-Offset')
    // What the server keeps of an image is shorter, without its metadata.
    return offset !== null && offset === headers.get('Upload-Length') ? file.size : Number(offset ?? 0)
  } catch (error) {
    if (!(error instanceof UploadError) || error.status !== 423) throw error
    // All of it is there, and is not complete. The answer to an empty part says why.
    return await sendBytes(address, file, file.size, { user, signal, progress: () => {} })
  }
}

export async function deleteUpload(address: string, user: number): Promise<void> {
  await request(address, undefined, { method: 'DELETE', headers: headersOf(user), keepalive: true })
}

/** Sends the bytes from `offset` on. Only XMLHttpRequest tells how far it is. @returns the new offset */
export function sendBytes(
  address: string,
  file: Blob,
  offset: number,
  { user, signal, progress }: { user: number; signal: AbortSignal; progress: (sent: number) => void },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()
    signal.addEventListener('abort', abort, { once: true })
    xhr.open('PATCH', address)
    for (const [name, value] of Object.entries(headersOf(user))) xhr.setRequestHeader(name, value)
    xhr.setRequestHeader('Content-Type', 'application/offset+octet-stream')
    xhr.setRequestHeader('Upload-Offset', String(offset))
    xhr.upload.onprogress = ({ loaded }) => progress(offset + loaded)
    xhr.onloadend = () => {
      signal.removeEventListener('abort', abort)
      if (xhr.status >= 200 && xhr.status < 300) resolve(Number(xhr.getResponseHeader('Upload-Offset') ?? file.size))
      else reject(new UploadError(xhr.status, xhr.responseText, xhr.getResponseHeader('Retry-After')))
    }
    xhr.send(file.slice(offset))
  })
}

async function request(address: string, signal: AbortSignal | undefined, init: RequestInit): Promise<Response> {
  const response = await fetch(address, {
    ...init,
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new UploadError(0)
  })
  if (response.ok) return response
  throw new UploadError(response.status, await response.text(), response.headers.get('Retry-After'))
}

/** `filename aGVsbG8=,filetype …`: values in base64 of their UTF-8. */
export function writeMetadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',')
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
}

/** An error frame; a proxy may answer with anything. */
function readRefusal(body: string): { message: string; code?: string } {
  try {
    const { message = '', code } = JSON.parse(body)
    return { message: String(message), code }
  } catch {
    return { message: '' }
  }
}

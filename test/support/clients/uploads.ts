/** Uploads files and reads them, as programs do. */
import { Upload, type UploadOptions } from 'tus-js-client'
import type { FileInfo } from '../../../src/shared/protocol/types.ts'

interface Site {
  url: string
}

export interface UploadedFile {
  room?: string
  name?: string
  type?: string
  bytes: Buffer | string
  metadata?: Record<string, string>
}

export type Headers = Record<string, string>

/** The header of tus for what is known of a file. */
export function metadataOf(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

export const tusHeaders = { 'tus-resumable': '1.0.0' }
export const partHeaders = { ...tusHeaders, 'content-type': 'application/offset+octet-stream' }

/** Begins an upload, or makes a whole one when its bytes come with it. */
export function create({ url }: Site, by: Headers, file: UploadedFile, more: Headers = {}): Promise<Response> {
  const { room = 'lobby', name = 'file.bin', type = 'application/octet-stream', bytes, metadata } = file
  const headers = {
    ...tusHeaders,
    'upload-length': String(Buffer.byteLength(bytes)),
    'upload-metadata': metadataOf({ filename: name, filetype: type, ...metadata }),
    ...by,
    ...more,
  }
  return fetch(`${url}/rooms/${encodeURIComponent(room)}/files`, { method: 'POST', headers })
}

/** @returns the path of the upload */
export async function begun(site: Site, by: Headers, file: UploadedFile): Promise<string> {
  const response = await create(site, by, file)
  if (response.status !== 201) throw new Error(`The upload was refused: ${response.status} ${await response.text()}`)
  return response.headers.get('location') ?? ''
}

export function append(
  { url }: Site,
  by: Headers,
  path: string,
  offset: number,
  bytes: Buffer | string,
  more: Headers = {},
) {
  const headers = { ...partHeaders, 'upload-offset': String(offset), ...by, ...more }
  return fetch(url + path, { method: 'PATCH', headers, body: new Uint8Array(Buffer.from(bytes)) })
}

/** Uploads a whole file. @returns its id */
export async function uploaded(site: Site, by: Headers, file: UploadedFile): Promise<string> {
  const path = await begun(site, by, file)
  if (file.bytes.length) {
    const response = await append(site, by, path, 0, file.bytes)
    if (response.status !== 204) throw new Error(`A part was refused: ${response.status} ${await response.text()}`)
  }
  return idIn(path)
}

export function idIn(path: string): string {
  return path.split('/').at(-1) ?? ''
}

/** How much of an upload is here. */
export async function offsetOf({ url }: Site, by: Headers, path: string): Promise<number> {
  const response = await fetch(url + path, { method: 'HEAD', headers: { ...tusHeaders, ...by } })
  if (response.status !== 200) throw new Error(`There is no such upload: ${response.status}`)
  return Number(response.headers.get('upload-offset'))
}

export function read({ url }: Site, by: Headers, id: string, more: Headers = {}, method = 'GET'): Promise<Response> {
  return fetch(`${url}/files/${id}/name`, { method, headers: { ...by, ...more } })
}

export async function bytesOf(site: Site, by: Headers, id: string): Promise<Buffer> {
  const response = await read(site, by, id)
  if (response.status !== 200) throw new Error(`It cannot be read: ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

/** Uploads with the client of the tus project, as it is. @returns the path of the upload */
export async function uploadByTus(endpoint: string, by: Headers, bytes: Buffer, options: Partial<UploadOptions> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const upload = new Upload(bytes, {
    endpoint,
    headers: by,
    metadata: { filename: 'file.bin', filetype: 'application/octet-stream' },
    retryDelays: Array.from({ length: 50 }, () => 20),
    onSuccess: () => resolve(new URL(upload.url ?? '').pathname),
    onError: reject,
    ...options,
  })
  upload.start()
  return await promise
}

/** Sends a form with files. */
export async function sendForm({ url }: Site, by: Headers, form: FormData) {
  const response = await fetch(`${url}/api/files`, { method: 'POST', headers: by, body: form })
  return {
    status: response.status,
    frame: (await response.json()) as { files?: FileInfo[]; code?: string; message?: string },
  }
}

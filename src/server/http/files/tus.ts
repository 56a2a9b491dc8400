/** The headers of tus 1.0, https://tus.io/protocols/resumable-upload. What a client may leave out has a meaning here, too. */
import type { Context } from 'koa'
import { roomPath } from '../../../shared/room-path.ts'
import { uploadKey } from '../../files/description/upload-key.ts'
import type { NewUpload } from '../../files/note-upload.ts'
import { type Checksum, checksumAlgorithms } from '../../files/partial-files.ts'
import type { Upload } from '../../files/uploads.ts'

const version = '1.0.0'
export const bodyType = 'application/offset+octet-stream'
const extensions = ['creation', 'creation-with-upload', 'termination', 'checksum', 'expiration']

/** What the server can do. */
export function setCapabilities(ctx: Context, maxBytes: number): void {
  ctx.set({
    'Tus-Resumable': version,
    'Tus-Version': version,
    'Tus-Extension': extensions.join(','),
    'Tus-Checksum-Algorithm': checksumAlgorithms.join(','),
    'Tus-Max-Size': String(maxBytes),
  })
}

/** @throws 412 when the client speaks another version, or none */
export function refuseOtherVersion(ctx: Context): void {
  ctx.set('Tus-Resumable', version)
  if (ctx.get('Tus-Resumable') === version) return
  ctx.set('Tus-Version', version)
  ctx.throw(412, `Send "Tus-Resumable: ${version}".`)
}

export function setProgress(ctx: Context, { offset, bytes, expiresAt }: Upload): void {
  ctx.set({
    'Upload-Offset': String(offset),
    'Upload-Length': String(bytes),
    'Upload-Expires': new Date(expiresAt).toUTCString(),
  })
}

export function uploadPath({ room, id }: Pick<Upload, 'room' | 'id'>): string {
  return `${roomPath(room)}/files/${id}`
}

/** What a client announces. @throws 400; ChatError `bad-field` */
export function newUpload(ctx: Context, room: string): NewUpload {
  const bytes = numberIn(ctx, 'Upload-Length') ?? ctx.throw(400, 'Send "Upload-Length": the bytes of the whole file.')
  const metadata = metadataIn(ctx)
  const key = uploadKey(metadata.get('key'))
  return {
    room,
    bytes,
    name: metadata.get('filename') ?? metadata.get('name') ?? '',
    type: metadata.get('filetype') ?? metadata.get('type') ?? '',
    alt: metadata.get('alt') ?? '',
    key,
    asFile: ['1', 'true'].includes(metadata.get('asFile') ?? ''),
  }
}

/** `key base64, key base64`; a key may come without a value. @throws 400 */
function metadataIn(ctx: Context): Map<string, string> {
  const pairs = ctx
    .get('Upload-Metadata')
    .split(',')
    .map((pair) => pair.trim())
    .filter(Boolean)
  return new Map(
    pairs.map((pair) => {
      const [, key = '', value = ''] = /^([^\s,]+)(?: +([\w+/=-]*))?$/.exec(pair) ?? []
      if (!key) ctx.throw(400, '"Upload-Metadata" is a list of keys, each with a value in base64.')
      return [key, Buffer.from(value, 'base64').toString()]
    }),
  )
}

/** A whole number. @throws 400 for anything else */
export function numberIn(ctx: Context, header: string): number | undefined {
  const text = ctx.get(header)
  if (text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) ctx.throw(400, `"${header}" is a whole number.`)
  return Number(text)
}

/** `sha256 base64`. @throws 400 for an algorithm that the server does not have */
export function checksumIn(ctx: Context): Checksum | undefined {
  const text = ctx.get('Upload-Checksum')
  if (text === '') return undefined
  const [name = '', digest = ''] = text.split(' ', 2)
  const algorithm = checksumAlgorithms.find((one) => one === name.toLowerCase())
  if (!algorithm) return ctx.throw(400, `The checksums are ${checksumAlgorithms.join(' and ')}.`)
  return { algorithm, digest: Buffer.from(digest, 'base64') }
}

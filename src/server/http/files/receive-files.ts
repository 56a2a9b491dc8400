/** Files of a form, from the request to the store. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import { normalizeName } from '../../../shared/text.ts'
import type { Session } from '../../auth/sessions.ts'
import { uploadKey } from '../../files/description/upload-key.ts'
import { watchPace } from '../../files/receive.ts'
import type { Received } from '../../files/uploads.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { AppContext } from '../app-context.ts'
import { type Fields, FormFault, type FormFile, readForm } from './multipart.ts'

/** A file of a form that is on the disk and not in the store. */
export interface ReceivedFile {
  received: Received
  /** As claimed. */
  name: string
  type: string
}

/** What a form has besides its files. */
const formBytes = 1024 * 1024

/** Takes in the files of a form, for `curl` and other programs. See docs/protocol.md, "Uploads and files". @throws ChatError; FormFault */
export async function answerForm(ctx: Context, app: AppContext, session: Session): Promise<void> {
  const { uploads } = app.files
  const fields: Fields = new Map()
  await receiveForm(ctx, app, session, fields, async (received) => {
    const room = normalizeName(fields.get('room')?.at(-1) ?? '')
    const asFile = ['1', 'true', 'on'].includes(fields.get('asFile')?.at(-1) ?? '')
    if (!received.length) throw new ChatError('bad-field', 'Send at least one "file".')
    const keys = keysIn(ctx, fields, received.length)
    await app.chat.join(session, room)
    const files = received.map((file, index) => {
      return { ...file, room, asFile, alt: fields.get('alt')?.[index] ?? '', key: keys[index] }
    })
    const added = await uploads.addWhole({ session, network: networkOf(app.addressOf(ctx.req)) }, files)
    ctx.status = 201
    ctx.body = { type: 'files', files: added.map(({ file }) => file) }
  })
}

/** The client's own names for the files; the header stands for the only one. @throws ChatError `bad-field` */
function keysIn(ctx: Context, fields: Fields, files: number): (string | undefined)[] {
  const keys = (fields.get('key') ?? [ctx.get('Idempotency-Key')]).map(uploadKey)
  if (keys.some(Boolean) && keys.length !== files)
    throw new ChatError('bad-field', 'Send a "key" for each file, in the same order, or none.')
  return keys
}

/**
 * Receives a form. Its files are gone afterwards, but for those that `use` has added.
 * @param fields gets the fields, also those of a form that is refused
 * @throws ChatError; FormFault; what `use` throws
 */
export async function receiveForm<Result>(
  ctx: Context,
  { files: { uploads, longBodies }, addressOf }: AppContext,
  session: Session,
  fields: Fields,
  use: (received: ReceivedFile[]) => Promise<Result>,
): Promise<Result> {
  longBodies.allow(ctx.req, ctx.res)
  const uploader = { session, network: networkOf(addressOf(ctx.req)) }
  const files: ReceivedFile[] = []
  const read = (arrived?: (bytes: number) => void) =>
    readInTime(ctx.req, fields, async ({ name, type, body }) => {
      const receive = (arrived: (bytes: number) => void) => uploads.receiveWhole(uploader, body, arrived)
      // A text is taken while the disk is too full for files, however small they are.
      const received = arrived ? receive(arrived) : uploads.whileReceiving(uploader, { form: 0, files: 0 }, receive)
      files.push({ received: await received, name, type })
    })
  try {
    const length = lengthOf(ctx.req, uploads.limits.maxFileBytes)
    if (length <= formBytes) await read()
    else await uploads.whileReceiving(uploader, { form: length, files: length - formBytes }, read)
    return await use(files)
  } finally {
    for (const { received } of files) await uploads.dropWhole(received.id)
  }
}

/** All of the form has to come at the pace of an upload, what stands between its files as well. @throws UploadFault, and what `readForm` throws */
async function readInTime(request: IncomingMessage, fields: Fields, take: (file: FormFile) => Promise<void>) {
  const watch = watchPace(request, new AbortController().signal, () => request.socket.bytesRead)
  try {
    return await readForm(request, fields, take)
  } catch (error) {
    throw watch.fault ?? error
  } finally {
    watch.end()
  }
}

/** @throws FormFault for a form that does not say how long it is; ChatError `too-large` for one that cannot be but too large */
function lengthOf({ headers }: IncomingMessage, maxFileBytes: number): number {
  const length = headers['content-length']
  if (length === undefined) throw new FormFault('Send "Content-Length".', 411)
  if (Number(length) > maxFileBytes * limits.maxFilesPerMessage + formBytes)
    throw new ChatError('too-large', `A file has at most ${maxFileBytes} bytes.`)
  return Number(length)
}

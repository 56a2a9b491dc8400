/** Files of a form, from the request to the store. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import { normalizeName } from '../../../shared/text.ts'
import type { Session } from '../../auth/sessions.ts'
import { watchPace } from '../../files/receive.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { StoredFile } from '../../store/store.ts'
import type { AppContext } from '../app-context.ts'
import { FormFault, type FormFile, readForm } from './multipart.ts'

interface Uploader {
  session: Session
  network: string
}

/** What a form has besides its files. */
const formBytes = 1024 * 1024

/** Takes in the files of a form, for `curl` and for the page without a script. See docs/protocol.md, "Uploads and files". @throws ChatError; FormFault */
export async function answerForm(
  ctx: Context,
  { files, chat, addressOf }: AppContext,
  session: Session,
): Promise<void> {
  files.longBodies.allow(ctx.req, ctx.res)
  const uploader = { session, network: networkOf(addressOf(ctx.req)) }
  const received = await receiveFiles(ctx.req, { uploads: files.uploads, chat }, uploader)
  ctx.status = 201
  ctx.body = { type: 'files', files: received.map(({ file }) => file) }
}

/**
 * The fields are `room`, the files, and for each of them `alt`, in the same order.
 * @throws ChatError; FormFault
 */
async function receiveFiles(
  request: IncomingMessage,
  { uploads, chat }: Pick<AppContext['files'], 'uploads'> & Pick<AppContext, 'chat'>,
  uploader: Uploader,
): Promise<StoredFile[]> {
  const received: { id: string; bytes: number; name: string; type: string }[] = []
  try {
    const length = lengthOf(request, uploads.limits.maxFileBytes)
    const bytes = { form: length, files: Math.max(0, length - formBytes) }
    const { fields } = await uploads.whileReceiving(uploader.session, bytes, (arrived) =>
      readInTime(request, async ({ name, type, body }) => {
        received.push({ ...(await uploads.receiveWhole(body, arrived)), name, type })
      }),
    )
    const room = normalizeName(fields.get('room')?.at(-1) ?? '')
    const asFile = ['1', 'true', 'on'].includes(fields.get('asFile')?.at(-1) ?? '')
    if (!received.length) throw new ChatError('bad-field', 'Send at least one "file".')
    await chat.join(uploader.session, room)
    const files = received.map(({ id, bytes, name, type }, index) => {
      return { received: { id, bytes }, room, name, type, alt: fields.get('alt')?.[index] ?? '', asFile }
    })
    return await uploads.addWhole(uploader, files)
  } catch (error) {
    for (const { id } of received) await uploads.dropWhole(id)
    throw error
  }
}

/** All of the form has to come at the pace of an upload, what stands between its files as well. @throws UploadFault, and what `readForm` throws */
async function readInTime(request: IncomingMessage, take: (file: FormFile) => Promise<void>) {
  const watch = watchPace(request, new AbortController().signal, () => request.socket.bytesRead)
  try {
    return await readForm(request, take)
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

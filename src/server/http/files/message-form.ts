/** The form of the page that writes a message without a script: its text, and the files that were chosen for it. */
import type { Context } from 'koa'
import { errorText } from '../../../shared/error-texts.ts'
import { formatBytes } from '../../../shared/files/display.ts'
import { ChatError, dailyQuotaMessage } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import type { Session } from '../../auth/sessions.ts'
import { dailyBytesOf } from '../../files/limits/upload-limits.ts'
import { networkOf } from '../../rate-limit/network.ts'
import type { StoredFile } from '../../store/store.ts'
import type { AppContext } from '../app-context.ts'
import { type Fields, TooManyFiles } from './multipart.ts'
import { type ReceivedFile, receiveForm } from './receive-files.ts'

export interface MessageForm {
  text: string
  /** Names the message, so that a form that is sent twice is stored once. */
  key: string
  /** One for all of the files. */
  alt: string
  /** Whether images are sent as they are, with their metadata. */
  asFile: boolean
}

/** A form that was refused. What it says is kept for the next try; its files are to be chosen again. */
export class RefusedForm extends Error {
  readonly form: MessageForm
  readonly reason: ChatError | TooManyFiles
  readonly hadFiles: boolean

  constructor(form: MessageForm, reason: RefusedForm['reason'], hadFiles: boolean) {
    super(reason.message, { cause: reason })
    this.name = 'RefusedForm'
    this.form = form
    this.reason = reason
    this.hadFiles = hadFiles
  }
}

/**
 * @param use is given the ids of the files, which are stored, and are removed again when it throws
 * @throws RefusedForm
 */
export async function withMessageForm(
  ctx: Context,
  app: AppContext,
  session: Session,
  room: string,
  use: (form: MessageForm, files: string[] | undefined) => Promise<void>,
): Promise<void> {
  const fields: Fields = new Map()
  const field = (name: string) => fields.get(name)?.at(-1) ?? ctx.field(name)
  const read = (): MessageForm => ({
    // Forms break lines with two characters, which are not counted.
    text: field('data').replaceAll('\r\n', '\n').trimEnd(),
    key: field('key'),
    alt: field('alt'),
    asFile: field('asFile') !== '',
  })
  let hadFiles = false
  try {
    if (!ctx.is('multipart')) return await use(read(), undefined)
    await receiveForm(ctx, app, session, fields, async (received) => {
      hadFiles = received.length > 0
      await sendWith(ctx, app, session, { ...read(), room, received }, (files) => use(read(), files))
    })
  } catch (error) {
    const isKept = error instanceof ChatError || error instanceof TooManyFiles
    if (isKept) throw new RefusedForm(read(), error, hadFiles || isOfFiles(error))
    throw error
  }
}

async function sendWith(
  ctx: Context,
  { files: { uploads }, chat, addressOf }: AppContext,
  session: Session,
  { room, received, alt, asFile }: Pick<MessageForm, 'alt' | 'asFile'> & { room: string; received: ReceivedFile[] },
  use: (files: string[] | undefined) => Promise<void>,
): Promise<void> {
  if (!received.length) return await use(undefined)
  const uploader = { session, network: networkOf(addressOf(ctx.req)) }
  await chat.join(session, room)
  const files = received.map((file) => ({ ...file, room, alt, asFile }))
  const added: StoredFile[] = await uploads.addWhole(uploader, files)
  const ids = added.map(({ file }) => file.id)
  try {
    await use(ids)
  } finally {
    // What a message has by now is not discarded. A form that was sent twice is one message, with the files of the first.
    for (const id of ids) await uploads.discard(uploader, room, id).catch(() => {})
  }
}

function isOfFiles(reason: RefusedForm['reason']): boolean {
  return reason instanceof TooManyFiles || reason.code === 'too-large' || reason.code === 'quota'
}

/** What people read when files were refused, with the limit; undefined for other reasons. */
export function faultOfFiles(
  { state }: Context,
  { files: { uploads } }: AppContext,
  { role }: Session,
  reason: RefusedForm['reason'],
): string | undefined {
  const { t, code } = state.language
  if (reason instanceof TooManyFiles) return t('tooManyFiles', { n: limits.maxFilesPerMessage })
  const { maxFileBytes } = uploads.limits
  if (reason.code === 'too-large') return t('fileTooLarge', { size: formatBytes(maxFileBytes, code) })
  if (reason.code !== 'quota') return undefined
  const dailyBytes = dailyBytesOf(uploads.limits, role)
  const isDaily = reason.message === dailyQuotaMessage(dailyBytes)
  // The server's own sentence states what else was reached.
  const limit = isDaily ? t('filesPerDay', { size: formatBytes(dailyBytes, code) }) : reason.message
  return `${errorText('quota', t)} ${limit}`
}

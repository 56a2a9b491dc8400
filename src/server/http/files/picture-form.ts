/** The form that sends a picture of a user or a room. */
import type { Context } from 'koa'
import { errorText } from '../../../shared/error-texts.ts'
import { formatBytes } from '../../../shared/files/display.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { Session } from '../../auth/sessions.ts'
import { networkOf } from '../../rate-limit/network.ts'
import { callerOf } from '../../rate-limit/user-key.ts'
import type { Picture } from '../../store/store.ts'
import type { AppContext } from '../app-context.ts'
import type { Fields } from './multipart.ts'
import { receiveForm } from './receive-files.ts'

/**
 * Makes a picture of the file of the form.
 * @param note stores it @throws ChatError `bad-field` for what is no image, `too-large`, `quota`, `unavailable`; FormFault; what `note` throws
 */
export async function takePicture<Result>(
  ctx: Context,
  app: AppContext,
  session: Session,
  note: (picture: Picture) => Promise<Result>,
): Promise<Result> {
  const fields: Fields = new Map()
  const network = networkOf(app.addressOf(ctx.req))
  return await receiveForm(ctx, app, session, fields, async ([file]) => {
    if (!file) throw new ChatError('bad-field', 'Choose an image.')
    return await app.files.pictures.take(file.received.path, callerOf({ session, network }), note)
  })
}

/** Why there is no picture now, for people; undefined for what has nothing to do with its file. */
export function pictureFault({ state }: Context, { files }: AppContext, error: unknown): string | undefined {
  if (!(error instanceof ChatError)) return undefined
  const { t, code } = state.language
  if (error.code === 'bad-field') return t('pictureRefused')
  // The server's own sentence states the limit.
  if (error.code === 'quota') return `${errorText('quota', t)} ${error.message}`
  if (error.code !== 'too-large') return undefined
  return t('fileTooLarge', { size: formatBytes(files.uploads.limits.maxFileBytes, code) })
}

/** Uploads that can be continued: tus 1.0, https://tus.io/protocols/resumable-upload. See docs/protocol.md, "Uploads and files". */
import type { Context } from 'koa'
import { sessionOf } from '../../src/server/http/api/requests.ts'
import type { Action, AppContext, Controller } from '../../src/server/http/app-context.ts'
import { refuseCommand, refuseUpload } from '../../src/server/http/error-frame.ts'
import {
  bodyType,
  checksumIn,
  newUpload,
  numberIn,
  refuseOtherVersion,
  setCapabilities,
  setProgress,
  uploadPath,
} from '../../src/server/http/files/tus.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import { ChatError, type ErrorCode } from '../../src/shared/protocol/errors.ts'
import { normalizeName } from '../../src/shared/text.ts'

/** With these an upload is refused whose bytes are all there. */
const ofCompletion: ReadonlySet<string> = new Set<ErrorCode>(['unavailable', 'file-refused', 'too-large'])

export default {
  'OPTIONS /rooms/:room/files': showCapabilities,
  'OPTIONS /rooms/:room/files/:file': showCapabilities,

  'POST /rooms/:room/files': answering(async (ctx, app) => {
    const uploader = await uploaderOf(ctx, app)
    const room = normalizeName(ctx.params.room)
    const announced = newUpload(ctx, room)
    // A body comes with it, or none does.
    const withBody = ctx.is(bodyType) === bodyType
    const checksum = checksumIn(ctx)
    app.files.uploads.refuseUnlessSmall(announced.bytes)
    await app.chat.join(uploader.session, room)
    const created = await app.files.uploads.create(uploader, announced)
    ctx.set('Location', uploadPath(created))
    // What was begun before has its beginning, which is not sent again.
    const upload =
      withBody && created.offset === 0
        ? await app.files.uploads.append(uploader, room, created.id, { offset: 0, ...partOf(ctx, app), checksum })
        : created
    setProgress(ctx, upload)
    ctx.status = 201
  }),

  'HEAD /rooms/:room/files/:file': answering(async (ctx, app) => {
    const uploader = await uploaderOf(ctx, app)
    const { room, file } = ctx.params
    try {
      setProgress(ctx, await app.files.uploads.find(uploader, normalizeName(room), file))
      ctx.status = 200
    } catch (error) {
      if (!(error instanceof ChatError) || !ofCompletion.has(error.code)) throw error
      refuseCommand(ctx, error, {})
      // After any other status clients such as tus-js-client send the whole file again.
      ctx.status = 423
    }
  }),

  'PATCH /rooms/:room/files/:file': answering(async (ctx, app) => {
    const uploader = await uploaderOf(ctx, app)
    const { room, file } = ctx.params
    if (ctx.get('Content-Type') !== bodyType) ctx.throw(415, `Send "Content-Type: ${bodyType}".`)
    const offset = numberIn(ctx, 'Upload-Offset') ?? ctx.throw(400, 'Send "Upload-Offset".')
    const part = { offset, ...partOf(ctx, app), checksum: checksumIn(ctx) }
    setProgress(ctx, await app.files.uploads.append(uploader, normalizeName(room), file, part))
    ctx.status = 204
  }),

  'DELETE /rooms/:room/files/:file': answering(async (ctx, app) => {
    const uploader = await uploaderOf(ctx, app)
    const { room, file } = ctx.params
    await app.files.uploads.discard(uploader, normalizeName(room), file)
    ctx.status = 204
  }),
} satisfies Controller

function showCapabilities(ctx: Context, { files }: AppContext): void {
  setCapabilities(ctx, files.uploads.limits.maxFileBytes)
  ctx.status = 204
}

/** Refusals are frames, as those of commands are. */
function answering(action: Action): Action {
  return async (ctx, app) => {
    refuseOtherVersion(ctx)
    try {
      await action(ctx, app)
    } catch (error) {
      if (error instanceof ChatError) refuseCommand(ctx, error, {})
      else if (!refuseUpload(ctx, error)) throw error
    }
  }
}

async function uploaderOf(ctx: Context, app: AppContext) {
  return { session: await sessionOf(ctx, app), network: networkOf(app.addressOf(ctx.req)) }
}

/** The body, which may take its time from now on. */
function partOf(ctx: Context, { files }: AppContext) {
  files.longBodies.allow(ctx.req, ctx.res)
  return { body: ctx.req, length: numberIn(ctx, 'Content-Length') }
}

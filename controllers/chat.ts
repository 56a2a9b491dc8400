import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { refuseUnlessSeen, roomAskedFor, sessionAsking } from '../src/server/http/asked-room.ts'
import { faultOfFiles, type MessageForm, RefusedForm, withMessageForm } from '../src/server/http/files/message-form.ts'
import { idOf } from '../src/server/http/id.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { iconNameOf } from '../src/shared/appearance/server-icon.ts'
import { type ParsedInput, parseInput } from '../src/shared/commands/parse-input.ts'
import { errorText } from '../src/shared/error-texts.ts'
import type { LazyTextKey } from '../src/shared/language.ts'
import { page as pageEn } from '../src/shared/locales/en/page.ts'
import { page as pageZh } from '../src/shared/locales/zh/page.ts'
import { type Commands, parseCommand } from '../src/shared/protocol/commands.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { limits, lobby } from '../src/shared/protocol/limits.ts'
import type { HistoryPosition, RoomSettings, RoomSummary } from '../src/shared/protocol/types.ts'
import { canModerate, canPin, closedTo } from '../src/shared/rights.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { programName } from '../src/shared/server-settings.ts'
import { hasInk, isolated, normalizeName } from '../src/shared/text.ts'

/** The texts that come with the page. It loads the others on demand. */
const pageTexts = { en: pageEn, zh: pageZh }

const cannotTexts = { archived: 'cannotArchived', muted: 'cannotMuted', 'read-only': 'cannotReadOnly' } as const

/** What stands in the form that writes without the script. */
type Draft = MessageForm & { fault?: string }

export default {
  async 'GET /'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await showFirst(ctx, app, session)
  },

  /** The page without anything about a user. The service worker answers with it when the server cannot be reached. */
  'GET /shell'(ctx, { pages: { render, build } }) {
    const { code } = ctx.state.language
    ctx.body = render(ctx, 'shell.njk', { shell: { build, language: { code, texts: pageTexts[code] } } })
  },

  async 'GET /rooms/:room'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await show(ctx, app, session, await roomAskedFor(ctx, app, session), placeOf(ctx))
  },

  // The address of a refused form: a reload gets the room.
  'GET /rooms/:room/messages': redirectToRoom,
  'GET /rooms/:room/files/message': redirectToRoom,

  // Where they came from is gone, or is to be read.
  'GET /rooms/:room/accept': redirectToRoom,
  'GET /rooms/:room/decline'(ctx) {
    ctx.redirect('/')
  },
  'POST /rooms/:room/accept'(ctx, app) {
    return answer(ctx, app, 'accept')
  },
  'POST /rooms/:room/decline'(ctx, app) {
    return answer(ctx, app, 'leave')
  },

  async 'GET /rooms/:room/:id'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    await show(ctx, app, session, room, { around: idOf(ctx.params.id) ?? ctx.throw(404) })
  },

  'POST /rooms/:room/messages': write,
  // The form of the page: proxies let large bodies pass below `/files`.
  'POST /rooms/:room/files/message': write,
} satisfies Controller

function redirectToRoom(ctx: Context): void {
  ctx.redirect(roomPath(normalizeName(ctx.params.room)))
}

/** Answers the form of the page that writes: a message, with files if some were chosen. */
async function write(ctx: Context, app: AppContext): Promise<void> {
  const session = await sessionAsking(ctx, app)
  if (!session) return
  const room = await roomAskedFor(ctx, app, session)
  try {
    await withMessageForm(ctx, app, session, room, (form, files) => obey(ctx, app, session, room, form, files))
  } catch (error) {
    if (!(error instanceof RefusedForm)) throw error
    const { form, reason } = error
    const draft = { ...form, key: keyAfter(reason, form.key), fault: sentenceOf(ctx, app, session, error) }
    await refuse(ctx, app, session, room, draft, reason)
  }
}

/** Sends what was typed as a message, or runs it as a command. @throws ChatError when it is refused */
async function obey(
  ctx: Context,
  app: AppContext,
  session: Session,
  room: string,
  { text, key }: MessageForm,
  files: string[] | undefined,
): Promise<void> {
  const input = parseInput(text)
  const network = networkOf(app.addressOf(ctx.req))
  switch (input.type) {
    case 'text':
    case 'send':
      return await send(input.text)
    case 'change':
      if (files) throw new CommandFault(ctx.state.language.t('commandWithFiles'))
      await app.chat.change(session, network, changeOf(room, key, input.settings))
      return ctx.seeOther(roomPath(room))
    case 'unknown':
    case 'incomplete':
      if (await isOfBot(app, room, input.name)) return await send(text)
      throw new CommandFault(commandFault(ctx, input))
    default:
      input satisfies never
  }

  async function send(data: string): Promise<void> {
    const id = await app.chat.write(session, network, writingOf(room, key, data, files))
    ctx.seeOther(`${roomPath(room)}#m${id}`)
  }
}

/** Its message is for people. */
class CommandFault extends ChatError {
  constructor(message: string) {
    super('bad-field', message)
  }
}

/** A command of a bot is a message: see `src/server/outgoing/`. */
async function isOfBot({ store }: AppContext, room: string, name: string): Promise<boolean> {
  return (await store.outgoing.commandsIn(room)).some((one) => one.name === name.toLowerCase())
}

/** Answers a request. */
async function answer(ctx: Context, app: AppContext, type: 'accept' | 'leave'): Promise<void> {
  const session = await sessionAsking(ctx, app)
  if (!session) return
  const room = await roomAskedFor(ctx, app, session)
  try {
    await app.chat.moderate(session, networkOf(app.addressOf(ctx.req)), { type, room })
    ctx.seeOther(type === 'accept' ? roomPath(room) : '/')
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    const draft = { ...emptyDraft(), fault: errorText(error.code, ctx.state.language.t) }
    await refuse(ctx, app, session, room, draft, error)
  }
}

/** The lobby. For a user who may not view it, or who has left it, the first of their rooms: opening the lobby would join it again. */
async function showFirst(ctx: Context, app: AppContext, session: Session): Promise<void> {
  const rooms = await app.pages.read(ctx, session, (meter) => app.store.rooms.list(session, meter))
  const kept = rooms.filter(({ left }) => !left)
  const first = kept.find(({ room }) => room === lobby) ?? kept[0] ?? rooms[0]
  if (!first) return showNoRoom(ctx, app, session)
  if (first.room === lobby) return show(ctx, app, session, lobby, placeOf(ctx))
  ctx.redirect(roomPath(first.room))
}

/** Not an error page: its link leads back here, and the sign-in page redirects users who have a session. Here they can end it. */
function showNoRoom(ctx: Context, { pages: { render } }: AppContext, { user }: Session): void {
  ctx.status = 403
  ctx.body = render(ctx, 'room/no-room.njk', { user })
}

async function show(
  ctx: Context,
  app: AppContext,
  session: Session,
  room: string,
  place: HistoryPosition,
  draft?: Draft,
) {
  const { t, code } = ctx.state.language
  const page = await app.pages.read(ctx, session, (meter) => app.chat.roomPage(session, room, place, meter))
  // They may have been removed from the room during the read.
  await refuseUnlessSeen(ctx, app, session, room)
  if (place.around !== undefined && !page.target) ctx.throw(404, t('noSuchMessage', { room: isolated(room) }))
  const here = page.rooms.find((one) => one.room === room)
  ctx.body = app.pages.render(ctx, 'chat.njk', {
    state: {
      ...page,
      serverName: app.settings.now.name || programName,
      serverIcon: iconNameOf(app.settings.now),
      canCreateRooms: session.canViewPublic && (session.role !== 'guest' || app.settings.now.guestRooms),
      language: { code, texts: pageTexts[code] },
    },
    writeBlock: here && writeBlockIn(here, session),
    mayChangePicture:
      here && here.kind !== 'direct' && session.isVerified && canModerate({ ...here, serverRole: session.role }),
    mayPin: here && canPin({ ...here, serverRole: session.role }, session.isVerified),
    draft: draft ?? emptyDraft(),
    maxFiles: limits.maxFilesPerMessage,
    maxFileBytes: app.files.uploads.limits.maxFileBytes,
  })
}

/** Why the user cannot write there, and until when. With a script the page says so. */
function writeBlockIn(
  room: RoomSummary,
  { role: serverRole, isVerified }: Session,
): { text: LazyTextKey; until: number | undefined } | undefined {
  const { role, isCreator = false, mutedUntil } = room
  const why = closedTo(room, isVerified && canModerate({ serverRole, role, isCreator }), Date.now())
  return why && { text: cannotTexts[why], until: mutedUntil }
}

function emptyDraft(): Draft {
  return { text: '', key: crypto.randomUUID(), alt: '', asFile: false }
}

/** @throws ChatError when it cannot be a message */
function writingOf(room: string, key: string, text: string, files: string[] | undefined) {
  const command = parseCommand({ type: 'chat', room, key, data: text, files }) as Commands['chat']
  return { room, key: command.key, content: { type: 'chat', data: command.data, files } } as const
}

/** @throws ChatError when the settings are not valid */
function changeOf(room: string, key: string, settings: RoomSettings) {
  return parseCommand({ type: 'change', room, key, ...settings }) as Commands['change']
}

/** Why a slash command was not run. */
function commandFault(ctx: Context, { type, name }: Extract<ParsedInput, { type: 'unknown' | 'incomplete' }>): string {
  const { t } = ctx.state.language
  return type === 'incomplete'
    ? t('commandNeedsText', { name })
    : `${t('unknownCommand', { name })} ${t('literalSlash')}`
}

/** Shows the room again, with what was written and why it was refused. Programs get the reason alone. */
async function refuse(
  ctx: Context,
  app: AppContext,
  session: Session,
  room: string,
  draft: Draft,
  reason: RefusedForm['reason'],
) {
  const isProgram = ctx.accepts('html', 'json') === 'json'
  if (!isProgram) await show(ctx, app, session, room, {}, draft)
  if (reason instanceof ChatError) setRefusal(ctx, reason, 400)
  else ctx.status = reason.status
  if (isProgram) ctx.body = { error: { status: ctx.status, message: draft.fault } }
}

/** A key that was used for something else would be refused for ever; any other may stand for what was stored meanwhile. */
function keyAfter(reason: RefusedForm['reason'], key: string): string {
  return reason instanceof ChatError && reason.code !== 'bad-field' ? key : crypto.randomUUID()
}

function sentenceOf(ctx: Context, app: AppContext, session: Session, { reason, form, hadFiles }: RefusedForm): string {
  const { t } = ctx.state.language
  const ofFiles = faultOfFiles(ctx, app, session, reason)
  const again = hadFiles ? ` ${t('chooseFilesAgain')}` : ''
  if (ofFiles !== undefined || !(reason instanceof ChatError)) return ofFiles + again
  if (reason instanceof CommandFault) return reason.message + again
  return (hadFiles || hasInk(form.text) ? errorText(reason.code, t) : t('messageEmpty')) + again
}

function placeOf({ query }: Context): HistoryPosition {
  const [before, after] = [idOf(query.before), idOf(query.after)]
  return before === undefined ? { after } : { before }
}

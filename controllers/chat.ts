import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { refuseUnlessSeen, roomAskedFor, sessionAsking } from '../src/server/http/asked-room.ts'
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
import { lobby } from '../src/shared/protocol/limits.ts'
import type { HistoryPosition, RoomSettings, RoomSummary } from '../src/shared/protocol/types.ts'
import { canModerate, canPin, closedTo } from '../src/shared/rights.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { programName } from '../src/shared/server-settings.ts'
import { hasInk, isolated, normalizeName } from '../src/shared/text.ts'

/** The texts that come with the page. It loads the others on demand. */
const pageTexts = { en: pageEn, zh: pageZh }

const cannotTexts = { archived: 'cannotArchived', muted: 'cannotMuted', 'read-only': 'cannotReadOnly' } as const

/** What stands in the form that writes without the script. */
interface Draft {
  text: string
  /** Names the message, so that a form that is sent twice is stored once. */
  key: string
  fault?: string
}

export default {
  async 'GET /'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await showFirst(ctx, app, session)
  },

  /** The page without anything about a user. The service worker answers with it when the server cannot be reached. */
  'GET /shell'(ctx, { render, build }) {
    const { code } = ctx.state.language
    ctx.body = render(ctx, 'shell.njk', { shell: { build, language: { code, texts: pageTexts[code] } } })
  },

  async 'GET /rooms/:room'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (session) await show(ctx, app, session, await roomAskedFor(ctx, app, session), placeOf(ctx))
  },

  // The address of a refused form: a reload gets the room.
  'GET /rooms/:room/messages'(ctx) {
    ctx.redirect(roomPath(normalizeName(ctx.params.room)))
  },

  // Where they came from is gone, or is to be read.
  'GET /rooms/:room/accept'(ctx) {
    ctx.redirect(roomPath(normalizeName(ctx.params.room)))
  },
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

  async 'POST /rooms/:room/messages'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const room = await roomAskedFor(ctx, app, session)
    const key = ctx.field('key')
    // Forms break lines with two characters, which are not counted.
    const text = ctx.field('data').replaceAll('\r\n', '\n').trimEnd()
    try {
      await obey(ctx, app, session, room, { text, key })
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      const draft = { text, key: keyAfter(error, key), fault: sentenceOf(ctx, error, text) }
      await refuse(ctx, app, session, room, draft, error)
    }
  },
} satisfies Controller

/** Sends what was typed as a message, or runs it as a command. @throws ChatError when it is refused */
async function obey(ctx: Context, app: AppContext, session: Session, room: string, draft: Draft): Promise<void> {
  const input = parseInput(draft.text)
  const network = networkOf(app.addressOf(ctx.req))
  switch (input.type) {
    case 'text':
    case 'send': {
      const id = await app.chat.write(session, network, writingOf(room, draft.key, input.text))
      return ctx.seeOther(`${roomPath(room)}#m${id}`)
    }
    case 'change':
      await app.chat.change(session, network, changeOf(room, draft.key, input.settings))
      return ctx.seeOther(roomPath(room))
    case 'unknown':
    case 'incomplete': {
      if (await isOfBot(app, room, input.name)) {
        const id = await app.chat.write(session, network, writingOf(room, draft.key, draft.text))
        return ctx.seeOther(`${roomPath(room)}#m${id}`)
      }
      const fault = commandFault(ctx, input)
      return await refuse(ctx, app, session, room, { ...draft, fault }, new ChatError('bad-field', fault))
    }
    default:
      input satisfies never
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
    const draft = { text: '', key: crypto.randomUUID(), fault: errorText(error.code, ctx.state.language.t) }
    await refuse(ctx, app, session, room, draft, error)
  }
}

/** The lobby. For a user who may not view it, or who has left it, the first of their rooms: opening the lobby would join it again. */
async function showFirst(ctx: Context, app: AppContext, session: Session): Promise<void> {
  const rooms = await app.read(ctx, session, (meter) => app.store.rooms.list(session, meter))
  const kept = rooms.filter(({ left }) => !left)
  const first = kept.find(({ room }) => room === lobby) ?? kept[0] ?? rooms[0]
  if (!first) return showNoRoom(ctx, app, session)
  if (first.room === lobby) return show(ctx, app, session, lobby, placeOf(ctx))
  ctx.redirect(roomPath(first.room))
}

/** Not an error page: its link leads back here, and the sign-in page redirects users who have a session. Here they can end it. */
function showNoRoom(ctx: Context, { render }: AppContext, { user }: Session): void {
  ctx.status = 403
  ctx.body = render(ctx, 'no-room.njk', { user })
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
  const page = await app.read(ctx, session, (meter) => app.chat.roomPage(session, room, place, meter))
  // They may have been removed from the room during the read.
  await refuseUnlessSeen(ctx, app, session, room)
  if (place.around !== undefined && !page.target) ctx.throw(404, t('noSuchMessage', { room: isolated(room) }))
  const here = page.rooms.find((one) => one.room === room)
  ctx.body = app.render(ctx, 'chat.njk', {
    state: {
      ...page,
      serverName: app.settings.now.name || programName,
      serverIcon: iconNameOf(app.settings.now),
      canCreateRooms: session.canViewPublic && (session.role !== 'guest' || app.settings.now.guestRooms),
      language: { code, texts: pageTexts[code] },
    },
    writeBlock: here && writeBlockIn(here, session),
    mayPin: here && canPin({ ...here, serverRole: session.role }, session.isVerified),
    draft: draft ?? { text: '', key: crypto.randomUUID() },
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

/** @throws ChatError when it cannot be a message */
function writingOf(room: string, key: string, text: string) {
  const command = parseCommand({ type: 'chat', room, key, data: text }) as Commands['chat']
  return { room, key: command.key, content: { type: 'chat', data: command.data } } as const
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
async function refuse(ctx: Context, app: AppContext, session: Session, room: string, draft: Draft, error: ChatError) {
  const isProgram = ctx.accepts('html', 'json') === 'json'
  if (!isProgram) await show(ctx, app, session, room, {}, draft)
  setRefusal(ctx, error, 400)
  if (isProgram) ctx.body = { error: { status: ctx.status, message: draft.fault } }
}

/** A key that was used for something else would be refused for ever; any other may stand for what was stored meanwhile. */
function keyAfter({ code }: ChatError, key: string): string {
  return code !== 'bad-field' ? key : crypto.randomUUID()
}

function sentenceOf(ctx: Context, { code }: ChatError, text: string): string {
  const { t } = ctx.state.language
  return hasInk(text) ? errorText(code, t) : t('messageEmpty')
}

function placeOf({ query }: Context): HistoryPosition {
  const [before, after] = [idOf(query.before), idOf(query.after)]
  return before === undefined ? { after } : { before }
}

import type { Context } from 'koa'
import type { Controller, House } from '../src/server/http/context.ts'
import { errorWords } from '../src/shared/error-words.ts'
import { ChatError, type Commands, limits, lobby, parseCommand, type User } from '../src/shared/protocol.ts'
import { faultInName, hasInk, normalizeName } from '../src/shared/text.ts'
import { pageEn } from '../src/shared/words/page-en.ts'
import { pageZh } from '../src/shared/words/page-zh.ts'

/** What a page needs of them at once; it fetches others when it needs them. */
const pageWords = { en: pageEn, zh: pageZh }

/** Where in a room a page lies: as the store has it. */
type Place = Parameters<House['roomPage']>[2]

/** What stands in the form that writes without the script. */
interface Draft {
  text: string
  /** Names the message, so that a form that is sent twice is stored once. */
  key: string
  fault?: string
}

export default {
  async 'GET /'(ctx, house) {
    const user = await userAsking(ctx, house)
    if (user) await show(ctx, house, user, lobby, placeOf(ctx))
  },

  async 'GET /rooms/:room'(ctx, house) {
    const user = await userAsking(ctx, house)
    if (user) await show(ctx, house, user, await roomAskedFor(ctx, house), placeOf(ctx))
  },

  // The address of a form that was refused: whoever loads it anew wants the room.
  'GET /rooms/:room/messages'(ctx) {
    ctx.redirect(pathOf(normalizeName(ctx.params.room)))
  },

  async 'GET /rooms/:room/:id'(ctx, house) {
    const user = await userAsking(ctx, house)
    if (!user) return
    const room = await roomAskedFor(ctx, house)
    await show(ctx, house, user, room, { around: idOf(ctx.params.id) ?? ctx.throw(404) })
  },

  async 'POST /rooms/:room/messages'(ctx, house) {
    const user = await userAsking(ctx, house)
    if (!user) return
    const room = await roomAskedFor(ctx, house)
    const { data, key } = ctx.request.body as Record<string, unknown>
    // Forms break lines with two characters, which are not counted.
    const text = typeof data === 'string' ? data.replaceAll('\r\n', '\n').trimEnd() : ''
    try {
      const id = await house.write(user, writingOf(room, key, text))
      seeOther(ctx, `${pathOf(room)}#m${id}`)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      const draft = { text, key: keyAfter(error, key), fault: sentenceOf(ctx, error, text) }
      await refuse(ctx, house, user, room, draft, error)
    }
  },
} satisfies Controller

async function userAsking(ctx: Context, { sessions }: House): Promise<User | undefined> {
  const session = await sessions.find(ctx.req)
  if (!session) toTheDoor(ctx)
  return session?.user
}

/** Whoever wanted to read something comes back to it from there. */
function toTheDoor(ctx: Context): void {
  if (ctx.method === 'POST') return seeOther(ctx, '/signin')
  ctx.redirect(ctx.path === '/' ? '/signin' : `/signin?to=${encodeURIComponent(ctx.url)}`)
}

/** The room that the address names, if there is one: reading makes none. */
async function roomAskedFor(ctx: Context, { store }: House): Promise<string> {
  const room = normalizeName(ctx.params.room)
  const isThere = !faultInName(room, limits.roomCharacters) && (await store.hasRoom(room))
  return isThere ? room : ctx.throw(404, ctx.state.language.t('noSuchRoom', { room }))
}

async function show(ctx: Context, { roomPage, render }: House, user: User, room: string, place: Place, draft?: Draft) {
  const { t, code } = ctx.state.language
  const page = await roomPage(user, room, place)
  if (place.around !== undefined && !page.target) ctx.throw(404, t('noSuchMessage', { room }))
  ctx.body = render(ctx, 'chat.njk', {
    state: { ...page, language: { code, words: pageWords[code] } },
    draft: draft ?? { text: '', key: crypto.randomUUID() },
  })
}

/** @throws ChatError when it cannot be a message */
function writingOf(room: string, key: unknown, text: string) {
  const command = parseCommand({ type: 'chat', room, key, data: text }) as Commands['chat']
  return { room, key: command.key, content: { type: 'chat', data: command.data } } as const
}

/** Shows the room again, with what was written and why it was not taken. */
async function refuse(
  ctx: Context,
  house: House,
  user: User,
  room: string,
  draft: Draft,
  { code, retryAfterMs }: ChatError,
) {
  await show(ctx, house, user, room, {}, draft)
  ctx.status = code === 'too-fast' ? 429 : 400
  if (retryAfterMs) ctx.set('Retry-After', String(Math.ceil(retryAfterMs / 1000)))
}

/** A key that was used for something else would be refused for ever; any other may stand for what was stored meanwhile. */
function keyAfter({ code }: ChatError, key: unknown): string {
  return typeof key === 'string' && code !== 'bad-field' ? key : crypto.randomUUID()
}

function sentenceOf(ctx: Context, { code }: ChatError, text: string): string {
  const { t } = ctx.state.language
  return hasInk(text) ? t(errorWords[code], { n: limits.messageCharacters }) : t('messageEmpty')
}

function placeOf({ query }: Context): Place {
  const [before, after] = [idOf(query.before), idOf(query.after)]
  return before === undefined ? { after } : { before }
}

function idOf(text: unknown): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

function pathOf(room: string): string {
  return `/rooms/${encodeURIComponent(room)}`
}

function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

/** The search, for a page without a script. */
import type { Context } from 'koa'
import type { Session } from '../src/server/auth/sessions.ts'
import type { AppContext, Controller } from '../src/server/http/app-context.ts'
import { sessionAsking } from '../src/server/http/asked-room.ts'
import { idOf } from '../src/server/http/id.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { excerptOf } from '../src/shared/markdown/excerpt.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import type { ServerFrame } from '../src/shared/protocol/frames.ts'
import type { Message } from '../src/shared/protocol/types.ts'
import { roomPath } from '../src/shared/room-path.ts'
import { locationTitle } from '../src/shared/rooms.ts'
import { faultText } from '../src/shared/search/fault-text.ts'
import { highlighted, snippet } from '../src/shared/search/highlight.ts'
import { BadQuery, parseSearch } from '../src/shared/search/query.ts'

type Found = Extract<ServerFrame, { type: 'found' }>

export default {
  async 'GET /search'(ctx, app) {
    const session = await sessionAsking(ctx, app)
    if (!session) return
    const query = typeof ctx.query.q === 'string' ? ctx.query.q : ''
    if (query.trim() === '') return show(ctx, app, session, { query })
    try {
      const asker = { session, network: networkOf(app.addressOf(ctx.req)), signal: new AbortController().signal }
      const cursor = idOf(ctx.query.cursor)
      const found = await app.chat.run(asker, { type: 'search', query, cursor })
      if (found?.type !== 'found') return ctx.throw(503)
      show(ctx, app, session, { query, found })
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      setRefusal(ctx, error, 400)
      const { t } = ctx.state.language
      const message = error instanceof BadQuery ? faultText(error.fault, t) : errorText(error.code, t)
      show(ctx, app, session, { query, fault: { message } })
    }
  },
} satisfies Controller

interface Shown {
  query: string
  found?: Found
  fault?: { message: string }
}

function show(ctx: Context, { pages: { render } }: AppContext, session: Session, { query, found, fault }: Shown): void {
  const { t } = ctx.state.language
  const places = new Map(found?.rooms.map((room) => [room.room, locationTitle(room, t)]))
  const phrases = found ? parseSearch(query).phrases : []
  const excerpts = new Map(found?.excerpts?.map(({ file, text }) => [file, text]))
  const listed = found?.data.map((message) => ({
    message,
    path: roomPath(message.room),
    where: places.get(message.room),
    parts: snippet(textOf(message), phrases),
    excerpts: (message.files ?? [])
      .filter(({ id }) => excerpts.has(id))
      .map(({ id, name }) => ({ name, parts: highlighted(excerpts.get(id) ?? '', phrases) })),
  }))
  ctx.body = render(ctx, 'room/search.njk', { role: session.role, query, found, listed, fault })
}

/** Its text, and the names of its files, which are searched too. */
function textOf(message: Message): string {
  const names = message.files?.map(({ name }) => name).join(', ')
  return message.data && names ? `${excerptOf(message)}\n${names}` : excerptOf(message)
}

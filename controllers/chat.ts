import type { Controller } from '../src/server/http/context.ts'
import { limits, lobby, type Opened } from '../src/shared/protocol.ts'

export default {
  async 'GET /'(ctx, { sessions, store, hub, render }) {
    const session = await sessions.find(ctx.req)
    if (!session) return ctx.redirect('/signin')
    const { messages, more, last } = await store.messages(lobby, {}, limits.messagesPerPage)
    // As if the page had asked for it: it goes on from here, so that nothing falls between.
    const opened: Opened = {
      type: 'opened',
      room: lobby,
      epoch: store.epoch,
      // What is stored already and not yet handed out comes by the socket.
      last: Math.min(last, hub.lastIn(lobby) ?? last),
      reset: false,
      messages,
      more,
      read: (await store.readMark(session.user, lobby)) ?? last,
      ...hub.presenceIn(lobby),
    }
    ctx.body = render('chat.njk', { user: session.user, state: { user: session.user, opened } })
  },
} satisfies Controller

/** Bots and incoming webhooks: an admin makes them, gives them tokens and revokes these. */
import type { Context } from 'koa'
import type { Session } from '../../src/server/auth/sessions.ts'
import { hashOf, newToken } from '../../src/server/auth/tokens.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { recordDone } from '../../src/server/http/admin/records.ts'
import { chosenRooms, roomsFor } from '../../src/server/http/admin/rooms.ts'
import type { AppContext, Controller } from '../../src/server/http/app-context.ts'
import { idOf } from '../../src/server/http/id.ts'
import { ownOrigin } from '../../src/server/http/request-origin.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import type { ModerationAction } from '../../src/server/store/store.ts'
import type { ServerTextKey } from '../../src/shared/language.ts'
import { newNameOf } from '../../src/shared/new-name.ts'
import type { User } from '../../src/shared/protocol/types.ts'

interface Secret {
  name: string
  value: string
  label: ServerTextKey
  hint: ServerTextKey
}

const here = '/admin/bots'
const tokenTexts = { label: 'botToken', hint: 'botTokenHint' } as const

export default {
  'GET /admin/bots': forAdmins((ctx, app, admin) => show(ctx, app, admin)),
  'POST /admin/bots': forAdmins((ctx, app, admin) => actOnBots(ctx, app, admin, () => addBot(ctx, app, admin))),
  // The address of a form that has shown its token: a reload gets the page.
  'GET /admin/bots/:id/token': forAdmins((ctx) => ctx.redirect(here)),
  'GET /admin/bots/:id/revoke': forAdmins((ctx) => ctx.redirect(here)),
  'POST /admin/bots/:id/token': forAdmins(async (ctx, app, admin) => {
    const token = newToken(32)
    const { id, name } = await botAskedFor(ctx, app)
    await actOnBots(ctx, app, admin, async () => {
      await moderate(ctx, app, admin, { type: 'bot-token', user: id, tokenHash: hashOf(token) })
      showSecret(ctx, app, admin, { name, value: token, ...tokenTexts })
    })
  }),
  'POST /admin/bots/:id/revoke': forAdmins(async (ctx, app, admin) => {
    const { id } = await botAskedFor(ctx, app)
    await actOnBots(ctx, app, admin, () => moderateAndReturn(ctx, app, admin, { type: 'bot-token', user: id }, here))
  }),

  'GET /admin/hooks': forAdmins((ctx) => ctx.redirect(here)),
  'POST /admin/hooks': forAdmins((ctx, app, admin) => {
    return actOnBots(ctx, app, admin, () => addHook(ctx, app, admin), 'hook')
  }),
  'GET /admin/hooks/:id/revoke': forAdmins((ctx) => ctx.redirect(here)),
  'POST /admin/hooks/:id/revoke': forAdmins(async (ctx, app, admin) => {
    const id = idOf(ctx.params.id) ?? ctx.throw(404)
    await actOnBots(ctx, app, admin, () => moderateAndReturn(ctx, app, admin, { type: 'revoke-hook', id }, here))
  }),
} satisfies Controller

async function addBot(ctx: Context, app: AppContext, admin: Session): Promise<void> {
  const name = newNameOf(ctx.field('name'))
  app.auth.signIn.skeletonOf(name)
  const token = newToken(32)
  const canViewPublic = ctx.field('rooms') !== 'some'
  await moderate(ctx, app, admin, {
    type: 'add-bot',
    bot: {
      name,
      tokenHash: hashOf(token),
      canWrite: ctx.field('access') !== 'read',
      canViewPublic,
      rooms: canViewPublic ? [] : chosenRooms(ctx),
    },
  })
  showSecret(ctx, app, admin, { name, value: token, ...tokenTexts })
}

async function addHook(ctx: Context, app: AppContext, admin: Session): Promise<void> {
  const name = newNameOf(ctx.field('hook'))
  app.auth.signIn.skeletonOf(name)
  const token = newToken(32)
  const hook = { name, room: ctx.field('room'), tokenHash: hashOf(token) }
  await moderate(ctx, app, admin, { type: 'add-hook', hook })
  const value = `${ownOrigin(ctx.req, app.config) ?? ''}/hooks/${token}`
  showSecret(ctx, app, admin, { name, value, label: 'hookAddress', hint: 'hookAddressHint' })
}

/** @param nameField of the form */
async function actOnBots(
  ctx: Context,
  app: AppContext,
  admin: Session,
  act: () => Promise<void>,
  nameField = 'name',
): Promise<void> {
  try {
    await act()
  } catch (error) {
    const fault = faultIn(ctx, app, error)
    await show(ctx, app, admin, { ...fault, ...(fault.field && { field: nameField }) })
  }
}

async function moderate(ctx: Context, app: AppContext, admin: Session, content: ModerationAction): Promise<void> {
  await app.chat.moderate(admin, networkOf(app.addressOf(ctx.req)), content)
}

async function botAskedFor(ctx: Context, { store }: AppContext): Promise<User> {
  const id = idOf(ctx.params.id)
  const bot = (await store.bots.list()).find(({ user }) => user.id === id)
  return bot?.user ?? ctx.throw(404)
}

async function show(ctx: Context, app: AppContext, admin: Session, fault?: Fault): Promise<void> {
  const rooms = await roomsFor(ctx, app, admin)
  const names = new Map(rooms.map(({ room, name }) => [room, name]))
  const hooks = await app.store.bots.listHooks()
  ctx.body = app.pages.render(ctx, 'admin/bots.njk', {
    role: admin.role,
    bots: await app.store.bots.list(),
    // Admins do not learn the names of rooms that they cannot view.
    hooks: hooks.map((hook) => ({ ...hook, roomName: names.get(hook.room) })),
    rooms,
    pausedWebhooks: (await app.store.outgoing.list()).filter(({ paused }) => paused && paused !== 'admin').length,
    hookName: ctx.field('hook'),
    name: ctx.field('name'),
    access: ctx.field('access') || 'write',
    isLimited: ctx.field('rooms') === 'some',
    chosen: chosenRooms(ctx),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

/** Shown once: only its hash is kept. */
function showSecret(ctx: Context, { pages: { render } }: AppContext, { role }: Session, secret: Secret): void {
  ctx.body = render(ctx, 'admin/token.njk', { role, ...secret })
}

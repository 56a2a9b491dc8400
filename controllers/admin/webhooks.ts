/** Outgoing webhooks: an admin makes them, looks at what they have sent, and pauses, resumes and removes them. */
import type { Context } from 'koa'
import type { Session } from '../../src/server/auth/sessions.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { recordDone } from '../../src/server/http/admin/records.ts'
import { chosenRooms, roomsFor } from '../../src/server/http/admin/rooms.ts'
import type { Action, AppContext, Controller } from '../../src/server/http/app-context.ts'
import { idOf } from '../../src/server/http/id.ts'
import { WebhookHosts, webhookUrlOf } from '../../src/server/outgoing/addresses.ts'
import { newSecret } from '../../src/server/outgoing/signature.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import type { OutgoingChange, OutgoingHook, OutgoingKind } from '../../src/server/store/store.ts'
import { isCommandName } from '../../src/shared/commands/bot-command.ts'
import type { ServerTextKey } from '../../src/shared/language.ts'
import { newNameOf } from '../../src/shared/new-name.ts'
import { normalizeName } from '../../src/shared/text.ts'

const here = '/admin/webhooks'
const kinds: readonly string[] = ['messages', 'mentions', 'command'] satisfies OutgoingKind[]
const changes = ['pause', 'resume', 'skip', 'remove'] as const
const maxDescriptionCharacters = 100

export default {
  'GET /admin/webhooks': forAdmins((ctx, app, admin) => show(ctx, app, admin)),
  'POST /admin/webhooks': forAdmins(add),
  'GET /admin/webhooks/:id': forAdmins(async (ctx, app, admin) => showOne(ctx, app, admin, await askedFor(ctx, app))),
  'POST /admin/webhooks/:id/secret': forAdmins(async (ctx, app, admin) => {
    const hook = await askedFor(ctx, app)
    const secret = newSecret()
    await actOn(ctx, app, admin, hook, async () => {
      const content = { type: 'change-outgoing-hook', id: hook.id, change: 'secret', secret } as const
      await app.chat.moderate(admin, networkOf(app.addressOf(ctx.req)), content)
      showSecret(ctx, app, admin, hook.user.name, secret)
    })
  }),
  'POST /admin/webhooks/:id/resend': forAdmins(async (ctx, app, admin) => {
    const hook = await askedFor(ctx, app)
    const delivery = idOf(ctx.field('delivery')) ?? ctx.throw(400)
    await actOn(ctx, app, admin, hook, () => change(ctx, app, admin, hook, 'resend', delivery))
  }),
  // The address of a form that has shown its secret or was refused: a reload gets the list.
  'GET /admin/webhooks/:id/secret': forAdmins((ctx) => ctx.redirect(here)),
  'GET /admin/webhooks/:id/resend': forAdmins((ctx) => ctx.redirect(here)),
  ...Object.fromEntries(changes.flatMap((one) => routesOf(one))),
} satisfies Controller

function routesOf(one: (typeof changes)[number]): [string, Action][] {
  const path = `/admin/webhooks/:id/${one}`
  const action = forAdmins(async (ctx, app, admin) => {
    const hook = await askedFor(ctx, app)
    await actOn(ctx, app, admin, hook, () => change(ctx, app, admin, hook, one))
  })
  return [
    [`POST ${path}`, action],
    [`GET ${path}`, forAdmins((ctx) => ctx.redirect(here))],
  ]
}

async function askedFor(ctx: Context, { store }: AppContext): Promise<OutgoingHook> {
  const id = idOf(ctx.params.id)
  return (await store.outgoing.list()).find((hook) => hook.id === id) ?? ctx.throw(404)
}

async function change(
  ctx: Context,
  app: AppContext,
  admin: Session,
  { id }: OutgoingHook,
  how: OutgoingChange,
  delivery?: number,
): Promise<void> {
  const content = {
    type: 'change-outgoing-hook',
    id,
    change: how,
    ...(delivery !== undefined && { delivery }),
  } as const
  await moderateAndReturn(ctx, app, admin, content, how === 'remove' ? here : `${here}/${id}`)
}

async function actOn(
  ctx: Context,
  app: AppContext,
  admin: Session,
  hook: OutgoingHook,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    const { message } = faultIn(ctx, app, error)
    await showOne(ctx, app, admin, hook, { message })
  }
}

async function add(ctx: Context, app: AppContext, admin: Session): Promise<void> {
  const refuse = (text: ServerTextKey, field: string) => {
    ctx.status = 400
    return show(ctx, app, admin, { message: ctx.state.language.t(text), field })
  }
  const url = webhookUrlOf(ctx.field('url'))
  if (!url) return await refuse('webhookUrlBad', 'url')
  if (new WebhookHosts(app.config.webhookHosts).isRefused(url)) return await refuse('webhookUrlPrivate', 'url')
  const kind = ctx.field('kind') as OutgoingKind
  if (!kinds.includes(kind)) ctx.throw(400)
  const command = ctx.field('command').trim().replace(/^\//, '').toLowerCase()
  if (kind === 'command' && !isCommandName(command)) return await refuse('webhookCommandBad', 'command')
  const description = normalizeName(ctx.field('description'))
  if ([...description].length > maxDescriptionCharacters) return await refuse('webhookDescriptionLong', 'description')
  const rooms = chosenRooms(ctx)
  if (kind !== 'mentions' && !rooms.length) return await refuse('webhookNoRoom', 'room')
  const secret = newSecret()
  try {
    const name = newNameOf(ctx.field('name'))
    app.auth.signIn.skeletonOf(name)
    const chosen = kind === 'command' ? { command, description } : {}
    const hook = { name, kind, ...chosen, rooms, url: url.href, secret }
    await app.chat.moderate(admin, networkOf(app.addressOf(ctx.req)), { type: 'add-outgoing-hook', hook })
    showSecret(ctx, app, admin, name, secret)
  } catch (error) {
    const fault = faultIn(ctx, app, error)
    await show(ctx, app, admin, { ...fault, ...(fault.field && { field: 'name' }) })
  }
}

async function show(ctx: Context, app: AppContext, admin: Session, fault?: Fault): Promise<void> {
  const hooks = await app.store.outgoing.list()
  ctx.body = app.pages.render(ctx, 'admin/webhooks.njk', {
    role: admin.role,
    hooks: hooks.map((hook) => ({ ...hook, to: new URL(hook.url).host })),
    rooms: await roomsFor(ctx, app, admin),
    chosen: chosenRooms(ctx),
    typed: {
      name: ctx.field('name'),
      url: ctx.field('url'),
      kind: kinds.includes(ctx.field('kind')) ? ctx.field('kind') : kinds[0],
      command: ctx.field('command'),
      description: ctx.field('description'),
    },
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

async function showOne(
  ctx: Context,
  app: AppContext,
  admin: Session,
  hook: OutgoingHook,
  fault?: Fault,
): Promise<void> {
  const names = new Map((await roomsFor(ctx, app, admin)).map(({ room, name }) => [room, name]))
  const deliveries = await app.pages.read(ctx, admin, (meter) => app.store.outgoing.deliveries(hook.id, meter))
  ctx.body = app.pages.render(ctx, 'admin/webhook.njk', {
    role: admin.role,
    hook: { ...hook, rooms: hook.rooms.map((room) => names.get(room)) },
    // Admins learn neither the name nor the messages of a room that they cannot view.
    deliveries: deliveries.map(({ text, answer, ...delivery }) => {
      const roomName = names.get(delivery.room)
      return { ...delivery, roomName, ...(roomName !== undefined && { text, answer }) }
    }),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

/** Shown once: nobody can read it later, but it can be replaced. */
function showSecret(
  ctx: Context,
  { pages: { render } }: AppContext,
  { role }: Session,
  name: string,
  value: string,
): void {
  const texts = { label: 'webhookSecret', hint: 'webhookSecretHint', backText: 'backToWebhooks' }
  ctx.body = render(ctx, 'admin/token.njk', { role, name, value, ...texts, to: here })
}

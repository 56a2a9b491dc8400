/** The people of the server, and what an admin does to one of them. */
import type { Context } from 'koa'
import { rangesOf } from '../../src/server/auth/ip-bans.ts'
import type { Session as Admin } from '../../src/server/auth/sessions.ts'
import { hashOf, newToken } from '../../src/server/auth/tokens.ts'
import { type Fault, faultIn, forAdmins, moderateAndReturn } from '../../src/server/http/admin/actions.ts'
import { banLengths, banRemovals, removeSinceOf, untilOf } from '../../src/server/http/admin/ban-choices.ts'
import { recordDone } from '../../src/server/http/admin/records.ts'
import type { Action, AppContext, Controller } from '../../src/server/http/app-context.ts'
import { idOf } from '../../src/server/http/id.ts'
import { ownOrigin } from '../../src/server/http/request-origin.ts'
import { networkOf } from '../../src/server/rate-limit/network.ts'
import type { Account, ModerationAction } from '../../src/server/store/store.ts'
import { dayMs } from '../../src/shared/durations.ts'
import { newNameOf } from '../../src/shared/new-name.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import { canActOn } from '../../src/shared/rights.ts'
import { normalizeName } from '../../src/shared/text.ts'

/** How long a password link works. */
const linkMs = dayMs
const maxPeople = 100

export default {
  'GET /admin': forAdmins((ctx, app, admin) => showPeople(ctx, app, admin)),
  'GET /admin/people': forAdmins((ctx) => ctx.redirect('/admin')),
  'POST /admin/people': forAdmins(addPerson),

  'GET /admin/people/:id': forAdmins(async (ctx, app, admin) => {
    await showPerson(ctx, app, admin, await personAskedFor(ctx, app))
  }),
  // The address of a form that was refused or has shown its link: a reload gets the page.
  'GET /admin/people/:id/:action': forAdmins((ctx) =>
    ctx.redirect(`/admin/people/${encodeURIComponent(ctx.params.id)}`),
  ),
  'POST /admin/people/:id/link': forAdmins(async (ctx, app, admin) => {
    const person = await personAskedFor(ctx, app)
    await giveLink(ctx, app, admin, person.user).catch((error) => {
      return showPerson(ctx, app, admin, person, faultIn(ctx, app, error))
    })
  }),
  'POST /admin/people/:id/role': onPerson((ctx, _app, user) => {
    return { type: 'role', room: undefined, user, role: ctx.field('role') === 'admin' ? 'admin' : 'member' }
  }),
  'POST /admin/people/:id/ban': onPerson(async (ctx, app, user) => {
    const ranges = ctx.field('addresses')
      ? rangesOf((await app.store.sessions.list(user)).map(({ address }) => address))
      : []
    return { type: 'ban', room: undefined, user, until: untilOf(ctx), ranges, removeSince: removeSinceOf(ctx) }
  }),
  'POST /admin/people/:id/unban': onPerson((_ctx, _app, user) => {
    return { type: 'ban', room: undefined, user, until: 0, ranges: [] }
  }),
  'POST /admin/people/:id/forget': onPerson((_ctx, _app, user) => {
    return { type: 'forget-devices', user }
  }),
  'POST /admin/people/:id/picture': forAdmins(async (ctx, app, admin) => {
    const person = await personAskedFor(ctx, app)
    const before = await app.store.pictures.ofUser(person.user.id)
    await actOn(ctx, app, admin, person, () => ({ type: 'picture', user: person.user.id }))
    await app.files.pictures.removeUnused(before)
  }),
  'POST /admin/people/:id/purge': onPerson((ctx, { auth: { signIn } }, user) => {
    if (!ctx.field('sure')) throw signIn.refusal(400, { text: 'purgeUnsure' }, 'sure')
    return { type: 'purge', user }
  }),
} satisfies Controller

/** Carries out an action on a person, and shows that person again. */
function onPerson(
  contentOf: (ctx: Context, app: AppContext, user: number) => Promise<ModerationAction> | ModerationAction,
): Action {
  return forAdmins(async (ctx, app, admin) => {
    const person = await personAskedFor(ctx, app)
    await actOn(ctx, app, admin, person, () => contentOf(ctx, app, person.user.id))
  })
}

async function actOn(
  ctx: Context,
  app: AppContext,
  admin: Admin,
  person: Account,
  contentOf: () => Promise<ModerationAction> | ModerationAction,
): Promise<void> {
  try {
    await moderateAndReturn(ctx, app, admin, await contentOf(), `/admin/people/${person.user.id}`)
  } catch (error) {
    await showPerson(ctx, app, admin, person, faultIn(ctx, app, error))
  }
}

async function addPerson(ctx: Context, app: AppContext, admin: Admin): Promise<void> {
  try {
    await giveLink(ctx, app, admin, await newPerson(app, newNameOf(ctx.field('name'))))
  } catch (error) {
    await showPeople(ctx, app, admin, faultIn(ctx, app, error))
  }
}

async function newPerson({ store, auth: { signIn } }: AppContext, name: string): Promise<User> {
  const skeleton = signIn.skeletonOf(name)
  const isTaken = (await store.accounts.findClaimed(skeleton)) !== undefined || (await store.accounts.hasUser(name))
  if (isTaken) throw signIn.refusal(409, { text: 'personNameTaken' }, 'name')
  return await store.accounts.openGuest(name, skeleton)
}

/** Shown once: only its hash is kept. */
async function giveLink(ctx: Context, app: AppContext, admin: Admin, user: User): Promise<void> {
  const token = newToken(32)
  const expiresAt = Date.now() + linkMs
  await app.chat.moderate(admin, networkOf(app.addressOf(ctx.req)), {
    type: 'link',
    user: user.id,
    tokenHash: hashOf(token),
    expiresAt,
  })
  const link = `${ownOrigin(ctx.req, app.config) ?? ''}/link/${token}`
  ctx.body = app.pages.render(ctx, 'admin/link.njk', { role: admin.role, person: user, link })
}

async function showPeople(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  const find = typeof ctx.query.find === 'string' ? normalizeName(ctx.query.find) : ''
  const people = find.isWellFormed()
    ? await app.pages.read(ctx, admin, (meter) => app.store.accounts.list(find, maxPeople + 1, meter))
    : []
  ctx.body = app.pages.render(ctx, 'admin/people.njk', {
    role: admin.role,
    find,
    people: people.slice(0, maxPeople),
    more: people.length > maxPeople,
    storage: await storageOf(ctx, app, admin),
    indexing: await app.store.search.progress(),
    now: Date.now(),
    name: ctx.field('name'),
    fault,
  })
}

async function storageOf(ctx: Context, app: AppContext, admin: Admin) {
  const figures = await app.pages.read(ctx, admin, (meter) => app.store.storageFigures(meter))
  // Where the file system does not say, the page does not either: people can still be managed.
  const freeBytes = await app.health.freeBytes().catch(() => undefined)
  return { ...figures, freeBytes, minFreeBytes: app.config.minFreeBytes }
}

async function showPerson(ctx: Context, app: AppContext, admin: Admin, person: Account, fault?: Fault): Promise<void> {
  const { role } = admin
  ctx.body = app.pages.render(ctx, 'admin/person.njk', {
    role,
    person,
    isBelow: canActOn({ serverRole: role }, { serverRole: person.role }),
    banLengths: banLengths(ctx),
    banRemovals: banRemovals(ctx),
    // A guest comes back under another name at once.
    bansAddresses: fault ? ctx.field('addresses') : person.role === 'guest',
    now: Date.now(),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

async function personAskedFor(ctx: Context, { store }: AppContext): Promise<Account> {
  const id = idOf(ctx.params.id)
  const person = id === undefined ? undefined : await store.accounts.get(id)
  return person ?? ctx.throw(404)
}

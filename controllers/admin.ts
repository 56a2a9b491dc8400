import type { Context } from 'koa'
import { isRange, rangesOf } from '../src/server/auth/ip-bans.ts'
import type { Session as Admin } from '../src/server/auth/sessions.ts'
import { hashOf, newToken } from '../src/server/auth/tokens.ts'
import type { Action, AppContext, Controller } from '../src/server/http/app-context.ts'
import { idOf } from '../src/server/http/id.ts'
import { setRefusal } from '../src/server/http/refusal.ts'
import { ownOrigin } from '../src/server/http/request-origin.ts'
import { networkOf } from '../src/server/rate-limit/network.ts'
import type { Account, ModerationAction } from '../src/server/store/store.ts'
import { auditSentence } from '../src/shared/audit-sentences.ts'
import { dayMs, forever, formatDuration } from '../src/shared/durations.ts'
import { errorText } from '../src/shared/error-texts.ts'
import { newNameOf } from '../src/shared/new-name.ts'
import { ChatError } from '../src/shared/protocol/errors.ts'
import { lobby } from '../src/shared/protocol/limits.ts'
import type { AuditRecord, User } from '../src/shared/protocol/types.ts'
import { canActOn, isAdmin } from '../src/shared/rights.ts'
import { displayTitleOf, fullTitle } from '../src/shared/rooms.ts'
import { normalizeName } from '../src/shared/text.ts'

interface Fault {
  message: string
  /** The field of the form; undefined when the fault is not about one field. */
  field?: string
}

/** How long a password link works. */
const linkMs = dayMs
/** For how long one can be banned, by what a form says. */
const banMs: Readonly<Record<string, number>> = { '1': dayMs, '7': 7 * dayMs, ever: forever }
const maxPeople = 100
const recordsPerPage = 50

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
    return { type: 'ban', room: undefined, user, until: untilOf(ctx), ranges }
  }),
  'POST /admin/people/:id/unban': onPerson((_ctx, _app, user) => {
    return { type: 'ban', room: undefined, user, until: 0, ranges: [] }
  }),
  'POST /admin/people/:id/forget': onPerson((_ctx, _app, user) => {
    return { type: 'forget-devices', user }
  }),
  'POST /admin/people/:id/purge': onPerson((ctx, { signIn }, user) => {
    if (!ctx.field('sure')) throw signIn.refusal(400, { text: 'purgeUnsure' }, 'sure')
    return { type: 'purge', user }
  }),

  'GET /admin/addresses': forAdmins((ctx, app, admin) => showAddresses(ctx, app, admin)),
  'GET /admin/addresses/lift': forAdmins((ctx) => ctx.redirect('/admin/addresses')),
  'POST /admin/addresses': forAdmins(async (ctx, app, admin) => {
    await banRange(ctx, app, admin, () => untilOf(ctx))
  }),
  'POST /admin/addresses/lift': forAdmins(async (ctx, app, admin) => {
    await banRange(ctx, app, admin, () => 0)
  }),

  'GET /admin/rooms': forAdmins((ctx, app, admin) => showRooms(ctx, app, admin)),
  'GET /admin/rooms/delete': forAdmins((ctx) => ctx.redirect('/admin/rooms')),
  'POST /admin/rooms/delete': forAdmins(async (ctx, app, admin) => {
    try {
      if (!ctx.field('sure')) throw app.signIn.refusal(400, { text: 'deleteRoomUnsure' })
      await moderateAndReturn(ctx, app, admin, { type: 'delete-room', room: ctx.field('room') }, '/admin/rooms')
    } catch (error) {
      await showRooms(ctx, app, admin, faultIn(ctx, app, error))
    }
  }),

  'GET /admin/log': forAdmins((ctx, app, admin) => showLog(ctx, app, admin)),
  'GET /admin/audit/:id/undo': forAdmins((ctx) => ctx.redirect('/admin/log')),
  'POST /admin/audit/:id/undo': forAdmins(async (ctx, app, admin) => {
    const action = idOf(ctx.params.id) ?? ctx.throw(404)
    const asked = ctx.field('to')
    const to = /^\/admin(\/\w+)*$/.test(asked) ? asked : '/admin/log'
    try {
      await moderateAndReturn(ctx, app, admin, { type: 'undo', action }, to)
    } catch (error) {
      await showLog(ctx, app, admin, faultIn(ctx, app, error))
    }
  }),
} satisfies Controller

/** For all others there is no such page. */
function forAdmins(action: (ctx: Context, app: AppContext, admin: Admin) => Promise<void> | void): Action {
  return async (ctx, app) => {
    const session = await app.sessions.find(ctx.req)
    const admin = session?.isVerified && isAdmin(session.role) ? session : ctx.throw(404)
    await action(ctx, app, admin)
  }
}

/** Carries out an action on a person, and shows that person again. */
function onPerson(
  contentOf: (ctx: Context, app: AppContext, user: number) => Promise<ModerationAction> | ModerationAction,
): Action {
  return forAdmins(async (ctx, app, admin) => {
    const person = await personAskedFor(ctx, app)
    const { id } = person.user
    try {
      await moderateAndReturn(ctx, app, admin, await contentOf(ctx, app, id), `/admin/people/${id}`)
    } catch (error) {
      await showPerson(ctx, app, admin, person, faultIn(ctx, app, error))
    }
  })
}

async function moderateAndReturn(
  ctx: Context,
  app: AppContext,
  admin: Admin,
  content: ModerationAction,
  to: string,
): Promise<void> {
  const { action } = await app.chat.moderate(admin, networkOf(app.addressOf(ctx.req)), content)
  ctx.seeOther(action === undefined ? to : `${to}?done=${action}`)
}

async function banRange(ctx: Context, app: AppContext, admin: Admin, until: () => number): Promise<void> {
  const range = ctx.field('range').trim()
  try {
    if (!isRange(range)) throw app.signIn.refusal(400, { text: 'invalidRange' }, 'range')
    await moderateAndReturn(ctx, app, admin, { type: 'ban-range', range, until: until() }, '/admin/addresses')
  } catch (error) {
    await showAddresses(ctx, app, admin, faultIn(ctx, app, error))
  }
}

async function addPerson(ctx: Context, app: AppContext, admin: Admin): Promise<void> {
  try {
    await giveLink(ctx, app, admin, await newPerson(app, newNameOf(ctx.field('name'))))
  } catch (error) {
    await showPeople(ctx, app, admin, faultIn(ctx, app, error))
  }
}

async function newPerson({ store, signIn }: AppContext, name: string): Promise<User> {
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
  ctx.body = app.render(ctx, 'admin/link.njk', { role: admin.role, person: user, link })
}

async function showPeople(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  const find = typeof ctx.query.find === 'string' ? normalizeName(ctx.query.find) : ''
  const people = find.isWellFormed()
    ? await app.read(ctx, admin, (meter) => app.store.accounts.list(find, maxPeople + 1, meter))
    : []
  ctx.body = app.render(ctx, 'admin/people.njk', {
    role: admin.role,
    find,
    people: people.slice(0, maxPeople),
    more: people.length > maxPeople,
    now: Date.now(),
    name: ctx.field('name'),
    fault,
  })
}

async function showPerson(ctx: Context, app: AppContext, admin: Admin, person: Account, fault?: Fault): Promise<void> {
  const { role } = admin
  ctx.body = app.render(ctx, 'admin/person.njk', {
    role,
    person,
    isBelow: canActOn({ serverRole: role }, { serverRole: person.role }),
    banLengths: banLengths(ctx),
    now: Date.now(),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

async function showAddresses(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  ctx.body = app.render(ctx, 'admin/addresses.njk', {
    role: admin.role,
    ranges: await app.store.moderation.bannedRanges(Date.now()),
    range: ctx.field('range'),
    banLengths: banLengths(ctx),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

/** The rooms that the admin can view: they do not see private rooms to which they do not belong. */
async function showRooms(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  const rooms = await app.read(ctx, admin, (meter) => app.store.rooms.list(admin, meter))
  ctx.body = app.render(ctx, 'admin/rooms.njk', {
    role: admin.role,
    rooms: rooms.filter(({ room, kind }) => room !== lobby && kind !== 'direct'),
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

async function showLog(ctx: Context, app: AppContext, admin: Admin, fault?: Fault): Promise<void> {
  const before = idOf(ctx.query.before)
  const records = await app.read(ctx, admin, (meter) =>
    app.store.moderation.auditLog(admin, before, recordsPerPage + 1, meter),
  )
  ctx.body = app.render(ctx, 'admin/log.njk', {
    role: admin.role,
    records: await withSentences(ctx, app, admin, records.slice(0, recordsPerPage)),
    isOlder: before !== undefined,
    more: records.length > recordsPerPage,
    done: fault ? undefined : await recordDone(ctx, app, admin),
    fault,
  })
}

async function personAskedFor(ctx: Context, { store }: AppContext): Promise<Account> {
  const id = idOf(ctx.params.id)
  const person = id === undefined ? undefined : await store.accounts.get(id)
  return person ?? ctx.throw(404)
}

/** What the address says was done: the log knows. */
async function recordDone(ctx: Context, app: AppContext, admin: Admin) {
  const id = idOf(ctx.query.done)
  if (id === undefined) return undefined
  const records = await app.read(ctx, admin, (meter) => app.store.moderation.auditLog(admin, id + 1, 1, meter))
  const own = records.filter((one) => one.id === id)
  return (await withSentences(ctx, app, admin, own))[0]
}

/** Audit records with their sentences in the reader's language. */
async function withSentences(ctx: Context, app: AppContext, admin: Admin, records: AuditRecord[]) {
  const isOwner = admin.role === 'owner'
  const names = new Map<string, string>()
  for (const { room } of records) {
    if (room === undefined || names.has(room)) continue
    const summary = await app.read(ctx, admin, (meter) => app.store.rooms.summary(admin, room, meter))
    names.set(room, fullTitle(displayTitleOf(summary ?? { room, name: '' }, ctx.state.language.t)))
  }
  return records.map((record) => ({
    ...record,
    sentence: auditSentence(record, ctx.state.language, record.room && names.get(record.room)),
    mayUndo: record.undoable && record.user?.id !== admin.user.id && (record.type !== 'settings' || isOwner),
  }))
}

/** Why it was not done, for the admin. @throws what is no refusal */
function faultIn(ctx: Context, { signIn }: AppContext, error: unknown): Fault {
  if (!(error instanceof ChatError) || error.code === 'name-taken') return signIn.explain(ctx, error)
  setRefusal(ctx, error, 403)
  return { message: errorText(error.code, ctx.state.language.t) }
}

/** A refused form keeps the choice. */
function banLengths(ctx: Context): { value: string; words: string; isChosen: boolean }[] {
  const chosen = ctx.field('days') || Object.keys(banMs)[0]
  return Object.entries(banMs).map(([value, ms]) => {
    return { value, words: formatDuration(ms, ctx.state.language), isChosen: value === chosen }
  })
}

function untilOf(ctx: Context): number {
  const days = ctx.field('days')
  const ms = Object.hasOwn(banMs, days) ? banMs[days] : undefined
  return ms === undefined ? ctx.throw(400) : Math.min(Date.now() + ms, forever)
}

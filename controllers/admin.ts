import type { Context } from 'koa'
import { isRange, rangesOf } from '../src/server/auth/ip-bans.ts'
import { hashOf, newToken } from '../src/server/auth/tokens.ts'
import type { Action, AppContext, Controller } from '../src/server/http/app-context.ts'
import { ownOrigin } from '../src/server/http/request-origin.ts'
import { retryAfter } from '../src/server/http/retry-after.ts'
import { auditSentence, durationText } from '../src/shared/audit-sentences.ts'
import { errorTexts } from '../src/shared/error-texts.ts'
import { newNameOf } from '../src/shared/new-name.ts'
import { type AuditRecord, ChatError, forever, lobby, type User } from '../src/shared/protocol.ts'
import { canActOn, isAdmin } from '../src/shared/rights.ts'
import { wholeTitleOf, withDisplayName } from '../src/shared/rooms.ts'
import { normalizeName } from '../src/shared/text.ts'

/** One of those who run the app. */
type Runner = Parameters<AppContext['chat']['roomPage']>[0]
type Account = NonNullable<Awaited<ReturnType<AppContext['store']['accounts']['get']>>>
type Content = Parameters<AppContext['chat']['moderate']>[1]

interface Fault {
  message: string
  /** The field of the form; undefined when the fault is not about one field. */
  field?: string
}

const dayMs = 24 * 60 * 60 * 1000
/** How long a password link works. */
const linkMs = dayMs
/** For how long one can be banned, by what a form says. */
const banMs: Readonly<Record<string, number>> = { '1': dayMs, '7': 7 * dayMs, ever: forever }
/** The HTTP status of a refused action; any other is 403. */
const statuses: Readonly<Record<string, number>> = { 'too-fast': 429, unavailable: 503 }
const maxPeople = 100
const actsPerPage = 50

export default {
  'GET /admin': forRunners((ctx, app, runner) => showPeople(ctx, app, runner)),
  'GET /admin/people': forRunners((ctx) => ctx.redirect('/admin')),
  'POST /admin/people': forRunners(addPerson),

  'GET /admin/people/:id': forRunners(async (ctx, app, runner) => {
    await showPerson(ctx, app, runner, await personAskedFor(ctx, app))
  }),
  // The address of a form that was refused or has shown its link: a reload gets the page.
  'GET /admin/people/:id/:act': forRunners((ctx) => ctx.redirect(`/admin/people/${encodeURIComponent(ctx.params.id)}`)),
  'POST /admin/people/:id/link': forRunners(async (ctx, app, runner) => {
    const person = await personAskedFor(ctx, app)
    await giveLink(ctx, app, runner, person.user).catch((error) => {
      return showPerson(ctx, app, runner, person, faultIn(ctx, app, error))
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
  'POST /admin/people/:id/purge': onPerson((ctx, { signIn }, user) => {
    if (!ctx.field('sure')) throw signIn.refusal(400, { text: 'purgeUnsure' }, 'sure')
    return { type: 'purge', user }
  }),

  'GET /admin/addresses': forRunners((ctx, app, runner) => showAddresses(ctx, app, runner)),
  'GET /admin/addresses/lift': forRunners((ctx) => ctx.redirect('/admin/addresses')),
  'POST /admin/addresses': forRunners(async (ctx, app, runner) => {
    await actOnRange(ctx, app, runner, () => untilOf(ctx))
  }),
  'POST /admin/addresses/lift': forRunners(async (ctx, app, runner) => {
    await actOnRange(ctx, app, runner, () => 0)
  }),

  'GET /admin/rooms': forRunners((ctx, app, runner) => showRooms(ctx, app, runner)),
  'GET /admin/rooms/delete': forRunners((ctx) => ctx.redirect('/admin/rooms')),
  'POST /admin/rooms/delete': forRunners(async (ctx, app, runner) => {
    try {
      if (!ctx.field('sure')) throw app.signIn.refusal(400, { text: 'deleteRoomUnsure' })
      await actAndReturn(ctx, app, runner, { type: 'delete-room', room: ctx.field('room') }, '/admin/rooms')
    } catch (error) {
      await showRooms(ctx, app, runner, faultIn(ctx, app, error))
    }
  }),

  'GET /admin/log': forRunners((ctx, app, runner) => showLog(ctx, app, runner)),
  'GET /admin/acts/:id/undo': forRunners((ctx) => ctx.redirect('/admin/log')),
  'POST /admin/acts/:id/undo': forRunners(async (ctx, app, runner) => {
    const act = idOf(ctx.params.id) ?? ctx.throw(404)
    const asked = ctx.field('to')
    const to = /^\/admin(\/\w+)*$/.test(asked) ? asked : '/admin/log'
    try {
      await actAndReturn(ctx, app, runner, { type: 'undo', action: act }, to)
    } catch (error) {
      await showLog(ctx, app, runner, faultIn(ctx, app, error))
    }
  }),
} satisfies Controller

/** For all others there is no such page. */
function forRunners(action: (ctx: Context, app: AppContext, runner: Runner) => Promise<void> | void): Action {
  return async (ctx, app) => {
    const session = await app.sessions.find(ctx.req)
    const runner = session?.isVerified && isAdmin(session.role) ? session : ctx.throw(404)
    await action(ctx, app, runner)
  }
}

/** Carries out an action on a person, and shows that person again. */
function onPerson(contentOf: (ctx: Context, app: AppContext, user: number) => Promise<Content> | Content): Action {
  return forRunners(async (ctx, app, runner) => {
    const person = await personAskedFor(ctx, app)
    const { id } = person.user
    try {
      await actAndReturn(ctx, app, runner, await contentOf(ctx, app, id), `/admin/people/${id}`)
    } catch (error) {
      await showPerson(ctx, app, runner, person, faultIn(ctx, app, error))
    }
  })
}

async function actAndReturn(
  ctx: Context,
  app: AppContext,
  runner: Runner,
  content: Content,
  to: string,
): Promise<void> {
  const { action } = await app.chat.moderate(runner, content)
  ctx.seeOther(action === undefined ? to : `${to}?done=${action}`)
}

async function actOnRange(ctx: Context, app: AppContext, runner: Runner, until: () => number): Promise<void> {
  const range = ctx.field('range').trim()
  try {
    if (!isRange(range)) throw app.signIn.refusal(400, { text: 'invalidRange' }, 'range')
    await actAndReturn(ctx, app, runner, { type: 'ban-range', range, until: until() }, '/admin/addresses')
  } catch (error) {
    await showAddresses(ctx, app, runner, faultIn(ctx, app, error))
  }
}

async function addPerson(ctx: Context, app: AppContext, runner: Runner): Promise<void> {
  try {
    await giveLink(ctx, app, runner, await newPerson(app, newNameOf(ctx.field('name'))))
  } catch (error) {
    await showPeople(ctx, app, runner, faultIn(ctx, app, error))
  }
}

async function newPerson({ store, signIn }: AppContext, name: string): Promise<User> {
  const skeleton = signIn.skeletonOf(name)
  const isTaken = (await store.accounts.findClaimed(skeleton)) !== undefined || (await store.accounts.hasUser(name))
  if (isTaken) throw signIn.refusal(409, { text: 'personNameTaken' }, 'name')
  return await store.accounts.openGuest(name, skeleton)
}

/** Shown once: only its hash is kept. */
async function giveLink(ctx: Context, app: AppContext, runner: Runner, user: User): Promise<void> {
  const token = newToken(32)
  const expiresAt = Date.now() + linkMs
  await app.chat.moderate(runner, { type: 'link', user: user.id, tokenHash: hashOf(token), expiresAt })
  const link = `${ownOrigin(ctx.req, app.config) ?? ''}/link/${token}`
  ctx.body = app.render(ctx, 'admin/link.njk', { role: runner.role, person: user, link })
}

async function showPeople(ctx: Context, app: AppContext, runner: Runner, fault?: Fault): Promise<void> {
  const find = typeof ctx.query.find === 'string' ? normalizeName(ctx.query.find) : ''
  const people = find.isWellFormed()
    ? await app.read(ctx, runner, (meter) => app.store.accounts.list(find, maxPeople + 1, meter))
    : []
  ctx.body = app.render(ctx, 'admin/people.njk', {
    role: runner.role,
    find,
    people: people.slice(0, maxPeople),
    more: people.length > maxPeople,
    now: Date.now(),
    name: ctx.field('name'),
    fault,
  })
}

async function showPerson(
  ctx: Context,
  app: AppContext,
  runner: Runner,
  person: Account,
  fault?: Fault,
): Promise<void> {
  const { role } = runner
  ctx.body = app.render(ctx, 'admin/person.njk', {
    role,
    person,
    isBelow: canActOn({ serverRole: role }, { serverRole: person.role }),
    banLengths: banLengths(ctx),
    now: Date.now(),
    done: fault ? undefined : await actDone(ctx, app, runner),
    fault,
  })
}

async function showAddresses(ctx: Context, app: AppContext, runner: Runner, fault?: Fault): Promise<void> {
  ctx.body = app.render(ctx, 'admin/addresses.njk', {
    role: runner.role,
    ranges: await app.store.moderation.bannedRanges(Date.now()),
    range: ctx.field('range'),
    banLengths: banLengths(ctx),
    done: fault ? undefined : await actDone(ctx, app, runner),
    fault,
  })
}

/** The rooms that the admin can view: they do not see private rooms to which they do not belong. */
async function showRooms(ctx: Context, app: AppContext, runner: Runner, fault?: Fault): Promise<void> {
  const rooms = await app.read(ctx, runner, (meter) => app.store.rooms.list(runner, meter))
  ctx.body = app.render(ctx, 'admin/rooms.njk', {
    role: runner.role,
    rooms: rooms.filter(({ room, kind }) => room !== lobby && kind !== 'direct'),
    done: fault ? undefined : await actDone(ctx, app, runner),
    fault,
  })
}

async function showLog(ctx: Context, app: AppContext, runner: Runner, fault?: Fault): Promise<void> {
  const before = idOf(ctx.query.before)
  const acts = await app.read(ctx, runner, (meter) =>
    app.store.moderation.auditLog(runner, before, actsPerPage + 1, meter),
  )
  ctx.body = app.render(ctx, 'admin/log.njk', {
    role: runner.role,
    acts: await told(ctx, app, runner, acts.slice(0, actsPerPage)),
    isOlder: before !== undefined,
    more: acts.length > actsPerPage,
    done: fault ? undefined : await actDone(ctx, app, runner),
    fault,
  })
}

async function personAskedFor(ctx: Context, { store }: AppContext): Promise<Account> {
  const id = idOf(ctx.params.id)
  const person = id === undefined ? undefined : await store.accounts.get(id)
  return person ?? ctx.throw(404)
}

/** What the address says was done: the log knows. */
async function actDone(ctx: Context, app: AppContext, runner: Runner) {
  const id = idOf(ctx.query.done)
  if (id === undefined) return undefined
  const records = await app.read(ctx, runner, (meter) => app.store.moderation.auditLog(runner, id + 1, 1, meter))
  const own = records.filter((one) => one.id === id)
  return (await told(ctx, app, runner, own))[0]
}

/** Acts, as one reads of them. */
async function told(ctx: Context, app: AppContext, runner: Runner, acts: AuditRecord[]) {
  const names = new Map<string, string>()
  for (const { room } of acts) {
    if (room === undefined || names.has(room)) continue
    const summary = await app.read(ctx, runner, (meter) => app.store.rooms.summary(runner, room, meter))
    names.set(room, wholeTitleOf(withDisplayName(summary ?? { room, name: '' }, ctx.state.language.t)))
  }
  return acts.map((act) => ({
    ...act,
    sentence: auditSentence(act, ctx.state.language, act.room && names.get(act.room)),
    mayUndo: act.undoable && act.user?.id !== runner.user.id,
  }))
}

/** Why it was not done, for the runner. @throws what is no refusal */
function faultIn(ctx: Context, { signIn }: AppContext, error: unknown): Fault {
  if (!(error instanceof ChatError) || error.code === 'name-taken') return signIn.explain(ctx, error)
  ctx.status = statuses[error.code] ?? 403
  if (error.retryAfterMs) ctx.set('Retry-After', retryAfter(error.retryAfterMs))
  return { message: ctx.state.language.t(errorTexts[error.code]) }
}

/** A refused form keeps the choice. */
function banLengths(ctx: Context): { value: string; words: string; isChosen: boolean }[] {
  const chosen = ctx.field('days') || Object.keys(banMs)[0]
  return Object.entries(banMs).map(([value, ms]) => {
    return { value, words: durationText(ms, ctx.state.language), isChosen: value === chosen }
  })
}

function untilOf(ctx: Context): number {
  const days = ctx.field('days')
  const ms = Object.hasOwn(banMs, days) ? banMs[days] : undefined
  return ms === undefined ? ctx.throw(400) : Math.min(Date.now() + ms, forever)
}

function idOf(text: unknown): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

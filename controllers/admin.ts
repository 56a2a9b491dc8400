import type { Context } from 'koa'
import type { Action, Controller, House } from '../src/server/http/app-context.ts'
import { actSentence, timeWords } from '../src/shared/act-sentences.ts'
import { errorWords } from '../src/shared/error-words.ts'
import { newNameOf } from '../src/shared/new-name.ts'
import { type AuditRecord, ChatError, forever, lobby, type User } from '../src/shared/protocol.ts'
import { canActOn, isAdmin } from '../src/shared/rights.ts'
import { wholeTitleOf } from '../src/shared/rooms.ts'
import { normalizeName } from '../src/shared/text.ts'

/** One of those who run the house. */
type Runner = Parameters<House['roomPage']>[0]
type Account = NonNullable<Awaited<ReturnType<House['store']['accounts']['get']>>>
type Content = Parameters<House['act']>[1]

interface Fault {
  message: string
  /** Of the form; undefined when it is about all of it. */
  field?: string
}

const dayMs = 24 * 60 * 60 * 1000
/** Of a password link. */
const linkMs = dayMs
/** For how long one can be banned, by what a form says. */
const banMs: Readonly<Record<string, number>> = { '1': dayMs, '7': 7 * dayMs, ever: forever }
/** Of a refusal; any other is 403. */
const statuses: Readonly<Record<string, number>> = { 'too-fast': 429, unavailable: 503 }
const mostPeople = 100
const actsPerPage = 50

export default {
  'GET /admin': forRunners((ctx, house, runner) => showPeople(ctx, house, runner)),
  'GET /admin/people': forRunners((ctx) => ctx.redirect('/admin')),
  'POST /admin/people': forRunners(addPerson),

  'GET /admin/people/:id': forRunners(async (ctx, house, runner) => {
    await showPerson(ctx, house, runner, await personAskedFor(ctx, house))
  }),
  // The address of a form that was refused, or that has shown its link: whoever loads it anew wants the page.
  'GET /admin/people/:id/:act': forRunners((ctx) => ctx.redirect(`/admin/people/${encodeURIComponent(ctx.params.id)}`)),
  'POST /admin/people/:id/link': forRunners(async (ctx, house, runner) => {
    const person = await personAskedFor(ctx, house)
    await giveLink(ctx, house, runner, person.user).catch((error) => {
      return showPerson(ctx, house, runner, person, faultIn(ctx, house, error))
    })
  }),
  'POST /admin/people/:id/role': onPerson((ctx, _house, user) => {
    return { type: 'role', room: undefined, user, role: ctx.field('role') === 'admin' ? 'admin' : 'member' }
  }),
  'POST /admin/people/:id/ban': onPerson(async (ctx, house, user) => {
    const ranges = ctx.field('addresses') ? await house.rangesOf(user) : []
    return { type: 'ban', room: undefined, user, until: untilOf(ctx), ranges }
  }),
  'POST /admin/people/:id/unban': onPerson((_ctx, _house, user) => {
    return { type: 'ban', room: undefined, user, until: 0, ranges: [] }
  }),
  'POST /admin/people/:id/purge': onPerson((ctx, { door }, user) => {
    if (!ctx.field('sure')) throw door.refusal(400, { word: 'purgeUnsure' }, 'sure')
    return { type: 'purge', user }
  }),

  'GET /admin/addresses': forRunners((ctx, house, runner) => showAddresses(ctx, house, runner)),
  'GET /admin/addresses/lift': forRunners((ctx) => ctx.redirect('/admin/addresses')),
  'POST /admin/addresses': forRunners(async (ctx, house, runner) => {
    await actOnRange(ctx, house, runner, () => untilOf(ctx))
  }),
  'POST /admin/addresses/lift': forRunners(async (ctx, house, runner) => {
    await actOnRange(ctx, house, runner, () => 0)
  }),

  'GET /admin/rooms': forRunners((ctx, house, runner) => showRooms(ctx, house, runner)),
  'GET /admin/rooms/delete': forRunners((ctx) => ctx.redirect('/admin/rooms')),
  'POST /admin/rooms/delete': forRunners(async (ctx, house, runner) => {
    try {
      if (!ctx.field('sure')) throw house.door.refusal(400, { word: 'deleteRoomUnsure' })
      await actAndReturn(ctx, house, runner, { type: 'delete-room', room: ctx.field('room') }, '/admin/rooms')
    } catch (error) {
      await showRooms(ctx, house, runner, faultIn(ctx, house, error))
    }
  }),

  'GET /admin/log': forRunners((ctx, house, runner) => showLog(ctx, house, runner)),
  'GET /admin/acts/:id/undo': forRunners((ctx) => ctx.redirect('/admin/log')),
  'POST /admin/acts/:id/undo': forRunners(async (ctx, house, runner) => {
    const act = idOf(ctx.params.id) ?? ctx.throw(404)
    const asked = ctx.field('to')
    const to = /^\/admin(\/\w+)*$/.test(asked) ? asked : '/admin/log'
    try {
      await actAndReturn(ctx, house, runner, { type: 'undo', act }, to)
    } catch (error) {
      await showLog(ctx, house, runner, faultIn(ctx, house, error))
    }
  }),
} satisfies Controller

/** For all others there is no such page. */
function forRunners(action: (ctx: Context, house: House, runner: Runner) => Promise<void> | void): Action {
  return async (ctx, house) => {
    const session = await house.sessions.find(ctx.req)
    const runner = session?.isVerified && isAdmin(session.role) ? session : ctx.throw(404)
    await action(ctx, house, runner)
  }
}

/** Does something to a person, and shows him again. */
function onPerson(contentOf: (ctx: Context, house: House, user: number) => Promise<Content> | Content): Action {
  return forRunners(async (ctx, house, runner) => {
    const person = await personAskedFor(ctx, house)
    const { id } = person.user
    try {
      await actAndReturn(ctx, house, runner, await contentOf(ctx, house, id), `/admin/people/${id}`)
    } catch (error) {
      await showPerson(ctx, house, runner, person, faultIn(ctx, house, error))
    }
  })
}

async function actAndReturn(ctx: Context, house: House, runner: Runner, content: Content, to: string): Promise<void> {
  const { action } = await house.act(runner, content)
  ctx.seeOther(action === undefined ? to : `${to}?done=${action}`)
}

async function actOnRange(ctx: Context, house: House, runner: Runner, until: () => number): Promise<void> {
  const range = ctx.field('range').trim()
  try {
    if (!house.isRange(range)) throw house.door.refusal(400, { word: 'invalidRange' }, 'range')
    await actAndReturn(ctx, house, runner, { type: 'ban-range', range, until: until() }, '/admin/addresses')
  } catch (error) {
    await showAddresses(ctx, house, runner, faultIn(ctx, house, error))
  }
}

async function addPerson(ctx: Context, house: House, runner: Runner): Promise<void> {
  try {
    await giveLink(ctx, house, runner, await newPerson(house, newNameOf(ctx.field('name'))))
  } catch (error) {
    await showPeople(ctx, house, runner, faultIn(ctx, house, error))
  }
}

async function newPerson({ store, door }: House, name: string): Promise<User> {
  const skeleton = door.skeletonOf(name)
  const isTaken = (await store.accounts.findClaimed(skeleton)) !== undefined || (await store.accounts.hasUser(name))
  if (isTaken) throw door.refusal(409, { word: 'personNameTaken' }, 'name')
  return await store.accounts.openGuest(name, skeleton)
}

/** Shown once: only its hash is kept. */
async function giveLink(ctx: Context, house: House, runner: Runner, user: User): Promise<void> {
  const token = house.newToken(32)
  const expiresAt = Date.now() + linkMs
  await house.act(runner, { type: 'link', user: user.id, tokenHash: house.hashOf(token), expiresAt })
  const link = `${house.originOf(ctx.req) ?? ''}/link/${token}`
  ctx.body = house.render(ctx, 'admin/link.njk', { role: runner.role, person: user, link })
}

async function showPeople(ctx: Context, house: House, runner: Runner, fault?: Fault): Promise<void> {
  const find = typeof ctx.query.find === 'string' ? normalizeName(ctx.query.find) : ''
  const people = find.isWellFormed()
    ? await house.read(ctx, runner, (meter) => house.store.accounts.list(find, mostPeople + 1, meter))
    : []
  ctx.body = house.render(ctx, 'admin/people.njk', {
    role: runner.role,
    find,
    people: people.slice(0, mostPeople),
    more: people.length > mostPeople,
    now: Date.now(),
    name: ctx.field('name'),
    fault,
  })
}

async function showPerson(ctx: Context, house: House, runner: Runner, person: Account, fault?: Fault): Promise<void> {
  const { role } = runner
  ctx.body = house.render(ctx, 'admin/person.njk', {
    role,
    person,
    isBelow: canActOn({ house: role }, { house: person.role }),
    banLengths: banLengths(ctx),
    now: Date.now(),
    done: fault ? undefined : await actDone(ctx, house, runner),
    fault,
  })
}

async function showAddresses(ctx: Context, house: House, runner: Runner, fault?: Fault): Promise<void> {
  ctx.body = house.render(ctx, 'admin/addresses.njk', {
    role: runner.role,
    ranges: await house.store.moderation.bannedRanges(Date.now()),
    range: ctx.field('range'),
    banLengths: banLengths(ctx),
    done: fault ? undefined : await actDone(ctx, house, runner),
    fault,
  })
}

/** Those that the runner sees: a private room that they do not belong to is not theirs to know of. */
async function showRooms(ctx: Context, house: House, runner: Runner, fault?: Fault): Promise<void> {
  const rooms = await house.read(ctx, runner, (meter) => house.store.rooms.list(runner, meter))
  ctx.body = house.render(ctx, 'admin/rooms.njk', {
    role: runner.role,
    rooms: rooms.filter(({ room, kind }) => room !== lobby && kind !== 'direct'),
    done: fault ? undefined : await actDone(ctx, house, runner),
    fault,
  })
}

async function showLog(ctx: Context, house: House, runner: Runner, fault?: Fault): Promise<void> {
  const before = idOf(ctx.query.before)
  const acts = await house.read(ctx, runner, (meter) =>
    house.store.moderation.auditLog(runner, before, actsPerPage + 1, meter),
  )
  ctx.body = house.render(ctx, 'admin/log.njk', {
    role: runner.role,
    acts: await told(ctx, house, runner, acts.slice(0, actsPerPage)),
    isOlder: before !== undefined,
    more: acts.length > actsPerPage,
    done: fault ? undefined : await actDone(ctx, house, runner),
    fault,
  })
}

async function personAskedFor(ctx: Context, { store }: House): Promise<Account> {
  const id = idOf(ctx.params.id)
  const person = id === undefined ? undefined : await store.accounts.get(id)
  return person ?? ctx.throw(404)
}

/** What the address says was done: the log knows. */
async function actDone(ctx: Context, house: House, runner: Runner) {
  const id = idOf(ctx.query.done)
  const acts =
    id === undefined
      ? []
      : await house.read(ctx, runner, (meter) => house.store.moderation.auditLog(runner, id + 1, 1, meter))
  const [act] = await told(
    ctx,
    house,
    runner,
    acts.filter((one) => one.id === id),
  )
  return act
}

/** Acts, as one reads of them. */
async function told(ctx: Context, house: House, runner: Runner, acts: AuditRecord[]) {
  const names = new Map<string, string>()
  for (const { room } of acts) {
    if (room === undefined || names.has(room)) continue
    const summary = await house.read(ctx, runner, (meter) => house.store.rooms.summary(runner, room, meter))
    names.set(room, wholeTitleOf(summary ?? { room, name: '' }))
  }
  return acts.map((act) => ({
    ...act,
    sentence: actSentence(act, ctx.state.language, act.room && names.get(act.room)),
    mayUndo: act.undoable && act.user?.id !== runner.user.id,
  }))
}

/** Why it was not done, for the runner. @throws what is no refusal */
function faultIn(ctx: Context, { door }: House, error: unknown): Fault {
  if (!(error instanceof ChatError) || error.code === 'name-taken') return door.refuse(ctx, error)
  ctx.status = statuses[error.code] ?? 403
  if (error.retryAfterMs) ctx.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)))
  return { message: ctx.state.language.t(errorWords[error.code]) }
}

/** Of a form that was refused what was chosen stays so. */
function banLengths(ctx: Context): { value: string; words: string; isChosen: boolean }[] {
  const chosen = ctx.field('days') || Object.keys(banMs)[0]
  return Object.entries(banMs).map(([value, ms]) => {
    return { value, words: timeWords(ms, ctx.state.language), isChosen: value === chosen }
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

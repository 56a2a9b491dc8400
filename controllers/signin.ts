import type { Context } from 'koa'
import type { Controller, House } from '../src/server/http/context.ts'
import { localPath } from '../src/shared/local-path.ts'
import { ChatError, limits, type User } from '../src/shared/protocol.ts'
import { runsHouse } from '../src/shared/rights.ts'
import { type Fault, faultInName, normalizeName } from '../src/shared/text.ts'

const rememberedMs = 365 * 24 * 60 * 60 * 1000

interface Typed {
  name: string
  password: string
  to: string
}

/** Whoever comes in, and whether it is certain that he is who he says. */
interface Arrival {
  user: User
  isProven: boolean
}

/** Why somebody is not let in. */
class Refusal extends Error {
  readonly status: number
  readonly fault: Fault
  readonly waitMs: number

  constructor(status: number, fault: Fault, waitMs = 0) {
    super(fault.word)
    this.status = status
    this.fault = fault
    this.waitMs = waitMs
  }
}

export default {
  async 'GET /signin'(ctx, { sessions, names, render, config }) {
    const to = localPath(ctx.query.to)
    if (await sessions.find(ctx.req)) return ctx.redirect(to)
    const suggested = config.guests ? await names.suggest(ctx.state.language.code) : ''
    ctx.body = render(ctx, 'signin.njk', { name: rememberedName(ctx) ?? suggested, to, guests: config.guests })
  },

  async 'POST /signin'(ctx, house) {
    const typed = typedIn(ctx)
    try {
      const { user, isProven } = await arrival(ctx, house, typed)
      await endSession(ctx, house)
      await house.sessions.start(user, isProven, ctx.req, ctx.res)
      rememberName(ctx, house.sessions, user.name)
      if (wantsJson(ctx)) ctx.body = user
      else seeOther(ctx, typed.to)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refuse(ctx, house, typed, error)
    }
  },

  async 'POST /signout'(ctx, house) {
    await endSession(ctx, house)
    seeOther(ctx, '/signin')
  },
} satisfies Controller

/** @throws Refusal */
async function arrival(ctx: Context, house: House, typed: Typed): Promise<Arrival> {
  const fault = faultInName(typed.name, limits.nameCharacters)
  const skeleton = house.skeletonOf(typed.name)
  // One that nobody can see is everybody's.
  if (fault || !skeleton) throw new Refusal(400, fault ?? { word: 'nameInkless' })
  const waitMs = house.signInWaitMs(ctx.req)
  if (waitMs) throw new Refusal(429, { word: 'tooManySignIns' }, waitMs)
  return typed.password ? await byPassword(ctx, house, typed, skeleton) : await byName(ctx, house, typed, skeleton)
}

async function byName(ctx: Context, house: House, { name }: Typed, skeleton: string): Promise<Arrival> {
  if (!house.config.guests) throw new Refusal(403, { word: 'guestsOff' })
  if (house.bans.has(house.addressOf(ctx.req))) throw new Refusal(403, { word: 'bannedHere' })
  const guest = await guestNamed(house, name, skeleton)
  await refuseBanned(house, guest.user)
  return guest
}

async function guestNamed({ store }: House, name: string, skeleton: string): Promise<Arrival> {
  try {
    return await store.guestNamed(name, skeleton)
  } catch (error) {
    if (error instanceof ChatError && error.code === 'name-taken') throw new Refusal(403, { word: 'nameTaken' })
    throw error
  }
}

/** What it answers and how long it takes is the same whether anybody has the name or not. */
async function byPassword(ctx: Context, house: House, { password }: Typed, skeleton: string): Promise<Arrival> {
  const { store, attempts, bans } = house
  const account = await store.accountLike(skeleton)
  const session = await house.sessions.find(ctx.req)
  const isKnown = account !== undefined && session?.isProven === true && session.user.id === account.user.id
  const address = house.addressOf(ctx.req)
  const attempt = { account: skeleton, address, isKnown }
  const waitMs = attempts.begin(attempt)
  if (waitMs) throw new Refusal(429, { word: 'tooManySignIns' }, waitMs)
  const isRight = await verified(house, password, account?.passwordHash)
  if (!account || !isRight) throw new Refusal(403, { word: 'wrongPassword' })
  attempts.succeeded(attempt)
  await refuseBanned(house, account.user)
  if (bans.has(address) && !runsHouse(account.role)) throw new Refusal(403, { word: 'bannedHere' })
  return { user: account.user, isProven: true }
}

async function verified({ passwords }: House, password: string, hash: string | undefined): Promise<boolean> {
  try {
    return await passwords.verify(password, hash)
  } catch (error) {
    const { retryAfterMs } = error as { retryAfterMs?: number }
    if (retryAfterMs === undefined) throw error
    throw new Refusal(503, { word: 'tooBusy' }, retryAfterMs)
  }
}

async function refuseBanned({ store }: House, user: User): Promise<void> {
  const account = await store.account(user.id)
  if ((account?.bannedUntil ?? 0) > Date.now()) throw new Refusal(403, { word: 'bannedHere' })
}

function refuse(
  ctx: Context,
  { render, config }: House,
  { name, to }: Typed,
  { status, fault, waitMs }: Refusal,
): void {
  const message = ctx.state.language.t(fault.word, fault.values)
  ctx.status = status
  if (waitMs) ctx.set('Retry-After', String(Math.ceil(waitMs / 1000)))
  if (wantsJson(ctx)) ctx.body = { error: { status, message } }
  else ctx.body = render(ctx, 'signin.njk', { name, to, fault: message, guests: config.guests })
}

async function endSession(ctx: Context, { sessions, hub }: House): Promise<void> {
  const session = await sessions.find(ctx.req)
  if (!session) return
  await sessions.end(session, ctx.req, ctx.res)
  hub.publish({ type: 'session-ended', user: session.user, session: session.id })
}

function typedIn(ctx: Context): Typed {
  const { name, password, to } = ctx.request.body as Record<string, unknown>
  return { name: normalizeName(textOf(name)), password: textOf(password), to: localPath(to) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function wantsJson(ctx: Context): boolean {
  return ctx.accepts('html', 'json') === 'json'
}

function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}

function rememberedName(ctx: Context): string | undefined {
  const name = normalizeName(decodeURIComponentOr(ctx.cookies.get('name') ?? '', ''))
  return faultInName(name, limits.nameCharacters) ? undefined : name
}

function rememberName(ctx: Context, sessions: House['sessions'], name: string): void {
  sessions.cookies(ctx.req, ctx.res).set('name', encodeURIComponent(name), { sameSite: 'lax', maxAge: rememberedMs })
}

function decodeURIComponentOr(text: string, otherwise: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A cookie that somebody else has written.
    return otherwise
  }
}

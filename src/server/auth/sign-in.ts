/** How people come in: as whom, by what, and why not. */
import type { Context } from 'koa'
import type { TextKey } from '../../shared/language.ts'
import { faultInNewName, newNameOf } from '../../shared/new-name.ts'
import { ChatError, limits } from '../../shared/protocol.ts'
import { isAdmin } from '../../shared/rights.ts'
import { type Fault, faultInName } from '../../shared/text.ts'
import type { House } from '../http/app-context.ts'
import { networkOf } from '../rate-limit/network.ts'
import type { Account, EndedSession } from '../store/store.ts'
import type { Arrival, Begin } from './sessions.ts'

export interface Door {
  /** @param name to be given, as `newNameOf` makes it @throws Refusal for what cannot be a name */
  skeletonOf(name: string): string
  /**
   * As whom somebody comes in by a name alone, or by a name and its password.
   * @param isInvited by a link, so that a name is enough wherever he is @throws Refusal
   */
  arrival(ctx: Context, typed: Typed, isInvited?: boolean): Promise<Arrived>
  /** Begins a session, in place of the one that the request came with. @param begin stores it, where more is to be stored with it */
  letIn(ctx: Context, arrival: Arrived, begin?: Begin): Promise<void>
  /** Ends the session that the request came with. */
  letOut(ctx: Context): Promise<void>
  /** @throws Refusal for somebody who is banned, and for an address that is, unless he runs the house */
  refuseBanned(ctx: Context, account: Account): void
  /** Counts as an attempt. @throws Refusal unless the password is that of the account, whose session asks */
  prove(ctx: Context, account: Account, password: string): Promise<void>
  /** What is kept of a new password. Counts as a sign-in. @throws Refusal for one that its owner, who is called `name`, may not choose */
  hashOf(ctx: Context, password: string, name: string): Promise<string>
  /** Another reason not to do what was asked, to be thrown. */
  refusal(status: number, fault: Fault, field?: Field): Error
  /** Gives the answer the status of what was thrown. @returns why, for the reader @throws what is no refusal */
  refuse(ctx: Context, error: unknown): Refused
}

type Attempt = Parameters<House['attempts']['begin']>[0]

export interface Arrived extends Arrival {
  /** With a password: it has succeeded once the session has begun. */
  attempt?: Attempt
}

export interface Typed {
  /** Normalized. */
  name: string
  /** Empty when none was typed. */
  password: string
}

export type Field = 'name' | 'password' | 'current' | 'range' | 'sure'

export interface Refused {
  message: string
  /** What was typed there is what was wrong. */
  field: Field
}

type Needs = Pick<
  House,
  | 'log'
  | 'store'
  | 'sessions'
  | 'hub'
  | 'passwords'
  | 'faultInPassword'
  | 'attempts'
  | 'bans'
  | 'config'
  | 'skeletonOf'
  | 'addressOf'
  | 'signInWaitMs'
  | 'newNameWaitMs'
>

const rememberedMs = 365 * 24 * 60 * 60 * 1000

/** What the operator hears of refusals, by what the person hears. */
const causes: Readonly<Partial<Record<TextKey, { event: 'sign-in-refused' | 'sign-in-throttled'; reason: string }>>> = {
  wrongPassword: { event: 'sign-in-refused', reason: 'wrong-password' },
  wrongCurrent: { event: 'sign-in-refused', reason: 'wrong-password' },
  nameTaken: { event: 'sign-in-refused', reason: 'name-taken' },
  guestsOff: { event: 'sign-in-refused', reason: 'guests-off' },
  youAreBanned: { event: 'sign-in-refused', reason: 'banned' },
  tooManyPasswords: { event: 'sign-in-throttled', reason: 'passwords' },
  tooManySignIns: { event: 'sign-in-throttled', reason: 'sign-ins' },
  tooBusy: { event: 'sign-in-throttled', reason: 'server-busy' },
}

class Refusal extends Error {
  readonly status: number
  readonly fault: Fault
  readonly field: Field
  readonly waitMs: number
  /** Whose account it is about, for the log. */
  readonly user: number | undefined

  constructor(
    status: number,
    fault: Fault,
    { field = 'name', waitMs = 0, user }: { field?: Field; waitMs?: number; user?: number | undefined } = {},
  ) {
    super(fault.word)
    this.status = status
    this.fault = fault
    this.field = field
    this.waitMs = waitMs
    this.user = user
  }
}

export function createDoor(house: Needs): Door {
  const { log, store, sessions, hub, passwords, attempts, bans, config } = house

  return {
    skeletonOf: (name) => skeletonOf(name),

    async arrival(ctx, typed, isInvited = false) {
      const name = await nameMeant(typed.name)
      const skeleton = skeletonOf(name, await store.accounts.hasUser(name))
      const waitMs = house.signInWaitMs(ctx.req)
      if (waitMs) throw new Refusal(429, { word: 'tooManySignIns' }, { waitMs })
      if (typed.password) return await byPassword(ctx, { ...typed, name }, skeleton)
      if (!config.guests && !isInvited) throw new Refusal(403, { word: 'guestsOff' })
      return await byName(ctx, { ...typed, name }, skeleton)
    },

    async letIn(ctx, arrival, begin) {
      const ended = await startCounting(ctx, arrival, begin)
      // A link, which stores more, may be one that sets a new password because somebody else has the old one.
      const why = begin ? {} : ({ isOver: true } as const)
      for (const one of ended) hub.publish({ type: 'session-ended', ...one, ...why })
      rememberName(ctx, arrival.user.name)
    },

    letOut,
    refuseBanned,

    async prove(ctx, account, password) {
      const address = house.addressOf(ctx.req)
      const attempt = { account: house.skeletonOf(account.user.name), address, isKnown: true }
      await begin(attempt, password, account, { word: 'wrongCurrent' }, 'current')
      attempts.succeeded(attempt)
    },

    async hashOf(ctx, password, name) {
      const fault = house.faultInPassword(password, name)
      if (fault) throw new Refusal(400, fault, { field: 'password' })
      // A claim costs what a sign-in costs.
      const waitMs = house.signInWaitMs(ctx.req)
      if (waitMs) throw new Refusal(429, { word: 'tooManySignIns' }, { field: 'password', waitMs })
      return await inTurn(() => passwords.hash(password, networkOf(house.addressOf(ctx.req))))
    },

    refusal: (status, fault, field) => new Refusal(status, fault, field && { field }),

    refuse(ctx, error) {
      const { status, fault, field, waitMs, user } = refusalOf(error)
      const known = causes[fault.word]
      if (known) log.event(known.event, { reason: known.reason, address: house.addressOf(ctx.req), user })
      ctx.status = status
      if (waitMs) ctx.set('Retry-After', String(Math.ceil(waitMs / 1000)))
      return { message: ctx.state.language.t(fault.word, { n: Math.ceil(waitMs / 1000), ...fault.values }), field }
    },
  }

  /** A name that exists is meant as it is, though it could not be given any more. */
  async function nameMeant(typed: string): Promise<string> {
    const mayExist = faultInName(typed, limits.nameCharacters) === undefined
    return mayExist && (await store.accounts.hasUser(typed)) ? typed : newNameOf(typed)
  }

  function skeletonOf(name: string, mayBeOld = false): string {
    const faultIn = mayBeOld ? faultInName : faultInNewName
    const fault = faultIn(name, limits.nameCharacters)
    const skeleton = fault ? '' : house.skeletonOf(name)
    // One that nobody can see is everybody's.
    if (!skeleton) throw new Refusal(400, fault ?? { word: 'nameInkless' })
    return skeleton
  }

  async function byName(ctx: Context, { name }: Typed, skeleton: string): Promise<Arrival> {
    if (bans.has(house.addressOf(ctx.req))) throw new Refusal(403, { word: 'youAreBanned' })
    const waitMs = (await store.accounts.hasUser(name)) ? 0 : house.newNameWaitMs(ctx.req)
    if (waitMs) throw new Refusal(429, { word: 'tooManySignIns' }, { waitMs })
    const user = await store.accounts.openGuest(name, skeleton)
    const account = await store.accounts.get(user.id)
    if (account) refuseBanned(ctx, account)
    return { user, credential: { by: 'name' } }
  }

  /** What it answers and how long it takes is the same whether anybody has the name or not. */
  async function byPassword(ctx: Context, { name, password }: Typed, skeleton: string): Promise<Arrived> {
    const account = await store.accounts.findClaimed(skeleton, name)
    const session = await sessions.find(ctx.req)
    const isKnown = account !== undefined && session?.isVerified === true && session.user.id === account.user.id
    const attempt = { account: skeleton, address: house.addressOf(ctx.req), isKnown }
    const proven = await begin(attempt, password, account, { word: 'wrongPassword' }, 'password')
    try {
      refuseBanned(ctx, proven)
    } catch (error) {
      attempts.succeeded(attempt)
      throw error
    }
    return { user: proven.user, credential: { by: 'password', hash: proven.passwordHash }, attempt }
  }

  /** An attempt with a password that was changed while it was looked at is one with a wrong password: it counts. */
  async function startCounting(ctx: Context, arrival: Arrived, begin: Begin | undefined): Promise<EndedSession[]> {
    let isOutdated = false
    try {
      return await sessions.start(arrival, ctx.req, ctx.res, begin)
    } catch (error) {
      isOutdated = isPasswordOutdated(error)
      throw error
    } finally {
      if (arrival.attempt && !isOutdated) attempts.succeeded(arrival.attempt)
    }
  }

  /** Counts an attempt, and leaves it to the caller to say that it succeeded. @returns the account whose password it is @throws Refusal */
  async function begin(
    attempt: Attempt,
    password: string,
    account: Account | undefined,
    wrong: Fault,
    field: Field,
  ): Promise<Account & { passwordHash: string }> {
    const waitMs = attempts.begin(attempt)
    if (waitMs) throw new Refusal(429, { word: 'tooManyPasswords' }, { field, waitMs, user: account?.user.id })
    const isRight = await inTurn(() => passwords.verify(password, account?.passwordHash, networkOf(attempt.address)))
    if (!account?.passwordHash || !isRight) throw new Refusal(403, wrong, { field, user: account?.user.id })
    return { ...account, passwordHash: account.passwordHash }
  }

  function refuseBanned(ctx: Context, { role, bannedUntil = 0 }: Account): void {
    const isBanned = bannedUntil > Date.now() || (bans.has(house.addressOf(ctx.req)) && !isAdmin(role))
    if (isBanned) throw new Refusal(403, { word: 'youAreBanned' })
  }

  async function letOut(ctx: Context): Promise<void> {
    const session = await sessions.find(ctx.req)
    if (!session) return
    await sessions.end(session, ctx.req, ctx.res)
    hub.publish({ type: 'session-ended', user: session.user, session: session.id })
  }

  function rememberName(ctx: Context, name: string): void {
    const attributes = { sameSite: 'lax', maxAge: rememberedMs } as const
    sessions.cookies(ctx.req, ctx.res).set(sessions.cookieOfPort('name', ctx.req), encodeURIComponent(name), attributes)
  }
}

/** @throws Refusal when too many wait already */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { retryAfterMs } = error as { retryAfterMs?: number }
    if (retryAfterMs === undefined) throw error
    throw new Refusal(503, { word: 'tooBusy' }, { field: 'password', waitMs: retryAfterMs })
  }
}

/** It was changed while the old one was looked at. */
function isPasswordOutdated(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'bad-field'
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof ChatError && error.code === 'name-taken') return new Refusal(403, { word: 'nameTaken' })
  if (error instanceof ChatError && error.code === 'unavailable') {
    return new Refusal(503, { word: 'errorUnavailable' }, { waitMs: error.retryAfterMs ?? 0 })
  }
  if (isPasswordOutdated(error)) {
    return new Refusal(403, { word: 'wrongPassword' }, { field: 'password' })
  }
  // Banned, or signed out from elsewhere, while this was on its way.
  if (error instanceof ChatError && error.code === 'forbidden') return new Refusal(403, { word: 'youAreBanned' })
  throw error
}

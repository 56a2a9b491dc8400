/** Signing in and out: who somebody is, by what they prove it, and why they are refused. */
import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import type { TextKey } from '../../shared/language.ts'
import { faultInNewName, newNameOf } from '../../shared/new-name.ts'
import { ChatError, limits, type User } from '../../shared/protocol.ts'
import { isAdmin } from '../../shared/rights.ts'
import { type Fault, faultInName } from '../../shared/text.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { networkOf } from '../rate-limit/network.ts'
import type { Account, EndedSession, Store } from '../store/store.ts'
import { confusableSkeleton } from './confusables.ts'
import type { IpBans } from './ip-bans.ts'
import type { Attempt, LoginThrottle } from './login-throttle.ts'
import { faultInPassword, type Passwords } from './passwords.ts'
import type { Authentication, Sessions, StoreSession } from './sessions.ts'

/** Rate limits of a network. Each answers 0, or in how many milliseconds it may try again. */
interface SignInWaits {
  signIn(network: string): number
  /** A name that nobody had before. */
  newName(network: string): number
}

interface Needs {
  config: Config
  log: Log
  store: Store
  sessions: Sessions
  hub: { publish(publication: { type: 'session-ended'; user: User; session: number; isOver?: true }): void }
  passwords: Passwords
  throttle: LoginThrottle
  ipBans: IpBans
  waits: SignInWaits
  addressOf(request: IncomingMessage): string
}

export interface SignIn {
  /** @param name to be given, as `newNameOf` makes it @throws SignInRefusal for what cannot be a name */
  skeletonOf(name: string): string
  /**
   * Finds out as whom somebody signs in, by a name alone or by a name and its password.
   * @param isInvited by a link, so that a name is enough where guests are off @throws SignInRefusal
   */
  authenticate(ctx: Context, typed: Typed, isInvited?: boolean): Promise<Authenticated>
  /**
   * Starts a session, in place of the one that the request came with.
   * @param store stores it, where more is to be stored with it
   */
  start(ctx: Context, authenticated: Authenticated, store?: StoreSession): Promise<void>
  /** Ends the session that the request came with. */
  end(ctx: Context): Promise<void>
  /** @throws SignInRefusal for a banned user, and for a banned address unless the user is an admin */
  refuseBanned(ctx: Context, account: Account): void
  /** Counts as an attempt. @throws SignInRefusal unless the password is that of the account, whose session asks */
  checkPassword(ctx: Context, account: Account, password: string): Promise<void>
  /** Hashes a new password. Counts as a sign-in. @throws SignInRefusal for one that the user called `name` may not choose */
  hashNewPassword(ctx: Context, password: string, name: string): Promise<string>
  /** Another reason not to do what was asked, to be thrown. */
  refusal(status: number, fault: Fault, field?: Field): Error
  /** Gives the response the status of what was thrown. @returns the reason, for the reader @throws what is no refusal */
  explain(ctx: Context, error: unknown): RefusedForm
}

export interface Authenticated extends Authentication {
  /** With a password: it has succeeded once the session has started. */
  attempt?: Attempt
}

export interface Typed {
  /** Normalized. */
  name: string
  /** Empty when none was typed. */
  password: string
}

export type Field = 'name' | 'password' | 'current' | 'range' | 'sure'

export interface RefusedForm {
  message: string
  /** The field that was wrong. */
  field: Field
}

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

class SignInRefusal extends Error {
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
    super(fault.text)
    this.status = status
    this.fault = fault
    this.field = field
    this.waitMs = waitMs
    this.user = user
  }
}

export function createSignIn({
  config,
  log,
  store,
  sessions,
  hub,
  passwords,
  throttle,
  ipBans,
  waits,
  addressOf,
}: Needs): SignIn {
  return {
    skeletonOf: (name) => skeletonOf(name),

    async authenticate(ctx, typed, isInvited = false) {
      const name = await nameMeant(typed.name)
      const skeleton = skeletonOf(name, await store.accounts.hasUser(name))
      const waitMs = waits.signIn(networkOf(addressOf(ctx.req)))
      if (waitMs) throw new SignInRefusal(429, { text: 'tooManySignIns' }, { waitMs })
      if (typed.password) return await byPassword(ctx, { ...typed, name }, skeleton)
      if (!config.guests && !isInvited) throw new SignInRefusal(403, { text: 'guestsOff' })
      return await byName(ctx, { ...typed, name }, skeleton)
    },

    async start(ctx, authenticated, storeSession) {
      const ended = await startCounting(ctx, authenticated, storeSession)
      // A link, which stores more, may be one that sets a new password because somebody else has the old one.
      const why = storeSession ? {} : ({ isOver: true } as const)
      for (const one of ended) hub.publish({ type: 'session-ended', ...one, ...why })
      rememberName(ctx, authenticated.user.name)
    },

    async end(ctx) {
      const session = await sessions.find(ctx.req)
      if (!session) return
      await sessions.end(session, ctx.req, ctx.res)
      hub.publish({ type: 'session-ended', user: session.user, session: session.id })
    },

    refuseBanned,

    async checkPassword(ctx, account, password) {
      const address = addressOf(ctx.req)
      const attempt = { account: confusableSkeleton(account.user.name), address, isKnown: true }
      await tryPassword(attempt, password, account, { text: 'wrongCurrent' }, 'current')
      throttle.succeeded(attempt)
    },

    async hashNewPassword(ctx, password, name) {
      const fault = faultInPassword(password, name)
      if (fault) throw new SignInRefusal(400, fault, { field: 'password' })
      // A claim costs what a sign-in costs.
      const waitMs = waits.signIn(networkOf(addressOf(ctx.req)))
      if (waitMs) throw new SignInRefusal(429, { text: 'tooManySignIns' }, { field: 'password', waitMs })
      return await inTurn(() => passwords.hash(password, networkOf(addressOf(ctx.req))))
    },

    refusal: (status, fault, field) => new SignInRefusal(status, fault, field && { field }),

    explain(ctx, error) {
      const { status, fault, field, waitMs, user } = refusalOf(error)
      const known = causes[fault.text]
      if (known) log.event(known.event, { reason: known.reason, address: addressOf(ctx.req), user })
      ctx.status = status
      if (waitMs) ctx.set('Retry-After', String(Math.ceil(waitMs / 1000)))
      return { message: ctx.state.language.t(fault.text, { n: Math.ceil(waitMs / 1000), ...fault.values }), field }
    },
  }

  /** A name that exists is meant as it is, though it could not be given any more. */
  async function nameMeant(typed: string): Promise<string> {
    const mayExist = faultInName(typed, limits.maxNameCharacters) === undefined
    return mayExist && (await store.accounts.hasUser(typed)) ? typed : newNameOf(typed)
  }

  function skeletonOf(name: string, mayBeOld = false): string {
    const faultIn = mayBeOld ? faultInName : faultInNewName
    const fault = faultIn(name, limits.maxNameCharacters)
    const skeleton = fault ? '' : confusableSkeleton(name)
    // One that nobody can see is everybody's.
    if (!skeleton) throw new SignInRefusal(400, fault ?? { text: 'nameInkless' })
    return skeleton
  }

  async function byName(ctx: Context, { name }: Typed, skeleton: string): Promise<Authentication> {
    if (ipBans.has(addressOf(ctx.req))) throw new SignInRefusal(403, { text: 'youAreBanned' })
    const waitMs = (await store.accounts.hasUser(name)) ? 0 : waits.newName(networkOf(addressOf(ctx.req)))
    if (waitMs) throw new SignInRefusal(429, { text: 'tooManySignIns' }, { waitMs })
    const user = await store.accounts.openGuest(name, skeleton)
    const account = await store.accounts.get(user.id)
    if (account) refuseBanned(ctx, account)
    return { user, credential: { by: 'name' } }
  }

  /** What it answers and how long it takes is the same whether anybody has the name or not. */
  async function byPassword(ctx: Context, { name, password }: Typed, skeleton: string): Promise<Authenticated> {
    const account = await store.accounts.findClaimed(skeleton, name)
    const session = await sessions.find(ctx.req)
    const isKnown = account !== undefined && session?.isVerified === true && session.user.id === account.user.id
    const attempt = { account: skeleton, address: addressOf(ctx.req), isKnown }
    const verified = await tryPassword(attempt, password, account, { text: 'wrongPassword' }, 'password')
    try {
      refuseBanned(ctx, verified)
    } catch (error) {
      throttle.succeeded(attempt)
      throw error
    }
    return { user: verified.user, credential: { by: 'password', hash: verified.passwordHash }, attempt }
  }

  /** An attempt with a password that was changed while it was looked at is one with a wrong password: it counts. */
  async function startCounting(
    ctx: Context,
    authenticated: Authenticated,
    storeSession: StoreSession | undefined,
  ): Promise<EndedSession[]> {
    let isOutdated = false
    try {
      return await sessions.start(authenticated, ctx.req, ctx.res, storeSession)
    } catch (error) {
      isOutdated = isPasswordOutdated(error)
      throw error
    } finally {
      if (authenticated.attempt && !isOutdated) throttle.succeeded(authenticated.attempt)
    }
  }

  /** Counts an attempt, and leaves it to the caller to say that it succeeded. @returns the account whose password it is @throws SignInRefusal */
  async function tryPassword(
    attempt: Attempt,
    password: string,
    account: Account | undefined,
    wrong: Fault,
    field: Field,
  ): Promise<Account & { passwordHash: string }> {
    const waitMs = throttle.begin(attempt)
    if (waitMs) throw new SignInRefusal(429, { text: 'tooManyPasswords' }, { field, waitMs, user: account?.user.id })
    const isRight = await inTurn(() => passwords.verify(password, account?.passwordHash, networkOf(attempt.address)))
    if (!account?.passwordHash || !isRight) throw new SignInRefusal(403, wrong, { field, user: account?.user.id })
    return { ...account, passwordHash: account.passwordHash }
  }

  function refuseBanned(ctx: Context, { role, bannedUntil = 0 }: Account): void {
    const isBanned = bannedUntil > Date.now() || (ipBans.has(addressOf(ctx.req)) && !isAdmin(role))
    if (isBanned) throw new SignInRefusal(403, { text: 'youAreBanned' })
  }

  function rememberName(ctx: Context, name: string): void {
    const attributes = { sameSite: 'lax', maxAge: rememberedMs } as const
    sessions.cookies(ctx.req, ctx.res).set(sessions.cookieOfPort('name', ctx.req), encodeURIComponent(name), attributes)
  }
}

/** @throws SignInRefusal when too many wait already */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { retryAfterMs } = error as { retryAfterMs?: number }
    if (retryAfterMs === undefined) throw error
    throw new SignInRefusal(503, { text: 'tooBusy' }, { field: 'password', waitMs: retryAfterMs })
  }
}

/** It was changed while the old one was looked at. */
function isPasswordOutdated(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'bad-field'
}

function refusalOf(error: unknown): SignInRefusal {
  if (error instanceof SignInRefusal) return error
  if (error instanceof ChatError && error.code === 'name-taken') return new SignInRefusal(403, { text: 'nameTaken' })
  if (error instanceof ChatError && error.code === 'unavailable') {
    return new SignInRefusal(503, { text: 'errorUnavailable' }, { waitMs: error.retryAfterMs ?? 0 })
  }
  if (isPasswordOutdated(error)) {
    return new SignInRefusal(403, { text: 'wrongPassword' }, { field: 'password' })
  }
  // Banned, or signed out from elsewhere, while this was on its way.
  if (error instanceof ChatError && error.code === 'forbidden') return new SignInRefusal(403, { text: 'youAreBanned' })
  throw error
}

/** Signing in and out: who somebody is, by what they prove it, and why they are refused. */

import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import { dayMs, waitSeconds } from '../../shared/durations.ts'
import { faultInNewName, newNameOf } from '../../shared/new-name.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { User } from '../../shared/protocol/types.ts'
import { isAdmin } from '../../shared/rights.ts'
import { type Fault, faultInName } from '../../shared/text.ts'
import type { Config } from '../config.ts'
import { retryAfter } from '../http/retry-after.ts'
import type { Log } from '../log.ts'
import { networkOf } from '../rate-limit/network.ts'
import type { Account, EndedSession, Store } from '../store/store.ts'
import { confusableSkeleton } from './confusables.ts'
import type { IpBans } from './ip-bans.ts'
import type { Attempt, LoginThrottle } from './login-throttle.ts'
import { faultInPassword, type Passwords } from './passwords.ts'
import type { Authentication, Sessions, StoreSession } from './sessions.ts'
import { causes, type Field, isPasswordOutdated, refusalOf, SignInRefusal } from './sign-in-refusal.ts'

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

export interface RefusedForm {
  message: string
  /** The field that was wrong. */
  field: Field
  /** Somebody has claimed the name, so a password is needed. */
  isTaken?: boolean
}

const rememberNameMs = 365 * dayMs

export class SignIn {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** @param name to be given, as `newNameOf` makes it @throws SignInRefusal for what cannot be a name */
  skeletonOf(name: string): string {
    return checkedSkeleton(name, faultInNewName)
  }

  /**
   * Finds out as whom somebody signs in, by a name alone or by a name and its password.
   * @param isInvited by a link, so that a name is enough where guests are off @throws SignInRefusal
   */
  async authenticate(ctx: Context, typed: Typed, isInvited = false): Promise<Authenticated> {
    const { store, waits, config } = this.#needs
    const name = await this.#existingOrNew(typed.name)
    // A name from before may break a rule of today.
    const skeleton = checkedSkeleton(name, (await store.accounts.hasUser(name)) ? faultInName : faultInNewName)
    const waitMs = waits.signIn(this.#networkOf(ctx))
    if (waitMs) throw new SignInRefusal(429, { text: 'tooManySignIns' }, { waitMs })
    if (typed.password) return await this.#byPassword(ctx, { ...typed, name }, skeleton)
    if (!config.guests && !isInvited) throw new SignInRefusal(403, { text: 'guestsOff' })
    return await this.#byName(ctx, name, skeleton)
  }

  /**
   * Starts a session, in place of the one that the request came with.
   * @param storeSession stores it, where more is to be stored with it
   */
  async start(ctx: Context, authenticated: Authenticated, storeSession?: StoreSession): Promise<void> {
    const ended = await this.#startSession(ctx, authenticated, storeSession)
    // A link, which stores more, may be one that sets a new password because somebody else has the old one.
    const why = storeSession ? {} : ({ isOver: true } as const)
    for (const one of ended) this.#needs.hub.publish({ type: 'session-ended', ...one, ...why })
    this.#setRememberedName(ctx, authenticated.user.name)
  }

  /** Ends the session that the request came with. @param isForgotten so that the browser no longer proves a guest's name */
  async end(ctx: Context, isForgotten = false): Promise<void> {
    const { sessions, hub } = this.#needs
    if (isForgotten) {
      await sessions.forgetDevice(ctx.req, ctx.res)
      this.#setRememberedName(ctx, null)
    }
    const session = await sessions.find(ctx.req)
    if (!session) return
    await sessions.end(session, ctx.req, ctx.res)
    hub.publish({ type: 'session-ended', user: session.user, session: session.id })
  }

  /** @throws SignInRefusal for a banned user, and for a banned address unless the user is an admin */
  refuseBanned(ctx: Context, { role, bannedUntil = 0 }: Account): void {
    const isBanned = bannedUntil > Date.now() || (this.#isBannedAddress(ctx) && !isAdmin(role))
    if (isBanned) throw new SignInRefusal(403, { text: 'youAreBanned' })
  }

  /** Counts as an attempt. @throws SignInRefusal unless the password is that of the account, whose session asks */
  async checkPassword(ctx: Context, account: Account, password: string): Promise<void> {
    const { addressOf, throttle } = this.#needs
    const attempt = { account: confusableSkeleton(account.user.name), address: addressOf(ctx.req), isKnown: true }
    await this.#tryPassword(attempt, password, account, { text: 'wrongCurrent' }, 'current')
    throttle.succeeded(attempt)
  }

  /** Hashes a new password. Counts as a sign-in. @throws SignInRefusal for one that the user called `name` may not choose */
  async hashNewPassword(ctx: Context, password: string, name: string): Promise<string> {
    const { waits, passwords } = this.#needs
    const fault = faultInPassword(password, name)
    if (fault) throw new SignInRefusal(400, fault, { field: 'password' })
    const network = this.#networkOf(ctx)
    const waitMs = waits.signIn(network)
    if (waitMs) throw new SignInRefusal(429, { text: 'tooManySignIns' }, { field: 'password', waitMs })
    return await refuseWhenBusy(() => passwords.hash(password, network))
  }

  /** Another reason not to do what was asked, to be thrown. */
  refusal(status: number, fault: Fault, field?: Field): Error {
    return new SignInRefusal(status, fault, field && { field })
  }

  /** Gives the response the status of what was thrown. @returns the reason, for the reader @throws what is no refusal */
  explain(ctx: Context, error: unknown): RefusedForm {
    const { log, addressOf } = this.#needs
    const { status, fault, field, waitMs, user } = refusalOf(error)
    const cause = causes[fault.text]
    if (cause) log.event(cause.event, { reason: cause.reason, address: addressOf(ctx.req), user })
    ctx.status = status
    if (waitMs) ctx.set('Retry-After', retryAfter(waitMs))
    return {
      message: ctx.state.language.t(fault.text, { n: waitSeconds(waitMs), ...fault.values }),
      field,
      isTaken: fault.text === 'nameTaken',
    }
  }

  /** An existing name is taken as it was typed, though it could not be given any more. */
  async #existingOrNew(typed: string): Promise<string> {
    const mayExist = faultInName(typed, limits.maxNameCharacters) === undefined
    return mayExist && (await this.#needs.store.accounts.hasUser(typed)) ? typed : newNameOf(typed)
  }

  async #byName(ctx: Context, name: string, skeleton: string): Promise<Authentication> {
    const { store, waits } = this.#needs
    if (this.#isBannedAddress(ctx)) throw new SignInRefusal(403, { text: 'youAreBanned' })
    const waitMs = (await store.accounts.hasUser(name)) ? 0 : waits.newName(this.#networkOf(ctx))
    if (waitMs) throw new SignInRefusal(429, { text: 'tooManySignIns' }, { waitMs })
    const user = await store.accounts.openGuest(name, skeleton)
    const account = await store.accounts.get(user.id)
    if (account) this.refuseBanned(ctx, account)
    return { user, credential: { type: 'name' } }
  }

  /** The answer and the time that it takes are the same whether anybody has the name or not. */
  async #byPassword(ctx: Context, { name, password }: Typed, skeleton: string): Promise<Authenticated> {
    const { store, sessions, throttle, addressOf } = this.#needs
    const account = await store.accounts.findClaimed(skeleton, name)
    const session = await sessions.find(ctx.req)
    const isKnown = account !== undefined && session?.isVerified === true && session.user.id === account.user.id
    const attempt = { account: skeleton, address: addressOf(ctx.req), isKnown }
    const verified = await this.#tryPassword(attempt, password, account, { text: 'wrongPassword' }, 'password')
    try {
      this.refuseBanned(ctx, verified)
    } catch (error) {
      throttle.succeeded(attempt)
      throw error
    }
    return { user: verified.user, credential: { type: 'password', hash: verified.passwordHash }, attempt }
  }

  /** An attempt whose password was changed while it was checked is one with a wrong password: it counts. */
  async #startSession(
    ctx: Context,
    authenticated: Authenticated,
    storeSession: StoreSession | undefined,
  ): Promise<EndedSession[]> {
    const { sessions, throttle } = this.#needs
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
  async #tryPassword(
    attempt: Attempt,
    password: string,
    account: Account | undefined,
    wrong: Fault,
    field: Field,
  ): Promise<Account & { passwordHash: string }> {
    const { throttle, passwords } = this.#needs
    const user = account?.user.id
    const waitMs = throttle.begin(attempt)
    if (waitMs) throw new SignInRefusal(429, { text: 'tooManyPasswords' }, { field, waitMs, user })
    const network = networkOf(attempt.address)
    const isRight = await refuseWhenBusy(() => passwords.verify(password, account?.passwordHash, network))
    if (!account?.passwordHash || !isRight) throw new SignInRefusal(403, wrong, { field, user })
    return { ...account, passwordHash: account.passwordHash }
  }

  #isBannedAddress(ctx: Context): boolean {
    return this.#needs.ipBans.has(this.#needs.addressOf(ctx.req))
  }

  #networkOf(ctx: Context): string {
    return networkOf(this.#needs.addressOf(ctx.req))
  }

  #setRememberedName(ctx: Context, name: string | null): void {
    const { sessions } = this.#needs
    const attributes = { sameSite: 'lax', ...(name !== null && { maxAge: rememberNameMs }) } as const
    const value = name && encodeURIComponent(name)
    sessions.cookies(ctx.req, ctx.res).set(sessions.cookieOfPort('name', ctx.req), value, attributes)
  }
}

function checkedSkeleton(name: string, faultIn: typeof faultInName): string {
  const fault = faultIn(name, limits.maxNameCharacters)
  const skeleton = fault ? '' : confusableSkeleton(name)
  // A name of nothing visible would be everybody's.
  if (!skeleton) throw new SignInRefusal(400, fault ?? { text: 'nameInkless' })
  return skeleton
}

/** @throws SignInRefusal when too many passwords wait to be hashed already */
async function refuseWhenBusy<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { retryAfterMs } = error as { retryAfterMs?: number }
    if (retryAfterMs === undefined) throw error
    throw new SignInRefusal(503, { text: 'tooBusy' }, { field: 'password', waitMs: retryAfterMs })
  }
}

/**
 * Slows those who guess passwords, and not those whose passwords they guess: no account is ever locked. Kept in memory, so a
 * restart forgives; what a restart must not forget is in cookies. Nodes tell each other what they have counted.
 */
import { dayMs } from '../../shared/durations.ts'
import { networkOf } from '../rate-limit/network.ts'
import { type Share, type Tell, unshared } from '../rate-limit/nodes/share.ts'
import { SharedTokenBuckets } from '../rate-limit/nodes/shared-token-buckets.ts'
import type { Rate } from '../rate-limit/token-bucket.ts'

/** On one account, by all strangers together, by one address that is known to it, or by all browsers that are. */
const guesses: Rate = { burst: 5, perSecond: 10 / 60 }
/** By strangers from one address: less than by all strangers, so that no single one keeps the owner out. */
const guessesOfStranger: Rate = { burst: 5, perSecond: 4 / 60 }
/** On all accounts, by one address. A school is one address, but what succeeds does not count. */
const guessesOfAddress: Rate = { burst: 20, perSecond: 20 / 60 }
/** On an account that is known at the address, once the address has none left: one guesser must not keep a whole school out. */
const guessesBeyond: Rate = { burst: 3, perSecond: 1 / 60 }

const knownForMs = 30 * dayMs
const maxKnownOfAccount = 20
const sweepAt = 1_000

/** Somebody who wants to sign in with a password. */
export interface Attempt {
  /** The skeleton of the name that was typed. Whether anybody has it makes no difference, so nobody learns it here. */
  account: string
  address: string
  /** Whether a cookie proves that this browser has signed in to the account before. */
  isKnown: boolean
}

export class LoginThrottle {
  readonly #ofAccounts: SharedTokenBuckets
  readonly #ofStrangers: SharedTokenBuckets
  readonly #ofAddresses: SharedTokenBuckets
  readonly #beyond: SharedTokenBuckets
  /** Attempts that were allowed though the address had none left. */
  readonly #madeBeyond = new WeakSet<Attempt>()
  readonly #known = new KnownAddresses()
  readonly #tellKnown: Tell

  constructor(share: Share = unshared) {
    this.#ofAccounts = new SharedTokenBuckets(guesses, 'guesses', share)
    this.#ofStrangers = new SharedTokenBuckets(guessesOfStranger, 'guesses of a stranger', share)
    this.#ofAddresses = new SharedTokenBuckets(guessesOfAddress, 'guesses of an address', share)
    this.#beyond = new SharedTokenBuckets(guessesBeyond, 'guesses beyond', share)
    this.#tellKnown = share.register('known addresses', (key) => {
      const [network, account] = JSON.parse(key)
      this.#known.add(account, network, performance.now())
    })
  }

  /**
   * Counts an attempt, before the password is looked at: a thousand sent at once would all be looked at otherwise.
   * @returns 0, or in how many milliseconds it may be made; then it was not counted
   */
  begin(attempt: Attempt, now = performance.now()): number {
    // A user who shares an address with a guesser is not slowed either, once they have the cookie.
    const waitMs = attempt.isKnown ? 0 : this.#takeOfAddress(attempt, now)
    return waitMs || this.#beginOnAccount(attempt, now)
  }

  /** The password was right: the attempt does not count. */
  refund(attempt: Attempt, now = performance.now()): void {
    const { guesser, stranger } = this.#guesser(attempt, now)
    this.#giveToAddress(attempt, now)
    if (stranger) this.#ofStrangers.give(stranger, now)
    this.#ofAccounts.give(guesser, now)
  }

  /** As `refund`, and the address is known from now on. */
  succeeded(attempt: Attempt, now = performance.now()): void {
    this.refund(attempt, now)
    const network = networkOf(attempt.address)
    this.#known.add(attempt.account, network, now)
    this.#tellKnown(JSON.stringify([network, attempt.account]), 1)
  }

  #beginOnAccount(attempt: Attempt, now: number): number {
    const { guesser, stranger } = this.#guesser(attempt, now)
    const ownWaitMs = stranger ? this.#ofStrangers.take(stranger, now) : 0
    const waitMs = ownWaitMs || this.#ofAccounts.take(guesser, now)
    if (waitMs) this.#giveToAddress(attempt, now)
    if (waitMs && stranger && !ownWaitMs) this.#ofStrangers.give(stranger, now)
    return waitMs
  }

  #takeOfAddress(attempt: Attempt, now: number): number {
    const waitMs = this.#ofAddresses.take(networkOf(attempt.address), now)
    const { guesser, stranger } = this.#guesser(attempt, now)
    if (!waitMs || stranger || this.#beyond.take(guesser, now)) return waitMs
    this.#madeBeyond.add(attempt)
    return 0
  }

  #giveToAddress(attempt: Attempt, now: number): void {
    if (this.#madeBeyond.delete(attempt)) this.#beyond.give(this.#guesser(attempt, now).guesser, now)
    else if (!attempt.isKnown) this.#ofAddresses.give(networkOf(attempt.address), now)
  }

  /** As whom they guess, and as which of all strangers, if they are one. The account comes last, for only it may have spaces. */
  #guesser({ account, address, isKnown }: Attempt, now: number): { guesser: string; stranger?: string } {
    if (isKnown) return { guesser: `browser ${account}` }
    const own = `${networkOf(address)} ${account}`
    const isKnownThere = this.#known.has(account, networkOf(address), now)
    return isKnownThere ? { guesser: `address ${own}` } : { guesser: `stranger ${account}`, stranger: own }
  }
}

/** From where each account has lately been signed in to. */
class KnownAddresses {
  /** When it last was, the latest at the end. */
  readonly #accounts = new Map<string, Map<string, number>>()
  #sweepAt = sweepAt

  has(account: string, network: string, now: number): boolean {
    const at = this.#accounts.get(account)?.get(network)
    return at !== undefined && now - at <= knownForMs
  }

  add(account: string, network: string, now: number): void {
    const networks = this.#accounts.get(account) ?? this.#addAccount(account, now)
    networks.delete(network)
    networks.set(network, now)
    const [oldest] = networks.keys()
    if (networks.size > maxKnownOfAccount && oldest !== undefined) networks.delete(oldest)
  }

  #addAccount(account: string, now: number): Map<string, number> {
    if (this.#accounts.size >= this.#sweepAt) this.#sweep(now)
    const networks = new Map<string, number>()
    this.#accounts.set(account, networks)
    return networks
  }

  #sweep(now: number): void {
    for (const [account, networks] of this.#accounts) {
      if ([...networks.values()].every((at) => now - at > knownForMs)) this.#accounts.delete(account)
    }
    this.#sweepAt = Math.max(sweepAt, 2 * this.#accounts.size)
  }
}

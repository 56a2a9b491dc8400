import type { LanguageCode } from '../../shared/language.ts'
import type { User } from '../../shared/protocol/types.ts'
import type { PushAttempt, PushTarget } from '../store/store.ts'

export interface Addressee {
  user: User
  address: string
  language: LanguageCode
  /** Token of the link. */
  token: string
}

/** What reaches users while no page of theirs is open, as commands need it. */
export interface Notify {
  /** The public key of this server towards push services, in base64url. */
  readonly pushKey: string
  /** Whether anything can be pushed: push services want to know whose server it is. */
  readonly canPush: boolean
  readonly canMail: boolean
  /** What is wrong with a subscription of a browser, for who sends it; undefined when nothing is. */
  subscriptionFault(endpoint: string, p256dh: string): { field: 'endpoint' | 'keys'; message: string } | undefined
  testPush(userId: number, target: PushTarget): Promise<PushAttempt>
  /** Sends the link that verifies an address. @returns `refused` when the mail server does not take the address */
  mailLink(to: Addressee): Promise<'sent' | 'later' | 'refused'>
  /** Tells a confirmed address, later, that the account has another one or none, or that its password was changed. */
  mailChange(what: 'address' | 'password', to: Omit<Addressee, 'token'>): void
  /**
   * Sends a link for a new password to the accounts that have this address, later: nobody learns whether there are any.
   * @returns 0, or in how many milliseconds the network may ask again
   */
  mailPasswordLinks(address: string, network: string): number
}

import type { User } from '../../shared/protocol/types.ts'
import type { PushAttempt, PushTarget } from '../store/store.ts'

/** What reaches users while no page of theirs is open, as commands need it. */
export interface Outside {
  /** The public key of this server towards push services, in base64url. */
  readonly pushKey: string
  /** Whether anything can be pushed: push services want to know whose server it is. */
  readonly canPush: boolean
  readonly canMail: boolean
  /** What is wrong with a subscription of a browser, for who sends it; undefined when nothing is. */
  subscriptionFault(endpoint: string, p256dh: string): { field: 'endpoint' | 'keys'; message: string } | undefined
  testPush(userId: number, target: PushTarget): Promise<PushAttempt>
  /** Sends the link that verifies an address. */
  mailLink(to: { user: User; address: string; language: 'en' | 'zh'; token: string }): Promise<void>
}

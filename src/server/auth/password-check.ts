import { ChatError } from '../../shared/protocol/errors.ts'
import type { Store } from '../store/store.ts'
import { confusableSkeleton } from './confusables.ts'
import type { LoginThrottle } from './login-throttle.ts'
import type { Passwords } from './passwords.ts'
import type { Session } from './sessions.ts'

interface Needs {
  store: Pick<Store, 'accounts'>
  passwords: Passwords
  throttle: LoginThrottle
}

/** Whether who has a session knows the password of its account, too: sessions can be borrowed and stolen. */
export class PasswordCheck {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Counts as an attempt to sign in. @throws ChatError `bad-field` for a wrong password, `too-fast`, `unavailable` */
  async refuseUnlessKnown({ user }: Session, network: string, password: string | undefined): Promise<void> {
    const { store, passwords, throttle } = this.#needs
    const account = await store.accounts.get(user.id)
    if (account?.passwordHash === undefined) return
    const wrong = new ChatError('bad-field', '"password" must be your current password.')
    if (!password) throw wrong
    const attempt = { account: confusableSkeleton(user.name), address: network, isKnown: true }
    const waitMs = throttle.begin(attempt)
    if (waitMs) throw new ChatError('too-fast', 'Too many wrong passwords.', waitMs)
    let isRight = false
    try {
      isRight = await passwords.verify(password, account.passwordHash, network)
    } catch (error) {
      const { retryAfterMs } = error as { retryAfterMs?: number }
      if (retryAfterMs === undefined) throw error
      throw new ChatError('unavailable', 'Too many passwords wait to be checked.', retryAfterMs)
    }
    if (!isRight) throw wrong
    // The address is not noted as one from which the user signs in: only a sign-in shows that.
    throttle.refund(attempt)
  }
}

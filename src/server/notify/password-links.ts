/** Links for a new password, mailed to who has forgotten theirs. */
import { hourMs } from '../../shared/durations.ts'
import { hashOf, newToken } from '../auth/tokens.ts'
import type { Log } from '../log.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import type { Store } from '../store/store.ts'
import type { Mails } from './mails.ts'

export const passwordLinkMs = hourMs

interface Needs {
  store: Pick<Store, 'notifications' | 'invitations'>
  limiter: Pick<Limiter, 'passwordMailTo'>
  mails: Mails
  log: Pick<Log, 'event'>
}

/** Each link works once, and none of them any more after a new password was set. */
export async function mailPasswordLinks(address: string, { store, limiter, mails, log }: Needs): Promise<void> {
  // There are links in the mailbox that still work.
  if (limiter.passwordMailTo(address)) return
  for (const { user, language } of await store.notifications.accountsOf(address)) {
    const token = newToken(16)
    const at = Date.now()
    const link = { type: 'password', userId: user.id, uses: 1, tokenHash: hashOf(token), at, isMailed: true } as const
    await store.invitations.create({ ...link, expiresAt: at + passwordLinkMs })
    if (await mails.password({ user, address, language, token })) log.event('password-mailed', { user: user.id })
  }
}

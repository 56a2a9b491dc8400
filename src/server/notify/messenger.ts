/** Carries what a user is told to their browsers and to their mailbox. */
import { programName, type ServerSettings } from '../../shared/server-settings.ts'
import type { MailResult, NextMail, NextPush, PushAttempt, PushTarget } from '../store/store.ts'
import type { Push } from './push.ts'
import { mustShowSomething } from './push-hosts.ts'
import { clearPayload, encoded, type LanguageOf, messagePayload, testPayload } from './push-payload.ts'

export type Pushed = Extract<NextPush, { type: 'message' | 'clear' }>
export type Digest = Extract<NextMail, { type: 'digest' }>

interface Needs {
  push: Push
  mail: ((digest: Digest) => Promise<MailResult>) | undefined
  languageOf: LanguageOf
  epoch: string
  settings: { readonly now: Pick<ServerSettings, 'name'> }
  now?: () => number
}

export class Messenger {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  get hasMail(): boolean {
    return this.#needs.mail !== undefined
  }

  /** To all of the user's browsers at once. @returns what became of it in each that was tried */
  async push(userId: number, next: Pushed, signal: AbortSignal): Promise<PushAttempt[]> {
    const targets =
      next.type === 'message' ? next.targets : next.targets.filter((one) => !mustShowSomething(one.endpoint))
    return await Promise.all(targets.map((target) => this.#send(target, userId, next, signal)))
  }

  async test(userId: number, target: PushTarget, signal: AbortSignal): Promise<PushAttempt> {
    const { push, languageOf, settings, now = Date.now } = this.#needs
    const payload = encoded(testPayload(userId, settings.now.name || programName, languageOf(target.language)))
    const outcome = await push.send(target, { payload, urgency: 'high' }, signal)
    return { subscription: target.id, at: now(), ...outcome }
  }

  /** @returns undefined when it is not known until then what becomes of it */
  async mail(digest: Digest, signal: AbortSignal): Promise<MailResult | undefined> {
    const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
    const end = () => resolve(undefined)
    signal.addEventListener('abort', end)
    try {
      return await Promise.race([this.#needs.mail?.(digest), aborted])
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  async #send(target: PushTarget, userId: number, next: Pushed, signal: AbortSignal): Promise<PushAttempt> {
    const { push, languageOf, epoch, now = Date.now } = this.#needs
    const { badge } = next
    const isMessage = next.type === 'message'
    const payload = isMessage
      ? messagePayload(next, {
          userId,
          language: languageOf(target.language),
          epoch,
          badge,
          showsText: next.showsText,
        })
      : clearPayload(next.room, next.to, { userId, badge })
    const urgency = !isMessage || next.isUpdate ? 'low' : next.isDirected ? 'high' : 'normal'
    // The same for both, so that what was read is not delivered later.
    const topic = `${epoch} ${isMessage ? next.room.room : next.room}`
    const outcome = await push.send(target, { payload: encoded(payload), urgency, topic }, signal)
    return { subscription: target.id, at: now(), ...outcome }
  }
}

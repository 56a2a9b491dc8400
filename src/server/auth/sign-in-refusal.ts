/** Why a sign-in, a password or a form about them is refused: the status, the text for the person, the event for the operator. */
import type { TextKey } from '../../shared/language.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { FileLimits } from '../../shared/server-settings.ts'
import type { Fault } from '../../shared/text.ts'

export type Field = 'name' | 'password' | 'current' | 'range' | 'sure' | 'welcome' | 'emoji' | keyof FileLimits

interface Details {
  field?: Field
  waitMs?: number
  /** Id of the user whose account it is about, for the log. */
  user?: number | undefined
}

export class SignInRefusal extends Error {
  readonly status: number
  readonly fault: Fault
  readonly field: Field
  readonly waitMs: number
  readonly user: number | undefined

  constructor(status: number, fault: Fault, { field = 'name', waitMs = 0, user }: Details = {}) {
    super(fault.text)
    this.status = status
    this.fault = fault
    this.field = field
    this.waitMs = waitMs
    this.user = user
  }
}

interface Cause {
  event: 'sign-in-refused' | 'sign-in-throttled'
  reason: string
}

/** What the operator reads in the log, by what the person reads. Other refusals are not logged. */
export const causes: Readonly<Partial<Record<TextKey, Cause>>> = {
  wrongPassword: { event: 'sign-in-refused', reason: 'wrong-password' },
  wrongCurrent: { event: 'sign-in-refused', reason: 'wrong-password' },
  nameTaken: { event: 'sign-in-refused', reason: 'name-taken' },
  guestsOff: { event: 'sign-in-refused', reason: 'guests-off' },
  youAreBanned: { event: 'sign-in-refused', reason: 'banned' },
  tooManyPasswords: { event: 'sign-in-throttled', reason: 'passwords' },
  tooManySignIns: { event: 'sign-in-throttled', reason: 'sign-ins' },
  tooBusy: { event: 'sign-in-throttled', reason: 'server-busy' },
}

/** The password was changed while the old one was checked. */
export function isPasswordOutdated(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'bad-field'
}

/** @throws what is no refusal */
export function refusalOf(error: unknown): SignInRefusal {
  if (error instanceof SignInRefusal) return error
  if (!(error instanceof ChatError)) throw error
  switch (error.code) {
    case 'name-taken':
      return new SignInRefusal(403, { text: 'nameTaken' })
    case 'unavailable':
      return new SignInRefusal(503, { text: 'errorUnavailable' }, { waitMs: error.retryAfterMs ?? 0 })
    case 'bad-field':
      return new SignInRefusal(403, { text: 'wrongPassword' }, { field: 'password' })
    // Banned, or signed out from elsewhere, while this was on its way.
    case 'forbidden':
      return new SignInRefusal(403, { text: 'youAreBanned' })
    default:
      throw error
  }
}

/** Why a connection was closed, and what its client does then: `docs/protocol.md`, "Close codes". */
import { isForever } from '../durations.ts'
import * as closeCodes from './close-code-numbers.ts'

export { closeCodes }

/** `yes`: with the usual backoff. `no`: not by itself, since it would end the same way. */
type Reconnect = 'yes' | 'after a minute' | 'no'

const lasting: readonly number[] = [
  closeCodes.unsupportedData,
  closeCodes.invalidPayload,
  closeCodes.policyViolation,
  closeCodes.tooLarge,
  closeCodes.invalidUser,
  closeCodes.signedOut,
  closeCodes.banned,
  closeCodes.pageOutdated,
]

/** Whether a client reconnects by itself after a close with that code. A code that is not in the table is a lost connection. */
export function reconnectAfter(code: number): Reconnect {
  if (lasting.includes(code)) return 'no'
  return code === closeCodes.flood || code === closeCodes.tooManyConnections ? 'after a minute' : 'yes'
}

const banEnds = 'Banned until '

/** What is said with the code of a ban. @param until milliseconds since 1970, or forever */
export function banReason(until: number): string {
  return isForever(until) ? 'Banned' : banEnds + new Date(until).toISOString()
}

/** @returns milliseconds since 1970; undefined when the reason does not say it */
export function endOfBan(reason = ''): number | undefined {
  const until = reason.startsWith(banEnds) ? Date.parse(reason.slice(banEnds.length)) : Number.NaN
  return Number.isNaN(until) ? undefined : until
}

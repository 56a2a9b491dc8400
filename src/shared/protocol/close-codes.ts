/** Why a connection was closed, and what its client does then: `docs/protocol.md`, "Close codes". */
import { isForever } from '../durations.ts'

/** `yes`: with the usual backoff. `no`: not by itself, since it would end the same way. */
type Reconnect = 'yes' | 'after a minute' | 'no'

const table = {
  unsupportedData: { code: 1003, reconnect: 'no' },
  invalidPayload: { code: 1007, reconnect: 'no' },
  policyViolation: { code: 1008, reconnect: 'no' },
  tooLarge: { code: 1009, reconnect: 'no' },
  internal: { code: 1011, reconnect: 'yes' },
  restart: { code: 1012, reconnect: 'yes' },
  /** Registered with IANA as "Try Again Later": the server is full, and somebody with fewer connections needs this place. */
  gaveWay: { code: 1013, reconnect: 'yes' },
  /** There is no such session: it has expired, was replaced, or never existed. */
  invalidUser: { code: 4001, reconnect: 'no' },
  /** The user signed out, has a new password or was removed. The client deletes what it keeps of them. */
  signedOut: { code: 4002, reconnect: 'no' },
  banned: { code: 4003, reconnect: 'no' },
  /** The page is too old for this server. Not sent yet. */
  pageOutdated: { code: 4010, reconnect: 'no' },
  /** Answered no pings, stopped reading, or left a message unfinished. */
  unresponsive: { code: 4108, reconnect: 'yes' },
  /** Far too many frames. */
  flood: { code: 4129, reconnect: 'after a minute' },
  /** The user has as many connections as one may have. */
  tooManyConnections: { code: 4130, reconnect: 'after a minute' },
} as const satisfies Record<string, { code: number; reconnect: Reconnect }>

type Name = keyof typeof table

/** The close codes by name. */
export const closeCodes = Object.fromEntries(Object.entries(table).map(([name, { code }]) => [name, code])) as {
  readonly [N in Name]: (typeof table)[N]['code']
}

/** Whether a client reconnects by itself after a close with that code. A code that is not in the table is a lost connection. */
export function reconnectAfter(code: number): Reconnect {
  return Object.values(table).find((one) => one.code === code)?.reconnect ?? 'yes'
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

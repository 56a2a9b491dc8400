/** Why a connection was closed, and what its client does then: `docs/protocol.md`, "Close codes". */

/** `at once`: with the usual backoff. `later`: after a minute. `no`: not by itself. */
type Reconnect = 'at once' | 'later' | 'no'

const table = {
  goingAway: { code: 1001, reconnect: 'at once' },
  unsupportedData: { code: 1003, reconnect: 'no' },
  invalidPayload: { code: 1007, reconnect: 'no' },
  policyViolation: { code: 1008, reconnect: 'no' },
  tooLarge: { code: 1009, reconnect: 'no' },
  internal: { code: 1011, reconnect: 'at once' },
  restart: { code: 1012, reconnect: 'at once' },
  /** Registered with IANA as "Try Again Later": the server is full, and somebody with fewer connections needs this place. */
  gaveWay: { code: 1013, reconnect: 'later' },
  /** No session, or it has ended. */
  invalidUser: { code: 4001, reconnect: 'no' },
  banned: { code: 4003, reconnect: 'no' },
  /** Answered no pings, stopped reading, or left a message unfinished. */
  unresponsive: { code: 4108, reconnect: 'at once' },
  /** Far too many frames. */
  flood: { code: 4129, reconnect: 'later' },
} as const satisfies Record<string, { code: number; reconnect: Reconnect }>

type Name = keyof typeof table

/** The close codes by name. */
export const closeCodes = Object.fromEntries(Object.entries(table).map(([name, { code }]) => [name, code])) as {
  readonly [N in Name]: (typeof table)[N]['code']
}

/** Whether a client reconnects by itself after a close with that code. An unknown code is a lost connection: it does, at once. */
export function reconnectAfter(code: number): Reconnect {
  return Object.values(table).find((one) => one.code === code)?.reconnect ?? 'at once'
}

import type { Effect } from './effects.ts'

/** The effects of moderation that the server log has, as they are. A type that is added to the list is logged and followed. */
const loggedEffects = [
  'access-changed',
  'room-deleted',
  'banned',
  'role',
  'ranges',
  'settings',
  'blocks',
  'outgoing-hooks',
] as const satisfies Effect['type'][]

type LoggedEffect = Extract<Effect, { type: (typeof loggedEffects)[number] }>

/** What takes a right away, or changes what nodes keep in memory. */
export type ServerChange =
  | LoggedEffect
  /** `isOver`: it expired, or another session replaced it; else somebody ended it. */
  | { type: 'session-ended'; user: { id: number }; session: number; isOver?: true }
  /** It goes on under another token. */
  | { type: 'session-renewed'; user: { id: number }; session: number }

const effectTypes: ReadonlySet<string> = new Set(loggedEffects)
const changeTypes: ReadonlySet<string> = new Set<ServerChange['type']>([
  ...loggedEffects,
  'session-ended',
  'session-renewed',
])

export function isLoggedEffect(effect: Effect): effect is LoggedEffect {
  return effectTypes.has(effect.type)
}

/** Whether the server log has what was published. */
export function isChange<Published extends { type: string }>(
  published: Published,
): published is Extract<Published, { type: ServerChange['type'] }> {
  return changeTypes.has(published.type)
}

export interface LoggedChange {
  id: number
  change: ServerChange
}

/**
 * The server log: changes, numbered without gaps, each stored in the transaction that made it. Every node follows it like the log of a
 * room, so that a node which hears nothing of the others still learns within moments what somebody may no longer do.
 */
export interface ServerLogStore {
  /** The newest id; 0 before the first. */
  head(): Promise<number>
  /** At most `limit` changes after `id`, oldest first. Those that are older than some days may be missing. */
  after(id: number, limit: number): Promise<LoggedChange[]>
  /** The epoch as the database has it now: it changes when the database has lost what was acknowledged. */
  epoch(): Promise<string>
  /** Forgets what was stored before. Milliseconds since 1970. */
  forgetBefore(at: number): Promise<void>
}

import type { ModerationActionType } from '../../../shared/protocol/types.ts'
import type { Effect } from '../contracts/effects.ts'
import type { ModerationAction, NewModerationAction } from '../contracts/moderation.ts'
import { type Acting, forbidden } from '../rules/access.ts'
import type { Rule } from '../transaction.ts'

/** How an action is done and undone. It refuses before it changes anything. */
export interface ActionRule<Type extends ModerationAction['type'], Data = unknown> {
  apply(action: Extract<ModerationAction, { type: Type }>, context: ActionContext): Rule<Applied>
  /** Takes it back where everything is still as the action left it. @param data of its record */
  undo?(record: AuditRow, data: Data, context: Acting): Rule<Effect[]>
  /**
   * Does the next part of an action that is too large for one transaction.
   * @param position where the last part ended @returns undefined when nothing is left to do
   */
  proceed?(record: AuditRow, position: string, at: number): Rule<Progress | undefined>
}

/** An action of any type. */
export interface AnyActionRule {
  apply(action: ModerationAction, context: ActionContext): Rule<Applied>
  undo?(record: AuditRow, data: unknown, context: Acting): Rule<Effect[]>
  proceed?(record: AuditRow, position: string, at: number): Rule<Progress | undefined>
}

export type ActionContext = Acting & Pick<NewModerationAction, 'type' | 'key' | 'request'>

export interface Applied {
  /** Its id in the audit log; undefined when nothing was to be done, or nobody needs to read about it. */
  action: number | undefined
  effects: Effect[]
}

/** A part of an action. It has no effects when nothing was found among the rows that it looked at. */
export interface Progress {
  position: string
  effects: Effect[]
}

/** A record of the audit log. */
export interface AuditRow {
  id: number
  type: ModerationActionType
  actor: number | null
  user: number | null
  roomId: number | null
  room: string | null
  data: string
  undoneBy: number | null
}

/** Reactions removed in one transaction: others wait for it. */
export const partSize = 100

/** Messages erased or restored in one: it takes about a millisecond to take the words of each out of the search. */
export const messagesInPart = 25

/** Maximum characters of a part: a text in Chinese has as many words, and each takes 0.05 ms. */
const charactersInPart = 4_000

/** @returns the first of them, at least one: so many as one transaction takes out of the search */
export function firstPart<Text extends { data: string }>(texts: readonly Text[]): Text[] {
  let characters = 0
  return texts.filter(({ data }, index) => {
    characters += data.length
    return index === 0 || characters <= charactersInPart
  })
}

/** Maximum number of rows looked at for them in one transaction. */
export const maxLookedAt = 1_000

export function hasChanged() {
  return forbidden('It is no longer as this has left it.')
}

/** The user and the room of an action on a member. */
export function targetOf({ user, roomId, room }: AuditRow): { user: number; roomId: number; room: string } {
  if (user === null || roomId === null || room === null) throw new Error('An action in a room names nobody there.')
  return { user, roomId, room }
}

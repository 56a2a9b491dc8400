/** What commands and forms ask of the store, in the same words: sent again by another transport they are still the same. */
import type { Commands } from '../../shared/protocol/commands.ts'
import type { ModerationAction } from '../store/store.ts'

type Keyed = Extract<Commands[keyof Commands], { key: string }>

/** Checked and in the order of its schema, so that the same is the same text. */
export function keyAndRequest({ key, ...content }: Keyed): { key: string; request: string } {
  return { key, request: JSON.stringify(content) }
}

export function changeOf({ type, room, key: _, ...data }: Commands['change']): ModerationAction {
  return { type, room, data }
}

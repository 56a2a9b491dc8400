import type { LazyTextKey } from '../language.ts'
import type { RoomSettings } from '../protocol/types.ts'

/** What a slash command asks of the server: a message is sent, or the room's settings are changed. */
export type CommandEffect = { type: 'send'; text: string } | { type: 'change'; settings: RoomSettings }

/** One slash command. `registry.ts` lists all of them. */
export interface SlashCommand {
  /** Typed after the slash: lower-case letters. */
  name: string
  /** Shown beside the name while the user types. */
  description: LazyTextKey
  /** @param text what follows the name, without spaces around it @returns undefined when the command needs more text */
  run(text: string): CommandEffect | undefined
}

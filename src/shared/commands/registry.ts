import type { SlashCommand } from './command.ts'
import { me } from './me.ts'
import { topic } from './topic.ts'

/** All slash commands, in the order in which they are suggested. To add one: a file beside this one, and an entry here. */
export const slashCommands: readonly SlashCommand[] = [me, topic]

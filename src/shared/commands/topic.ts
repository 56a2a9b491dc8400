import type { SlashCommand } from './command.ts'

/** `/topic Green tea` changes the topic of the room. */
export const topic: SlashCommand = {
  name: 'topic',
  description: 'commandTopic',
  run: (text) => (text ? { type: 'change', settings: { topic: text } } : undefined),
}

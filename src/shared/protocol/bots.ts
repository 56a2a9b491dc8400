/** Bots: users that are programs, made by an admin. */
import type { User } from './types.ts'

/** For places that show only text. */
export function nameWithMark({ name, bot }: User, { t }: { t: (key: 'bot') => string }): string {
  return bot ? `${name} (${t('bot')})` : name
}

/** The number of the one session that a bot has. Those of people begin at 1. */
export const botSession = 0

/** Bots: users that are programs, made by an admin. */
import type { User } from './types.ts'

/** `image` of a bot. Nobody can choose it, so it tells bots from people wherever there is a user. */
export const botImage = -2

/** The number of the one session that a bot has. Those of people begin at 1. */
export const botSession = 0

export function isBot({ image }: Pick<User, 'image'>): boolean {
  return image === botImage
}

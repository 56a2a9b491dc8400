/** What there is to say of somebody in a room, besides his name. */
import type { LazyTextKey } from '../../shared/language.ts'
import type { RoomMember, ServerRole } from '../../shared/protocol.ts'
import { rankOf } from '../../shared/rights.ts'
import { isForEver, untilWords } from '../locale/durations.ts'
import type { PageLanguage } from '../locale/language.ts'

type Whole = PageLanguage<LazyTextKey>

const houseWords: Readonly<Record<ServerRole, LazyTextKey | undefined>> = {
  guest: 'roleGuest',
  // As most are.
  member: undefined,
  admin: 'roleAdmin',
  owner: 'roleOwner',
}

/** His highest role, and what has been done to him. */
export function marksOf(member: RoomMember, language: Whole, now: number): string[] {
  const { serverRole, role, mutedUntil = 0, bannedUntil = 0 } = member
  const word =
    role === 'moderator' && rankOf({ serverRole }) < rankOf({ serverRole, role })
      ? 'roleModerator'
      : houseWords[serverRole]
  return [
    ...(word ? [language.t(word)] : []),
    ...(mutedUntil > now ? [language.t('mutedUntil', { time: untilWords(mutedUntil, now, language.times) })] : []),
    ...(bannedUntil > now ? [bannedWords(bannedUntil, language, now)] : []),
  ]
}

function bannedWords(until: number, { t, times }: Whole, now: number): string {
  return isForEver(until) ? t('bannedForever') : t('bannedUntil', { time: untilWords(until, now, times) })
}

/** Those who keep order first, then by name. */
export function inOrder(members: readonly RoomMember[]): RoomMember[] {
  const rank = ({ serverRole, role }: RoomMember) => rankOf({ serverRole, role })
  return members.toSorted((a, b) => rank(b) - rank(a) || a.user.name.localeCompare(b.user.name))
}

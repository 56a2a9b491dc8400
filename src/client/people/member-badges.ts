/** The badges of a member of a room. */
import { isForever } from '../../shared/durations.ts'
import type { LazyTextKey } from '../../shared/language.ts'
import type { RoomMember, ServerRole } from '../../shared/protocol/types.ts'
import { rankOf } from '../../shared/rights.ts'
import type { PageLanguage } from '../locale/language.ts'
import { formatUntil } from '../locale/times.ts'

type Whole = PageLanguage<LazyTextKey>

const serverRoleTexts: Readonly<Record<ServerRole, LazyTextKey | undefined>> = {
  guest: 'roleGuest',
  // Most people are members, so they need no badge.
  member: undefined,
  admin: 'roleAdmin',
  owner: 'roleOwner',
}

/** The highest role of the member, and whether they are muted or banned. */
export function badgesOf(member: RoomMember, language: Whole, now: number): string[] {
  const { serverRole, role, mutedUntil = 0, bannedUntil = 0, serverBannedUntil = 0 } = member
  const word =
    role === 'moderator' && rankOf({ serverRole }) < rankOf({ serverRole, role })
      ? 'roleModerator'
      : serverRoleTexts[serverRole]
  return [
    ...(word ? [language.t(word)] : []),
    ...(mutedUntil > now ? [language.t('mutedUntil', { time: formatUntil(mutedUntil, now, language.times) })] : []),
    ...lasting(bannedUntil, ['bannedUntil', 'bannedForever'], language, now),
    ...lasting(serverBannedUntil, ['serverBannedUntil', 'serverBannedForever'], language, now),
  ]
}

function lasting(
  until: number,
  [untilText, foreverText]: [LazyTextKey, LazyTextKey],
  { t, times }: Whole,
  now: number,
): string[] {
  if (until <= now) return []
  return [isForever(until) ? t(foreverText) : t(untilText, { time: formatUntil(until, now, times) })]
}

/** Moderators and admins first, then by name. */
export function sortedByRole(members: readonly RoomMember[]): RoomMember[] {
  const rank = ({ serverRole, role }: RoomMember) => rankOf({ serverRole, role })
  return members.toSorted((a, b) => rank(b) - rank(a) || a.user.name.localeCompare(b.user.name))
}

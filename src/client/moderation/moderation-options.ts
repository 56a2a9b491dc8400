/** What one may do to somebody to keep order: in a room, and in the whole house. */

import { icons } from '../../shared/icons.ts'
import type { LazyTextKey } from '../../shared/language.ts'
import type { RoomMember } from '../../shared/protocol.ts'
import { canActOn, isAdmin, rankOf } from '../../shared/rights.ts'
import type { Question } from '../connection/pending-commands.ts'
import { durations } from '../locale/durations.ts'
import { type Me, moderates, positionIn } from '../room/access.ts'
import type { RoomState } from '../room/room-state.ts'
import { laterIcons } from '../ui/lazy-icons.ts'

const { minute, hour, day } = durations

export type Deed = Extract<Question, { type: 'kick' | 'mute' | 'ban' | 'role' | 'purge' }>

/** What is thought over before it is done. */
export type Step = 'mute' | 'ban-here' | 'ban' | 'purge' | 'step-down'

/** How it is shown, and what is done: at once, with the words for that, or after a step. */
export type PersonAct = { word: LazyTextKey; icon: string; isGrave?: true } & (
  | { deed: Deed; done: LazyTextKey }
  | { step: Step }
)

interface StepWords {
  title: LazyTextKey
  hint: LazyTextKey
  button: LazyTextKey
  done: LazyTextKey
  /** For how long it may be, in milliseconds; `undefined` is for ever. */
  times?: readonly (number | undefined)[]
  /** Its doer cannot take it back. */
  isFinal?: true
}

const banTimes = [day, 7 * day, undefined]

export const steps: Readonly<Record<Step, StepWords>> = {
  mute: {
    title: 'muteQuestion',
    hint: 'muteHint',
    button: 'mute',
    done: 'personMuted',
    times: [10 * minute, hour, day],
  },
  'ban-here': {
    title: 'banFromRoomQuestion',
    hint: 'banFromRoomHint',
    button: 'ban',
    done: 'personBannedFromRoom',
    times: banTimes,
  },
  ban: { title: 'banQuestion', hint: 'banHint', button: 'ban', done: 'personBanned', times: banTimes },
  purge: { title: 'purgeQuestion', hint: 'purgeHint', button: 'purge', done: 'personPurged' },
  'step-down': {
    title: 'stepDownQuestion',
    hint: 'stepDownHint',
    button: 'stepDown',
    done: 'steppedDown',
    isFinal: true,
  },
}

const banHere: PersonAct = { word: 'banFromRoomStep', icon: laterIcons.ban, isGrave: true, step: 'ban-here' }

/** @param member undefined for who is not in the room any more, which the page knows of, and of whom it knows no more */
export function actsHere(room: RoomState, me: Me, member: RoomMember | undefined): PersonAct[] {
  if (!moderates(room, me)) return []
  if (!member) return [banHere]
  if (!canActOn(positionIn(room, me), member)) return []
  const at = { room: room.room, user: member.user.id }
  if (member.bannedUntil)
    return [{ word: 'unban', icon: laterIcons.ban, deed: { type: 'ban', ...at, forMs: 0 }, done: 'personUnbanned' }]
  const role: PersonAct =
    member.role === 'moderator'
      ? {
          word: 'removeModerator',
          icon: laterIcons.shield,
          deed: { type: 'role', ...at, role: 'member' },
          done: 'moderatorRemoved',
        }
      : {
          word: 'makeModerator',
          icon: laterIcons.shield,
          deed: { type: 'role', ...at, role: 'moderator' },
          done: 'moderatorAdded',
        }
  const mute: PersonAct = member.mutedUntil
    ? { word: 'unmute', icon: laterIcons.mute, deed: { type: 'mute', ...at, forMs: 0 }, done: 'personUnmuted' }
    : { word: 'muteStep', icon: laterIcons.mute, step: 'mute' }
  return [
    role,
    mute,
    { word: 'kick', icon: icons.leave, isGrave: true, deed: { type: 'kick', ...at }, done: 'personKicked' },
    banHere,
  ]
}

/** What one may do to oneself. */
export function ownActsHere(me: Me, member: RoomMember | undefined): PersonAct[] {
  const isModerator = me.isVerified && member?.role === 'moderator'
  return isModerator ? [{ word: 'stepDownStep', icon: laterIcons.shield, isGrave: true, step: 'step-down' }] : []
}

/** @param member as the room has him: of somebody else nothing is known, and the server says what may not be */
export function actsInHouse(user: number, me: Me, member: RoomMember | undefined): PersonAct[] {
  if (!me.isVerified || !isAdmin(me.role)) return []
  if (member && rankOf({ serverRole: me.role }) <= rankOf({ serverRole: member.serverRole })) return []
  const grave: PersonAct[] = [
    { word: 'banStep', icon: laterIcons.ban, isGrave: true, step: 'ban' },
    { word: 'purgeStep', icon: laterIcons.trash, isGrave: true, step: 'purge' },
  ]
  // Only the owner makes admins, and only of those who have claimed their names.
  if (me.role !== 'owner' || !member || member.serverRole === 'guest') return grave
  const role: PersonAct =
    member.serverRole === 'admin'
      ? {
          word: 'removeAdmin',
          icon: laterIcons.shield,
          deed: { type: 'role', user, role: 'member' },
          done: 'adminRemoved',
        }
      : { word: 'makeAdmin', icon: laterIcons.shield, deed: { type: 'role', user, role: 'admin' }, done: 'adminAdded' }
  return [role, ...grave]
}

export interface Thought {
  room: string
  user: number
  /** `undefined` is for ever. */
  forMs: number | undefined
  addresses: boolean
}

export function deedOf(step: Step, { room, user, forMs, addresses }: Thought): Deed {
  const time = forMs === undefined ? {} : { forMs }
  switch (step) {
    case 'mute':
      return { type: 'mute', room, user, forMs: forMs ?? 0 }
    case 'ban-here':
      return { type: 'ban', room, user, ...time }
    case 'ban':
      return { type: 'ban', user, ...time, addresses }
    case 'purge':
      return { type: 'purge', user }
    case 'step-down':
      return { type: 'role', room, user, role: 'member' }
    default:
      return step satisfies never
  }
}

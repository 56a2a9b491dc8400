/** The moderation actions that a user may take against another user, in a room and on the server. */

import type { AnsweredCommand } from '../../../clients/js/src/pending-commands.ts'
import { icons } from '../../shared/appearance/icons.ts'
import { dayMs, forever, hourMs, isForever, minuteMs } from '../../shared/durations.ts'
import type { LazyTextKey } from '../../shared/language.ts'
import type { RoomMember } from '../../shared/protocol/types.ts'
import { canActOn, isAdmin, rankOf } from '../../shared/rights.ts'
import { canModerateRoom, positionIn, type Viewer } from '../room/access.ts'
import type { RoomState } from '../room/room-state.ts'
import { lazyIcons } from '../ui/lazy-icons.ts'

export type ModerationCommand = Extract<AnsweredCommand, { type: 'kick' | 'mute' | 'ban' | 'role' | 'purge' }>

/** What is thought over before it is done. */
export type ConfirmedAction = 'mute' | 'ban-here' | 'ban' | 'purge' | 'step-down'

/** How it is shown, and what is done: at once, with the words for that, or after a step. */
export type ModerationOption = { text: LazyTextKey; icon: string; isGrave?: true } & (
  | { command: ModerationCommand; done: LazyTextKey }
  | { step: ConfirmedAction }
)

interface ConfirmationTexts {
  title: LazyTextKey
  hint: LazyTextKey
  button: LazyTextKey
  done: LazyTextKey
  /** For how long it may be, in milliseconds, or forever. */
  times?: readonly number[]
  /** Asks which messages are deleted with it. */
  removal?: LazyTextKey
  /** Its doer cannot take it back. */
  isFinal?: true
}

const banTimes = [dayMs, 7 * dayMs, forever]

/** Messages that a ban also deletes: those of this time, in milliseconds. */
export const removals: ReadonlyMap<number, LazyTextKey> = new Map([
  [0, 'removeNone'],
  [hourMs, 'removeHour'],
  [dayMs, 'removeDay'],
  [forever, 'removeAll'],
])

export const confirmations: Readonly<Record<ConfirmedAction, ConfirmationTexts>> = {
  mute: {
    title: 'muteQuestion',
    hint: 'muteHint',
    button: 'mute',
    done: 'personMuted',
    times: [10 * minuteMs, hourMs, dayMs],
  },
  'ban-here': {
    title: 'banFromRoomQuestion',
    hint: 'banFromRoomHint',
    button: 'ban',
    done: 'personBannedFromRoom',
    times: banTimes,
    removal: 'removeHere',
  },
  ban: {
    title: 'banQuestion',
    hint: 'banHint',
    button: 'ban',
    done: 'personBanned',
    times: banTimes,
    removal: 'removeEverywhere',
  },
  purge: { title: 'purgeQuestion', hint: 'purgeHint', button: 'purge', done: 'personPurged' },
  'step-down': {
    title: 'stepDownQuestion',
    hint: 'stepDownHint',
    button: 'stepDown',
    done: 'steppedDown',
    isFinal: true,
  },
}

const banHere: ModerationOption = { text: 'banFromRoomStep', icon: lazyIcons.ban, isGrave: true, step: 'ban-here' }

/** @param member undefined for one who was in the room, and of whom the page knows no more */
export function roomOptions(room: RoomState, viewer: Viewer, member: RoomMember | undefined): ModerationOption[] {
  if (!canModerateRoom(room, viewer)) return []
  if (!member) return [banHere]
  if (!canActOn(positionIn(room, viewer), member)) return []
  const at = { room: room.room, user: member.user.id }
  if (member.bannedUntil)
    return [{ text: 'unban', icon: lazyIcons.ban, command: { type: 'ban', ...at, forMs: 0 }, done: 'personUnbanned' }]
  const role: ModerationOption =
    member.role === 'moderator'
      ? {
          text: 'removeModerator',
          icon: lazyIcons.shield,
          command: { type: 'role', ...at, role: 'member' },
          done: 'moderatorRemoved',
        }
      : {
          text: 'makeModerator',
          icon: lazyIcons.shield,
          command: { type: 'role', ...at, role: 'moderator' },
          done: 'moderatorAdded',
        }
  const unmute: ModerationOption = {
    text: 'unmute',
    icon: lazyIcons.mute,
    command: { type: 'mute', ...at, forMs: 0 },
    done: 'personUnmuted',
  }
  if (member.left) return member.mutedUntil ? [unmute, banHere] : [banHere]
  const mute: ModerationOption = member.mutedUntil ? unmute : { text: 'muteStep', icon: lazyIcons.mute, step: 'mute' }
  return [
    role,
    mute,
    { text: 'kick', icon: icons.leave, isGrave: true, command: { type: 'kick', ...at }, done: 'personKicked' },
    banHere,
  ]
}

/** What moderators may do to themselves. */
export function ownRoomOptions(viewer: Viewer, member: RoomMember | undefined): ModerationOption[] {
  const isModerator = viewer.isVerified && member?.role === 'moderator'
  return isModerator ? [{ text: 'stepDownStep', icon: lazyIcons.shield, isGrave: true, step: 'step-down' }] : []
}

/** @param member undefined for a user who is not in the room: their role is unknown, and the server decides */
export function serverOptions(user: number, viewer: Viewer, member: RoomMember | undefined): ModerationOption[] {
  if (!viewer.isVerified || !isAdmin(viewer.role)) return []
  if (member && rankOf({ serverRole: viewer.role }) <= rankOf({ serverRole: member.serverRole })) return []
  const unban: ModerationOption = {
    text: 'unbanFromServer',
    icon: lazyIcons.ban,
    command: { type: 'ban', user, forMs: 0 },
    done: 'personUnbannedFromServer',
  }
  const grave: ModerationOption[] = [
    member?.serverBannedUntil ? unban : { text: 'banStep', icon: lazyIcons.ban, isGrave: true, step: 'ban' },
    { text: 'purgeStep', icon: lazyIcons.trash, isGrave: true, step: 'purge' },
  ]
  // Only the owner makes admins, and only of those who have claimed their names.
  if (viewer.role !== 'owner' || !member || member.serverRole === 'guest') return grave
  const role: ModerationOption =
    member.serverRole === 'admin'
      ? {
          text: 'removeAdmin',
          icon: lazyIcons.shield,
          command: { type: 'role', user, role: 'member' },
          done: 'adminRemoved',
        }
      : {
          text: 'makeAdmin',
          icon: lazyIcons.shield,
          command: { type: 'role', user, role: 'admin' },
          done: 'adminAdded',
        }
  return [role, ...grave]
}

export interface SanctionChoices {
  /** For how long, in milliseconds, or forever; 0 where it is not asked. */
  forMs: number
  addresses: boolean
  /** Messages of this time, in milliseconds, are deleted; 0 for none. */
  removeMs: number
}

export interface SanctionInput extends SanctionChoices {
  room: string
  user: number
}

export function commandFor(step: ConfirmedAction, input: SanctionInput): ModerationCommand {
  const { room, user, forMs, addresses, removeMs } = input
  const time = { ...(!isForever(forMs) && { forMs }), ...(removeMs && { removeMs }) }
  switch (step) {
    case 'mute':
      return { type: 'mute', room, user, forMs }
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

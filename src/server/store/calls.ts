/** Everything that a driver can be asked for, by name: a call crosses threads as a name and its values. */
import { continueAction, moderate, removeExpired } from './moderation/moderate.ts'
import { concerned, isReachableUser, pendingRooms, reachableUsers, writtenSince } from './notifications/concerned.ts'
import { nextMail, noteMail } from './notifications/next-mail.ts'
import { nextPush } from './notifications/next-push.ts'
import { outdatedNotices } from './notifications/outdated.ts'
import { unreadCount } from './notifications/reader.ts'
import {
  accountsOf,
  mailLink,
  mailToken,
  noteMailRefusal,
  notificationSettings,
  setNotifications,
  unsubscribeMail,
  verifyMail,
} from './notifications/settings.ts'
import { notePush, noteTest, subscribe, subscriptions, unsubscribe, vapidKeys } from './notifications/subscriptions.ts'
import {
  account,
  accounts,
  accountsLike,
  blockedUsers,
  claimedAccount,
  hasOwner,
  hasUser,
  knownUsers,
} from './queries/accounts.ts'
import { addressedMessages } from './queries/addressed.ts'
import { auditLog, bannedRanges, unfinishedActions } from './queries/audit-log.ts'
import { bot, bots, hook, hooks } from './queries/bots.ts'
import {
  everyFile,
  everyPicture,
  file,
  filesIn,
  fileUsage,
  hashesInUse,
  roomPicture,
  userPicture,
  viewableFile,
} from './queries/files.ts'
import { invitations, link } from './queries/links.ts'
import { membership, readMark } from './queries/membership.ts'
import { changesAfter, heads, serverLogHead } from './queries/nodes.ts'
import { commandsIn, deliveries, nextDelivery, outgoingHooks } from './queries/outgoing.ts'
import { entriesAfter, messages, newestEntries, reactionUsers, timeOf } from './queries/pages.ts'
import { pinnedMessages, pins } from './queries/pins.ts'
import { profile } from './queries/profile.ts'
import { allRooms, hasRoom, members, roomSummary, rooms, roomsCalled, unreadRooms } from './queries/rooms.ts'
import { savedIn, savedMessages } from './queries/saved.ts'
import { clockNote, epoch, serverSettings } from './queries/server-state.ts'
import { session, sessionsOf } from './queries/sessions.ts'
import { storageFigures } from './queries/storage.ts'
import { nextMention } from './queries/unread.ts'
import { openGuest, setImage, setPassword, setUserPicture } from './rules/accounts.ts'
import { append } from './rules/append.ts'
import { addBot, addHook } from './rules/bots.ts'
import { completeFile, createFile, deleteFiles, discardFile, expireFiles } from './rules/files/files.ts'
import { forgetDevice, forgetDevicesBefore } from './rules/known-devices.ts'
import { hideSeen, noteSeen } from './rules/last-seen.ts'
import { becomeOwner, createLink, createPasswordLink, joinByLink, setPasswordByLink } from './rules/links.ts'
import { joinRoom, markAllRead, markRead, markUnread, setNotificationLevel } from './rules/memberships.ts'
import { noteDelivery, passMessages } from './rules/outgoing.ts'
import { createRoom, openRoom } from './rules/rooms.ts'
import { save } from './rules/saved.ts'
import { noteClock, probe } from './rules/server-state.ts'
import { endSession, endSessionsBefore, keepSessionsAlive, startSession, touchSession } from './rules/sessions.ts'
import { setStatus } from './rules/status.ts'
import { indexingProgress, indexOlder } from './search/backlog.ts'
import { searchMessages } from './search/search.ts'
import { addText, leaveText, nextText, putOffRemoval, putOffText, removeText } from './search/texts.ts'
import { changesIn, endedIn, forgetChangesBefore, logged } from './server-log.ts'
import type { Rule } from './transaction.ts'

/** What is written, each in a transaction. */
export const writes = {
  addBot: logged(addBot, (result) => endedIn(result)),
  addHook: logged(addHook, (result) => endedIn(result)),
  addText,
  append,
  becomeOwner: logged(becomeOwner, (result) => endedIn(result)),
  completeFile,
  continueAction: logged(continueAction, (effects) => changesIn(effects ?? [])),
  createFile,
  createLink,
  createPasswordLink,
  createRoom: logged(createRoom, ({ effects }) => changesIn(effects)),
  deleteFiles,
  discardFile,
  endSession: logged(endSession, (isEnded, id, session) =>
    isEnded ? [{ type: 'session-ended', user: { id }, session }] : [],
  ),
  endSessionsBefore: logged(endSessionsBefore, (ended) => endedIn({ ended }, true)),
  expireFiles,
  forgetChangesBefore,
  forgetDevice,
  forgetDevicesBefore,
  hideSeen,
  indexOlder,
  joinByLink: logged(joinByLink, (result) => endedIn(result)),
  joinRoom,
  keepSessionsAlive,
  leaveText,
  markAllRead,
  markRead,
  markUnread,
  moderate: logged(moderate, ({ effects }) => changesIn(effects)),
  noteClock,
  noteDelivery,
  noteMail,
  noteMailRefusal,
  notePush,
  noteSeen,
  noteTest,
  openGuest,
  openRoom,
  passMessages,
  probe,
  putOffText,
  removeExpired,
  removeText,
  putOffRemoval,
  save,
  setImage,
  setNotificationLevel,
  setNotifications,
  setPassword: logged(setPassword, (ended, { userId, keep }) => [
    ...endedIn({ ended }),
    ...(keep ? [{ type: 'session-renewed', user: { id: userId }, session: keep.session } as const] : []),
  ]),
  setPasswordByLink: logged(setPasswordByLink, (result) => endedIn(result)),
  setStatus,
  setUserPicture,
  startSession: logged(startSession, (result) => endedIn(result, true)),
  subscribe,
  touchSession,
  unsubscribe,
  unsubscribeMail,
  vapidKeys,
  verifyMail,
}

/** What can be more than a few rows, each read in one snapshot. */
export const reads = {
  addressedMessages,
  accounts,
  allRooms,
  auditLog,
  concerned,
  deliveries,
  entriesAfter,
  fileUsage,
  everyFile,
  everyPicture,
  filesIn,
  hashesInUse,
  invitations,
  knownUsers,
  members,
  messages,
  newestEntries,
  nextDelivery,
  nextMail,
  nextMention,
  nextPush,
  outdatedNotices,
  pendingRooms,
  pinnedMessages,
  reachableUsers,
  reactionUsers,
  roomSummary,
  rooms,
  savedMessages,
  searchMessages,
  storageFigures,
  unreadCount,
  unreadRooms,
  writtenSince,
}

/** A few rows that an index finds. */
export const lookups = {
  account,
  accountsLike,
  accountsOf,
  bannedRanges,
  blockedUsers,
  bot,
  bots,
  changesAfter,
  claimedAccount,
  clockNote,
  commandsIn,
  epoch,
  file,
  hasOwner,
  hasRoom,
  hasUser,
  heads,
  hook,
  hooks,
  indexingProgress,
  isReachableUser,
  link,
  mailLink,
  mailToken,
  membership,
  nextText,
  notificationSettings,
  outgoingHooks,
  pins,
  profile,
  readMark,
  roomPicture,
  roomsCalled,
  savedIn,
  serverLogHead,
  serverSettings,
  session,
  sessionsOf,
  subscriptions,
  timeOf,
  unfinishedActions,
  userPicture,
  viewableFile,
}

export type Writes = typeof writes
export type Reads = typeof reads
export type Lookups = typeof lookups

/** A call on its way to another thread. */
export interface Call<Calls> {
  name: keyof Calls
  values: unknown[]
}

/** The rule of a call that came from another thread. */
export function ruleOf<Calls>(calls: Calls, { name, values }: Call<Calls>): Rule<unknown> {
  return (calls[name] as (...values: unknown[]) => Rule<unknown>)(...values)
}

/** How many messages of a room are unread, and how many of those mention the user. */

import type { UnknownEntry } from '../../../clients/js/src/frames.ts'
import { isMentioned } from '../../shared/mentions.ts'
import type { Entry, Message } from '../../shared/protocol/types.ts'
import type { RoomState } from './room-state.ts'

/** The server counts no further. */
const maxCounted = 1_000

/** Counts the unread messages again from those that are loaded. When some are missing, the count is what can be known. */
export function recounted(state: RoomState): RoomState {
  const { messages, read } = state
  const last = Math.max(state.last, state.counted)
  if (read >= last) return { ...state, unread: 0, mentions: 0, uncounted: false }
  const news = messages.filter((message) => isUnread(message, state))
  const named = news.filter((message) => mentionsUser(message, state))
  if (hasAllUnread(state)) return { ...state, unread: news.length, mentions: named.length, uncounted: false }
  // No more can be unread than entries follow the mark.
  const maxUnread = last - read
  return {
    ...state,
    unread: Math.min(maxUnread, Math.max(state.unread, news.length)),
    mentions: Math.min(maxUnread, Math.max(state.mentions, named.length)),
    uncounted: true,
  }
}

/** With the read mark moved forward. What is read of messages that are here is subtracted. */
export function withRead(state: RoomState, id: number): RoomState {
  const next = { ...state, read: id }
  const { messages, more, unread, mentions, uncounted, counted, last } = state
  const isHere = (!more || (messages[0]?.id ?? 0) <= state.read + 1) && id <= (messages.at(-1)?.id ?? 0)
  const isExact = !uncounted && unread < maxCounted && counted <= last
  if (!isHere || !isExact || hasAllUnread(next)) return recounted(next)
  const isPassed = (message: Message) => message.id > state.read && message.id <= id
  // A page may know of a change before its entry comes. Whether the count knows it too is unknown.
  if (messages.some((message) => isPassed(message) && (message.deleted || message.edited))) return recounted(next)
  const passed = messages.filter((message) => isPassed(message) && isUnread(message, state))
  const named = passed.filter((message) => mentionsUser(message, state))
  return {
    ...next,
    unread: Math.max(0, unread - passed.length),
    mentions: Math.max(0, mentions - named.length),
  }
}

/** A summary may have counted what has not come yet. */
function hasAllUnread({ messages, more, newer, read, last, counted }: RoomState): boolean {
  return !newer && counted <= last && (!more || (messages[0]?.id ?? 0) <= read + 1)
}

function mentionsUser(message: Message, state: RoomState): boolean {
  return isHeard(message, state) && isMentioned(message, state.me.id)
}

/** The user does not hear of what is in a request, nor of somebody whom they have blocked. */
function isHeard({ user }: Message, { request, blocked }: RoomState): boolean {
  return !request && !blocked.has(user.id)
}

function isUnread({ id, user, deleted }: Message, { me, read }: RoomState): boolean {
  return id > read && user.id !== me.id && !deleted
}

/** A summary may have counted it already. */
export function counted(state: RoomState, event: Entry | UnknownEntry): RoomState {
  if (event.id <= state.counted) return state
  const next = { ...state, counted: event.id }
  switch (event.type) {
    case 'chat':
      // A page that was newer than the cursor has had it already.
      if (hasAllUnread(next)) return recounted(next)
      return isUnread(event, next) ? withOneMore(next, event) : next
    case 'edit':
    case 'delete':
      return event.ref > state.read ? recounted(next) : next
    default:
      return next
  }
}

function withOneMore(state: RoomState, message: Message): RoomState {
  const { unread, mentions } = state
  return {
    ...state,
    unread: Math.min(maxCounted, unread + 1),
    mentions: Math.min(maxCounted, mentions + Number(mentionsUser(message, state))),
  }
}

/** Whether the message mentions the user, who has not read it yet. */
export function isUnreadMention(message: Message, state: RoomState): boolean {
  return isNews(message, state) && isMentioned(message, state.me.id)
}

/** Whether the user has not read the message yet, and may want to hear of it. */
export function isNews(message: Message, state: RoomState): boolean {
  return isUnread(message, state) && isHeard(message, state)
}

/** Which messages the user wants to hear of, and when. The server decides in the same way what it pushes. */
import { isMentioned } from '../../shared/mentions.ts'
import type { Message, NotificationSettings } from '../../shared/protocol/types.ts'
import { termsOf } from '../../shared/search/terms.ts'
import type { RoomState } from '../room/room-state.ts'

/** By the level of the room, or else by the user's own. @param settings undefined as long as the server has not said them */
export function isWanted(
  message: Message,
  state: RoomState,
  settings: Pick<NotificationSettings, 'level' | 'keywords'> | undefined,
): boolean {
  const { level = 'mentions', keywords = [] } = settings ?? {}
  const holding = state.notify === 'default' ? level : state.notify
  if (holding !== 'mentions') return holding === 'all'
  const isConversation = state.kind === 'direct' && state.notify === 'default'
  return isConversation || isMentioned(message, state.me.id) || isReply(message, state) || hasKeyword(message, keywords)
}

/** Whether it replies to a message of the user, as far as that is loaded. */
function isReply({ reply }: Message, { messages, me }: RoomState): boolean {
  return reply !== undefined && messages.find(({ id }) => id === reply)?.user.id === me.id
}

/** Whole words, whatever their case, marks and width. */
function hasKeyword({ data }: Message, keywords: readonly string[]): boolean {
  if (keywords.length === 0) return false
  const text = ` ${termsOf(data).join(' ')} `
  return keywords.some((word) => text.includes(` ${termsOf(word).join(' ')} `))
}

/** Whether it is in the quiet hours of the user. @param now in milliseconds since 1970 */
export function isQuiet(settings: Pick<NotificationSettings, 'quiet' | 'timeZone'> | undefined, now: number): boolean {
  if (!settings?.quiet) return false
  const { from, to } = settings.quiet
  const format = { timeZone: settings.timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const clock = new Intl.DateTimeFormat('en-GB', format).format(now)
  return from < to ? from <= clock && clock < to : from <= clock || clock < to
}

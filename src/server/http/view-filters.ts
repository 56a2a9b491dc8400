/** What views ask of what they are given, beyond what Nunjucks can. */
import nunjucks from 'nunjucks'
import { isEmojiOnly, parseMarkdown, plainText } from '../../shared/markdown.ts'
import type { Message, Opened, RoomSummary, User } from '../../shared/protocol.ts'
import { hasCjk, isLong, mentions } from '../../shared/text.ts'

export const viewFilters = {
  json: (value: unknown) => new nunjucks.runtime.SafeString(scriptJson(value)),
  iso: (at: number) => new Date(at).toISOString(),
  clock: (at: number) => new Date(at).toISOString().slice(11, 16),
  badge: (n: number) => (n > 99 ? '99+' : String(n)),
  mentions,
  hasCjk,
  isLong,
  isEmojiOnly,
  markdown: parseMarkdown,
  plainText,
  names: (users: readonly User[]) => users.map(({ name }) => name),
  find: <Item>(items: readonly Item[], field: keyof Item, value: unknown) =>
    items.find((item) => item[field] === value),
  firstUnread,
  unreadBut: (rooms: readonly RoomSummary[], here: string) =>
    rooms.reduce((sum, { room, unread }) => (room === here ? sum : sum + unread), 0),
}

/** The message at which reading stopped, if that is here. */
function firstUnread({ messages = [], more, read }: Opened, me: number): Message | undefined {
  const isHere = !more || (messages[0]?.id ?? Number.POSITIVE_INFINITY) <= read + 1
  return isHere ? messages.find(({ id, user }) => id > read && user.id !== me) : undefined
}

/** JSON that cannot end the `<script>` that it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}

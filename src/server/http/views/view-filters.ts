/** What views ask of what they are given, beyond what Nunjucks can. */

import nunjucks from 'nunjucks'
import { avatarPath, hueOf, initialsOf, roomPicturePath } from '../../../shared/avatars.ts'
import { actionTextOf } from '../../../shared/commands/me.ts'
import {
  formatBytes,
  kindOfFile,
  mayBeText,
  newFormat,
  shownSize,
  sortedFiles,
  typeLabel,
  type UnitFormat,
} from '../../../shared/files/display.ts'
import type { Language } from '../../../shared/language.ts'
import { excerptOf } from '../../../shared/markdown/excerpt.ts'
import { linkTitle } from '../../../shared/markdown/link.ts'
import { isEmojiOnly, parseMarkdown } from '../../../shared/markdown/markdown.ts'
import { roomFinder } from '../../../shared/markdown/room-links.ts'
import { topicParts } from '../../../shared/markdown/topic.ts'
import { isMentioned, isOneOf, namesForUser } from '../../../shared/mentions.ts'
import { filePath } from '../../../shared/protocol/file-path.ts'
import type { Opened } from '../../../shared/protocol/frames.ts'
import type { FileInfo, Message, Person, RoomSummary, User } from '../../../shared/protocol/types.ts'
import { displayTitleOf, fullTitle, hasUnread, newsIn, sectionsOf, titleOf } from '../../../shared/rooms.ts'
import { hasCjk, isLong, isolated } from '../../../shared/text.ts'
import { withRuns } from '../../../shared/tombstones.ts'

/** To make a format takes many times as long as to use it. There are 40 at most. */
const formats = new Map<string, Intl.NumberFormat>()

function formatOnce(code: string, format: UnitFormat): Intl.NumberFormat {
  const key = `${code} ${format.unit} ${format.unitDisplay} ${format.maximumFractionDigits}`
  const known = formats.get(key) ?? newFormat(code, format)
  formats.set(key, known)
  return known
}

export const viewFilters = {
  json: (value: unknown) => new nunjucks.runtime.SafeString(scriptJson(value)),
  iso: (at: number) => new Date(at).toISOString(),
  clock: (at: number) => new Date(at).toISOString().slice(11, 16),
  badge: (n: number) => (n > 99 ? '99+' : String(n)),
  isMentioned,
  isOneOf,
  namesForUser,
  isolated,
  hue: hueOf,
  avatarPath,
  roomPicturePath,
  statusText: ({ status }: Person) => [status?.emoji, status?.text].filter(Boolean).join(' '),
  initials: initialsOf,
  hasCjk,
  isLong,
  isEmojiOnly,
  linkTitle,
  markdown: parseMarkdown,
  roomFinder,
  topicParts,
  actionText: actionTextOf,
  excerpt: excerptOf,
  names: (users: readonly Pick<User, 'name'>[]) => users.map(({ name }) => name),
  find: <Item>(items: readonly Item[], field: keyof Item, value: unknown) =>
    items.find((item) => item[field] === value),
  hasFiles: (messages: readonly Message[] = []) => messages.some(({ files }) => files !== undefined),
  sortedFiles,
  filePath,
  isImage: (file: FileInfo) => kindOfFile(file) === 'image',
  shownSize,
  formatBytes: (bytes: number, code: string) => formatBytes(bytes, code, formatOnce),
  mayBeText,
  typeLabel,
  firstUnread,
  /** The other people of a direct conversation who are not online. */
  away: (people: readonly User[] = [], online: readonly User[]) =>
    people.filter(({ id }) => !online.some((one) => one.id === id)),
  rowsOf,
  sections: sectionsOf<RoomSummary>,
  title: (room: RoomSummary, t: Language['t']) => displayTitleOf(room, t).title,
  peopleNames: (room: RoomSummary) => titleOf(room).peopleNames,
  fullTitle: (room: RoomSummary, t: Language['t']) => fullTitle(displayTitleOf(room, t)),
  hasUnread,
  unreadBut: (rooms: readonly RoomSummary[], here: string) =>
    rooms.reduce(
      (sum, one) => (one.room === here || one.left || one.request || one.archived ? sum : sum + newsIn(one)),
      0,
    ),
}

/** The message at which reading stopped, if that is here. */
function firstUnread({ messages = [], more, read }: Opened, me: number): Message | undefined {
  const isHere = !more || (messages[0]?.id ?? Number.POSITIVE_INFINITY) <= read + 1
  return isHere ? messages.find(({ id, user }) => id > read && user.id !== me) : undefined
}

interface Row {
  message: Message
  /** Whether reading stopped before it. */
  isUnread: boolean
  /** The ids of deleted messages that are shown as one row. */
  gone?: number[]
}

/** What stands in one line each. */
function rowsOf({ messages = [] }: Opened, unread: Message | undefined): Row[] {
  const isNew = ({ id }: Message) => unread !== undefined && id >= unread.id
  const groups: Message[][] = []
  // Days may come twice: the clock was wrong for a while. The order is that of the ids.
  for (const [i, message] of messages.entries()) {
    const before = messages[i - 1]
    const isTogether = before && dayOf(before) === dayOf(message) && isNew(before) === isNew(message)
    if (isTogether) groups.at(-1)?.push(message)
    else groups.push([message])
  }
  return groups.flatMap((group) =>
    withRuns(group, ({ deleted }) => deleted === true).map((one) => {
      const [message, ...others] = Array.isArray(one) ? one : [one]
      if (!message) throw new Error('A run has no messages.')
      const isUnread = message.id === unread?.id
      return others.length
        ? { message, isUnread, gone: [message, ...others].map(({ id }) => id) }
        : { message, isUnread }
    }),
  )
}

function dayOf({ at }: Message): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** JSON that cannot end the `<script>` that it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}

/**
 * What could be meant where the caret is: the people after an `@`, the rooms after a `#`, the emoji after a `:`, the commands after a `/`
 * at the start.
 */

import { slashCommands } from '../../shared/commands/registry.ts'
import type { LazyTextKey } from '../../shared/language.ts'
import { everyone } from '../../shared/mentions.ts'
import type { BotCommand, User } from '../../shared/protocol/types.ts'
import { foldName } from '../../shared/text.ts'
import { type Emoji, emojiByShortcode } from '../emoji/emoji.ts'
import type { RoomToLink } from './rooms-to-link.ts'

export interface Completion {
  kind: 'person' | 'room' | 'emoji' | 'command'
  /** The part of the text that a choice replaces. */
  from: number
  to: number
  options: readonly CompletionOption[]
}

export interface CompletionOption {
  /** The text that is inserted. */
  insert: string
  label: string
  /** What stands beside the label. */
  sign:
    | { type: 'face'; user: User }
    | { type: 'everyone' }
    | { type: 'room'; isPrivate: boolean }
    | { type: 'emoji'; emoji: string }
    | { type: 'command'; description: LazyTextKey }
    | { type: 'bot-command'; description: string }
}

interface Known {
  people: readonly User[]
  /** Whether the user may mention everybody in the room. */
  withEveryone?: boolean
  rooms?: readonly RoomToLink[]
  /** None as long as they are not loaded. */
  emoji: readonly Emoji[]
  /** Commands of the bots in the room. */
  commands?: readonly BotCommand[]
}

const maxOptions = 8
/** As long as a name may be. */
const maxTermLength = 40

export function completionAt(
  text: string,
  caret: number,
  { people, withEveryone = false, rooms = [], emoji, commands = [] }: Known,
): Completion | undefined {
  const before = text.slice(0, caret)
  const after = text.slice(caret)
  if (isInCode(before)) return undefined
  return (
    commandAt(before, after, commands) ??
    personAt(before, after, people, withEveryone) ??
    roomAt(before, after, rooms) ??
    emojiAt(before, after, emoji)
  )
}

/** The beginning of a name that is being typed after an `@`. */
export function personTermAt(text: string, caret: number): string | undefined {
  const before = text.slice(0, caret)
  return isInCode(before) ? undefined : termAfter('@', before)?.term
}

/** Whether what is being typed may become an emoji, so that their names are needed. */
export function wantsEmoji(text: string, caret: number): boolean {
  const before = text.slice(0, caret)
  return !isInCode(before) && (partialShortcode(before) ?? wholeShortcode(before)) !== undefined
}

/** The emoji whose shortcode was just typed whole, both colons included. */
export function wholeEmojiAt(text: string, caret: number, emoji: readonly Emoji[]) {
  const before = text.slice(0, caret)
  const code = isInCode(before) ? undefined : wholeShortcode(before)
  const found = code && emoji.find(({ shortcodes }) => shortcodes.includes(code))
  return found ? { from: caret - code.length - 2, to: caret, insert: found.emoji } : undefined
}

/** The text with the emoji for each shortcode in it that has one. */
export function withEmoji(text: string, emoji: readonly Emoji[]): string {
  let done = ''
  for (const part of text.split(/(?<=:)/)) {
    done += part
    const whole = wholeEmojiAt(done, done.length, emoji)
    if (whole) done = done.slice(0, whole.from) + whole.insert
  }
  return done
}

function personAt(
  before: string,
  after: string,
  people: readonly User[],
  withEveryone: boolean,
): Completion | undefined {
  const typed = termAfter('@', before)
  if (!typed) return undefined
  const { from, term } = typed
  const wanted = fold(term)
  const hasEveryone = withEveryone && everyone.name.startsWith(wanted)
  const found: CompletionOption[] = people
    .filter(({ name }) => fold(name).startsWith(wanted))
    .slice(0, hasEveryone ? maxOptions - 1 : maxOptions)
    .map((user) => ({ ...named(user.name, after), sign: { type: 'face', user } }))
  const options = hasEveryone
    ? [...found, { ...named(everyone.name, after), sign: { type: 'everyone' } as const }]
    : found
  // Enter takes the first one. A name that is typed whole is the one that is meant.
  if (wanted === everyone.name && hasEveryone) options.unshift(...options.splice(-1))
  return options.length ? { kind: 'person', from, to: before.length, options } : undefined
}

function named(name: string, after: string) {
  return { insert: `@${name}${spaceBefore(after)}`, label: name }
}

/** By the name that is inserted, or by what people call the room in their language. */
function roomAt(before: string, after: string, rooms: readonly RoomToLink[]): Completion | undefined {
  const typed = termAfter('#', before)
  // `##` is a heading, and `&#` the beginning of an entity.
  if (!typed || /[#&]$/.test(before.slice(0, typed.from))) return undefined
  const wanted = fold(typed.term)
  const options = rooms
    .filter(({ name, label }) => [name, label].some((one) => fold(one).startsWith(wanted)))
    .slice(0, maxOptions)
    .map(({ name, label, isPrivate }) => ({
      insert: `#${name}${spaceBefore(after)}`,
      label,
      sign: { type: 'room', isPrivate } as const,
    }))
  return options.length ? { kind: 'room', from: typed.from, to: before.length, options } : undefined
}

function termAfter(mark: string, before: string): { from: number; term: string } | undefined {
  const from = before.lastIndexOf(mark)
  const term = before.slice(from + 1)
  const isName = from >= 0 && term.length <= maxTermLength && !term.includes('\n') && mayBegin(before.slice(0, from))
  return isName ? { from, term } : undefined
}

/** A command is the first thing in a message. */
function commandAt(before: string, after: string, commands: readonly BotCommand[]): Completion | undefined {
  const [, term] = /^\/([a-z-]*)$/i.exec(before) ?? []
  if (term === undefined) return undefined
  const known = [
    ...slashCommands.map(({ name, description }) => ({ name, sign: { type: 'command', description } as const })),
    ...commands.map(({ name, description, user }) => {
      return { name, sign: { type: 'bot-command', description: description || user.name } as const }
    }),
  ]
  const options = known
    .filter(({ name }) => name.startsWith(term.toLowerCase()))
    .slice(0, maxOptions)
    .map(({ name, sign }) => ({ insert: `/${name}${spaceBefore(after)}`, label: `/${name}`, sign }))
  return options.length ? { kind: 'command', from: 0, to: before.length, options } : undefined
}

function emojiAt(before: string, after: string, emoji: readonly Emoji[]): Completion | undefined {
  const term = partialShortcode(before)
  if (term === undefined) return undefined
  const options = emojiByShortcode(emoji, term, maxOptions).map(({ emoji, name, shortcodes }) => ({
    insert: emoji + spaceBefore(after),
    label: `:${shortcodes.find((code) => code.startsWith(term.toLowerCase())) ?? name}:`,
    sign: { type: 'emoji', emoji } as const,
  }))
  return options.length
    ? { kind: 'emoji', from: before.length - term.length - 1, to: before.length, options }
    : undefined
}

/** At least two characters and not a number first: `:30` is a time, and `:D` wants to stay what it is. */
function partialShortcode(before: string): string | undefined {
  const [, start = '', term] = /^(.*(?<!:)):([\p{L}+-][\p{L}\p{M}\p{N}_+-]+)$/su.exec(before) ?? []
  return term !== undefined && mayBegin(start) ? term : undefined
}

function wholeShortcode(before: string): string | undefined {
  const [, start = '', code] = /^(.*(?<!:)):([a-z0-9_+-]+):$/is.exec(before) ?? []
  return code !== undefined && mayBegin(start) ? code.toLowerCase() : undefined
}

/** Not in the middle of a word, of a time, an address or a URL. Where words are written without spaces, anywhere. */
function mayBegin(before: string): boolean {
  return !/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]$/u.test(before) && !isInUrl(before)
}

function isInUrl(before: string): boolean {
  return /[a-z][a-z0-9+.-]*:\/\/[!-~]*$/i.test(before)
}

function isInCode(before: string): boolean {
  const fences = before.match(/^ {0,3}```/gm) ?? []
  if (fences.length % 2 === 1) return true
  const line = before.slice(before.lastIndexOf('\n') + 1)
  return (line.match(/`+/g) ?? []).length % 2 === 1
}

function spaceBefore(after: string): string {
  return /^\s/.test(after) ? '' : ' '
}

function fold(name: string): string {
  return foldName(name.normalize('NFC'))
}

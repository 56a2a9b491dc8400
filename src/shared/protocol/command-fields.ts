/** The fields of commands, and how they are checked. */
import * as v from 'valibot'
import { isEmoji } from '../emoji.ts'
import { mayNameRoom, newNameOf, roomNameRule, unreachableName } from '../new-name.ts'
import { canBeInPath, characters, faultInName, hasInk, normalizeName, withoutControls } from '../text.ts'
import { hiddenPrefix, limits } from './limits.ts'

export const id = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must be 0 or more'),
)
export const limit = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
  v.transform((n) => Math.min(n, limits.maxPerPage)),
)
export const room = v.pipe(
  v.string('must be a string'),
  v.transform(normalizeName),
  v.check(
    (s) => faultInName(s, limits.maxRoomCharacters) === undefined,
    `must have 1 to ${limits.maxRoomCharacters} visible characters`,
  ),
)
export const key = v.pipe(
  v.string('must be a string'),
  v.check(
    (s) => s.length > 0 && s.length <= 2 * limits.maxKeyCharacters && characters(s) <= limits.maxKeyCharacters,
    'must have 1 to 64 characters',
  ),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
)
/** The text of a message: may be empty beside files. */
export const text = v.pipe(
  v.string('must be a string'),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
  v.transform((s) => {
    const clean = withoutControls(s)
    return hasInk(clean) ? clean : ''
  }),
)
const fileId = v.pipe(v.string('must be a list of file ids'), v.regex(/^[0-9a-f]{32}$/, 'must be a list of file ids'))
/** A text in the place of a file, on one line. */
const alt = v.pipe(
  v.string('must have texts as "alt"'),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
  v.transform((s) => withoutControls(s).replace(/\s+/g, ' ').trim()),
  v.check(
    (s) => characters(s) <= limits.maxAltCharacters,
    `must have at most ${limits.maxAltCharacters} characters in "alt"`,
  ),
)
/** Ids, or ids with the texts that stand for the files from now on. */
export const files = v.pipe(
  v.array(v.union([fileId, v.object({ id: fileId, alt })], 'must be a list of file ids'), 'must be a list of file ids'),
  v.maxLength(limits.maxFilesPerMessage, `must have at most ${limits.maxFilesPerMessage}`),
  v.check((named) => new Set(named.map(idOfFile)).size === named.length, 'must not have an id twice'),
)
export type NamedFile = string | { id: string; alt: string }

export function idOfFile(file: NamedFile): string {
  return typeof file === 'string' ? file : file.id
}
/** A message has a text or files. */
export function saysSomething({ data, files = [] }: { data: string; files?: NamedFile[] | undefined }): boolean {
  return data !== '' || files.length > 0
}

/** Words that nobody but their author could take back would be one more way to insult. */
export const reaction = v.pipe(v.string('must be a string'), v.check(isEmoji, 'must be one emoji'))

export const roomName = v.pipe(
  v.string('must be a string'),
  v.transform(newNameOf),
  v.check(mayNameRoom, roomNameRule),
  v.check((s) => !s.startsWith(hiddenPrefix), `must not begin with ${hiddenPrefix}`),
  v.check(canBeInPath, unreachableName),
)
export const topic = v.pipe(
  v.string('must be a string'),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
  v.transform((s) => withoutControls(s).replace(/\s+/g, ' ').trim()),
  v.check(
    (s) => characters(s) <= limits.maxTopicCharacters,
    `must have at most ${limits.maxTopicCharacters} characters`,
  ),
)
/** Visible characters on one line, like a name, or nothing. */
export const statusText = v.pipe(
  v.string('must be a string'),
  v.transform((s) => normalizeName(s.replace(/[\t\n\r ]+/g, ' '))),
  v.check(
    (s) => s === '' || faultInName(s, limits.maxStatusCharacters) === undefined,
    `must have at most ${limits.maxStatusCharacters} visible characters`,
  ),
)
export const user = v.pipe(id, v.minValue(1, 'must be the id of a user'))
export const users = v.pipe(
  v.array(user, 'must be a list of user ids'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(limits.maxNamedUsers, `must have at most ${limits.maxNamedUsers}`),
)
export const rooms = v.pipe(
  v.array(room, 'must be a list of rooms'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(limits.maxListedRooms, `must have at most ${limits.maxListedRooms}`),
)
export function duration(maxMs: number) {
  return v.pipe(id, v.maxValue(maxMs, `must be at most ${maxMs}`))
}
export const yesOrNo = v.boolean('must be true or false')

/** What stands for a user who has chosen no drawing: initials, on a colour that also shows their name. */
import type { User } from './protocol/types.ts'

/** `image` of a user without a drawing. */
export const noDrawing = -1
export const drawings = 10

/** Where the picture of a user is, or the drawing that they chose. */
export function avatarPath({ id, image, picture }: User): string {
  return picture ? `/pictures/users/${id}/${picture}` : `/static/images/avatars/${image}.svg`
}

export function roomPicturePath({ room, picture }: { room: string; picture?: string }): string {
  return `/pictures/rooms/${encodeURIComponent(room)}/${picture}`
}

const hues = 12
/** Shares no factor with `hues`: users who joined one after another get colours that are far apart. */
const hueStep = 5

// Firefox has `Intl.Segmenter` only from 125.
const firstGrapheme = /^(?:\p{RGI_Emoji}|[\s\S][\p{M}\u200d]*)/v
const givenName = /[\p{Script=Han}\p{Script=Hangul}]+/gu

/** The class that sets the user's colour. `theme.css` has the colours. */
export function hueOf({ id }: Pick<User, 'id'>): string {
  return `hue-${(id * hueStep) % hues}`
}

/** Chinese and Korean names: the end, which tells relatives apart (王小明 is 小明, 李雷 is 雷). Others: first letters of the first and last word. */
export function initialsOf(name: string): string {
  const characters = [...(name.match(givenName)?.at(-1) ?? '')]
  if (characters.length) return characters.slice(characters.length > 2 ? -2 : -1).join('')
  const words = name.split(/[\s._-]+/u).filter((word) => word)
  const first = beginningOf(words[0] ?? name)
  const last = words.length > 1 ? beginningOf(words.at(-1) ?? '') : ''
  return first + last
}

function beginningOf(word: string): string {
  const first = firstGrapheme.exec(word)?.[0] ?? ''
  const upper = first.toUpperCase()
  // `ß` would become two letters.
  return upper.length === first.length ? upper : first
}

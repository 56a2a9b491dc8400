/** All that Unicode recommends: flags, keycaps and those that are joined are one. */
const emoji = /^\p{RGI_Emoji}$/v
/** In UTF-16: longer than any. */
const maxUnits = 48

export function isEmoji(text: string): boolean {
  return text.length <= maxUnits && emoji.test(text)
}

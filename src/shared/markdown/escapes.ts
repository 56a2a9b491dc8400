/** Backslashes before marks, and HTML's names and numbers of characters. */

/** Those that people know by name. The others stay as they were typed: the whole list would weigh more than the parser. */
const names = `amp & lt < gt > quot " apos ' nbsp \u00a0 copy © reg ® trade ™ deg ° micro µ middot · bull • hellip … ndash – mdash —
  lsquo ‘ rsquo ’ ldquo “ rdquo ” laquo « raquo » sect § para ¶ dagger † euro € pound £ yen ¥ cent ¢ plusmn ± times × divide ÷ minus −
  ne ≠ le ≤ ge ≥ asymp ≈ infin ∞ radic √ sum ∑ pi π frac12 ½ frac14 ¼ frac34 ¾ sup2 ² sup3 ³ larr ← uarr ↑ rarr → darr ↓ harr ↔ check ✓
  hearts ♥ Auml Ä auml ä Ouml Ö ouml ö Uuml Ü uuml ü szlig ß AElig Æ aelig æ Aring Å aring å Oslash Ø oslash ø Ccedil Ç ccedil ç
  Eacute É eacute é egrave è agrave à ntilde ñ iexcl ¡ iquest ¿`
const named = new Map(
  Array.from(names.matchAll(/([a-z\d]+) (.)/giu), ([, name = '', character = '']) => [name, character]),
)

export const escapable = /[!-/:-@[-`{-~]/
/** Sticky: where it is looked for is set before. */
export const entity = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z\d]{1,31}));/iy

/** The character of an entity, or undefined where it has none that may be shown. */
export function characterOf([, decimal, hexadecimal, name = '']: readonly (string | undefined)[]): string | undefined {
  if (decimal === undefined && hexadecimal === undefined) return named.get(name)
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number.parseInt(decimal, 10)
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  const character = String.fromCodePoint(code)
  // As in what is typed, control characters but these have no meaning in a message.
  return /(?![\t\n])\p{Cc}/u.test(character) ? undefined : character
}

/** What an address, a title or the language of code means. */
export function unescaped(text: string): string {
  return text.replace(
    /\\([!-/:-@[-`{-~])|&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z\d]{1,31}));/gi,
    (typed, mark, ...found) => (mark === undefined ? (characterOf([typed, ...found.slice(0, 3)]) ?? typed) : mark),
  )
}

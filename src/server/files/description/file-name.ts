/** What an uploaded file is called. It is shown and offered for saving; nothing on this machine is named like it. */

/** So much fits into a name on the file systems that people have. */
export const maxNameBytes = 255
/** A longer one is no ending. */
const maxEndingBytes = 20

/** Name of a file without one. */
const nameless = 'file'

/**
 * What cannot be seen: controls, marks that turn the direction of text around (`exe.gpj` could then be read as `jpg.exe`), and others of
 * no width. The joiners and tags of emoji stay.
 */
const unseen = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Returns the last part of a path, cut to `maxNameBytes` with its ending. */
export function cleanFileName(claimed: string): string {
  const [last = ''] = claimed.toWellFormed().normalize('NFC').split(/[/\\]/).slice(-1)
  const name = last
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(unseen, '')
    .trim()
  return /^\.*$/.test(name) ? nameless : shorten(name)
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name
  const [ending = ''] = /\.[^.]+$/.exec(name) ?? []
  const kept = Buffer.byteLength(ending) <= maxEndingBytes ? ending : ''
  return `${cut(name.slice(0, name.length - kept.length), maxNameBytes - Buffer.byteLength(kept))}${kept}`
}

/** Between characters as people see them: a flag is not cut into letters. */
function cut(text: string, maxBytes: number): string {
  let bytes = 0
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    bytes += Buffer.byteLength(segment)
    // One that is too long by itself is cut between its code points.
    if (bytes > maxBytes) return index === 0 ? cutCodePoints(segment, maxBytes) : text.slice(0, index)
  }
  return text
}

function cutCodePoints(text: string, maxBytes: number): string {
  let kept = ''
  for (const codePoint of text) {
    if (Buffer.byteLength(kept + codePoint) > maxBytes) break
    kept += codePoint
  }
  return kept
}

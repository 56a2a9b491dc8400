/** Parts of what is served: for files of ours and of users. */

/** A part of a file, in bytes; `end` is the first one that is not in it. */
export interface Part {
  start: number
  end: number
}

/** The tags of `If-None-Match`. The weak form of a tag counts too: a proxy that compresses makes ours weak. */
export function tagsIn(list: string): string[] {
  return list.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
}

/**
 * One range: `bytes=0-99`, `bytes=100-`, `bytes=-100` (RFC 9110, 14.1.2). Several and malformed ones are ignored, as the
 * RFC allows; so is any range of an empty file, which has no part to give.
 */
export function parseRange(header: string, size: number): Part | 'whole' | 'outside' {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header) ?? []
  if (size === 0 || (first === '' && last === '')) return 'whole'
  if (first === '') return Number(last) === 0 ? 'outside' : { start: Math.max(0, size - Number(last)), end: size }
  if (last !== '' && Number(last) < Number(first)) return 'whole'
  if (Number(first) >= size) return 'outside'
  return { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) }
}

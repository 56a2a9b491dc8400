/** Parts of what is served, and how a stream ends with its connection: for files of ours and of users. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

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

/**
 * An answer that waits behind another one on its connection is not told when the connection ends, and so neither is Koa.
 * A file that nobody closes then ends the process when it is collected.
 */
export function destroyWith(socket: Socket, content: Readable): void {
  const destroy = () => content.destroy()
  if (socket.destroyed) destroy()
  socket.once('close', destroy)
  content.once('close', () => socket.off('close', destroy))
}

/** Does what nobody needs any more when the connection ends. */
export async function whileConnected<Result>(
  socket: Socket,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const left = new AbortController()
  const leave = () => left.abort()
  if (socket.destroyed) leave()
  socket.once('close', leave)
  try {
    return await work(left.signal)
  } finally {
    socket.off('close', leave)
  }
}

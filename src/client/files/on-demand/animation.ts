/** Images that move. Their previews stand still. */
import { filePath } from '../../../shared/protocol/file-path.ts'
import type { FileInfo } from '../../../shared/protocol/types.ts'

/** The header of a WebP, up to the flags: https://developers.google.com/speed/webp/docs/riff_container */
const headerBytes = 32
const flagsAt = 20
const animationFlag = 2

/** Whether the image can be played. A WebP says so in its first bytes, which are fetched; a GIF is taken for one that moves. */
export async function canMove(file: FileInfo, read = fetch): Promise<boolean> {
  if (file.type === 'image/gif') return true
  if (file.type !== 'image/webp') return false
  const answer = await read(filePath(file), { headers: { Range: `bytes=0-${headerBytes - 1}` } })
  if (answer.status !== 206) {
    // All of it would come.
    await answer.body?.cancel()
    return false
  }
  const header = new Uint8Array(await answer.arrayBuffer())
  return textAt(header, 12) === 'VP8X' && ((header[flagsAt] ?? 0) & animationFlag) !== 0
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4))
}

/** Whether nothing may move unless it is asked to. */
export function prefersStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** Reads a file as text. */
import type { FileBytes } from '../bytes/file-bytes.ts'

/** A store of files that hangs is tried again later. */
const patienceMs = 60_000

/**
 * @param bytes how many it has
 * @returns undefined when it is not UTF-8 without zeros
 * @throws what the store of files throws
 */
export async function readText(
  store: Pick<FileBytes, 'read'>,
  { hash, bytes }: { hash: string; bytes: number },
  stop: AbortSignal,
): Promise<string | undefined> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)])
  const stream = await store.read(hash, { start: 0, end: bytes }, signal)
  const end = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', end)
  try {
    signal.throwIfAborted()
    return decoded(Buffer.concat(await stream.toArray({ signal })))
  } finally {
    signal.removeEventListener('abort', end)
    stream.destroy()
  }
}

/** Without the mark at its beginning. */
function decoded(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    // It is not UTF-8.
    return undefined
  }
}

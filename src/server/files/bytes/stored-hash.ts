import { createHash } from 'node:crypto'
import type { FileBytes } from './file-bytes.ts'

/** The SHA-256 that bytes of that name really have. @param size how many there are */
export async function storedHash(bytes: Pick<FileBytes, 'read'>, hash: string, size: number): Promise<string> {
  const digest = createHash('sha256')
  if (size > 0) for await (const part of await bytes.read(hash, { start: 0, end: size })) digest.update(part)
  return digest.digest('hex')
}

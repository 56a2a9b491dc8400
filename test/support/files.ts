/** Files that are in a store without bytes. */
import { createHash } from 'node:crypto'
import type { FileContent, NewFile, Store } from '../../src/server/store/store.ts'
import type { User } from '../../src/shared/protocol/types.ts'

/** The same for the same number. */
export function fileId(n: number): string {
  return n.toString(16).padStart(32, '0')
}

export function newFile(n: number, user: User, room: string, more: Partial<NewFile> = {}): NewFile {
  const usual = { name: `tea ${n}.jpg`, type: 'image/jpeg', bytes: 100 * n, alt: '', asFile: false, at: Date.now() }
  return { id: fileId(n), userId: user.id, room, ...usual, ...more }
}

export function contentOf(n: number, more: Partial<FileContent> = {}): FileContent {
  const hash = createHash('sha256').update(`bytes ${n}`).digest('hex')
  return { hash, type: 'image/jpeg', bytes: 100 * n, width: 640, height: 480, color: '#7a5c3e', ...more }
}

/** Uploads a file whose number no other has. @returns its id */
export async function uploaded(store: Store, n: number, user: User, room: string, more: Partial<NewFile> = {}) {
  await store.files.create(newFile(n, user, room, more))
  await store.files.complete(fileId(n), contentOf(n))
  return fileId(n)
}

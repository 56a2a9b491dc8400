import { randomBytes } from 'node:crypto'

export function newFileId(): string {
  return randomBytes(16).toString('hex')
}

export function isFileId(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text)
}

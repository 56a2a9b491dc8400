/** Random tokens. The client keeps the token; the store has only its hash. */
import { createHash, randomBytes } from 'node:crypto'

/** @param bytes of randomness @returns base64url */
export function newToken(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

/** SHA-256: what is random needs no slower one. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

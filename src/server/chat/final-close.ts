import { closeCodes } from '../../shared/protocol/close-codes.ts'

const finalCodes: ReadonlySet<number> = new Set([closeCodes.invalidUser, closeCodes.signedOut, closeCodes.banned])

/** Whether the user does not come back after a connection was closed with that code. Anything else may be a reload or a lost connection. */
export function isFinalClose(code: number | undefined): boolean {
  return code !== undefined && finalCodes.has(code)
}

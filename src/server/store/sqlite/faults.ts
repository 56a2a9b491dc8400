/** What an error of SQLite means for those who asked. */

/** Primary result codes (https://sqlite.org/rescode.html). */
const busy = 5
const noMemory = 7
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const notADatabase = 26

/** The extended one of an index of words that does not fit what is taken out of it. Its transaction is undone, and the database is sound. */
const corruptIndex = 267

/** Whether the database cannot be trusted to store the next write either: an fsync that failed must not be tried again. */
export function isFinal(error: unknown): boolean {
  return extendedCodeOf(error) !== corruptIndex && [ioError, corrupt, notADatabase].includes(codeOf(error))
}

/** Whether it is the state of the machine, a full disk say, and not the write, that made it fail. */
export function isOfMachine(error: unknown): boolean {
  return isFinal(error) || [busy, noMemory, readOnly, full, cannotOpen].includes(codeOf(error))
}

function codeOf(error: unknown): number {
  // An extended code has the primary one in its low byte.
  return extendedCodeOf(error) & 0xff
}

function extendedCodeOf(error: unknown): number {
  return Number((error as { errcode?: number }).errcode)
}

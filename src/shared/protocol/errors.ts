/** Refused commands. */
export type ErrorCode =
  | 'bad-frame'
  | 'unknown-type'
  | 'bad-field'
  | 'too-long'
  | 'too-large'
  | 'quota'
  | 'file-refused'
  | 'too-fast'
  | 'no-such-room'
  | 'not-in-room'
  | 'no-such-message'
  | 'no-such-user'
  | 'no-such-file'
  | 'name-taken'
  | 'forbidden'
  | 'not-accepted'
  | 'muted'
  | 'read-only'
  | 'unavailable'
  | 'internal'

/** The message of `bad-field` for a key that named another command before. */
export const usedKeyMessage = '"key" was used for something else.'

/** The message of `quota` for what a user uploads in a day. */
export function dailyQuotaMessage(bytes: number): string {
  return `You can upload ${bytes} bytes in 24 hours.`
}

/** A refused command. `message` is for the sender and says what is allowed. */
export class ChatError extends Error {
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'ChatError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

import type { ErrorCode } from '../../src/shared/protocol/errors.ts'

/** All of them: the type checker compares the list with `ErrorCode`. */
export const errorCodes = Object.keys({
  'bad-frame': true,
  'unknown-type': true,
  'bad-field': true,
  'too-long': true,
  'too-large': true,
  quota: true,
  'file-refused': true,
  'too-fast': true,
  'no-such-room': true,
  'not-in-room': true,
  'no-such-message': true,
  'no-such-user': true,
  'no-such-file': true,
  'name-taken': true,
  forbidden: true,
  'not-accepted': true,
  muted: true,
  'read-only': true,
  unavailable: true,
  internal: true,
} satisfies Record<ErrorCode, true>) as ErrorCode[]

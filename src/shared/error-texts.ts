/** What people read when a command fails. The message of the error itself is for programs. */
import type { LazyTextKey } from './language.ts'
import type { ErrorCode } from './protocol.ts'

export const errorTexts: Readonly<Record<ErrorCode, LazyTextKey>> = {
  'bad-frame': 'errorBadFrame',
  'unknown-type': 'errorBadFrame',
  'bad-field': 'errorBadField',
  'too-long': 'errorTooLong',
  'too-fast': 'errorTooFast',
  'no-such-room': 'errorNoSuchRoom',
  'not-in-room': 'errorNotInRoom',
  'no-such-message': 'errorNoSuchMessage',
  'no-such-user': 'errorNoSuchUser',
  'name-taken': 'errorNameTaken',
  forbidden: 'errorForbidden',
  'not-accepted': 'errorNotAccepted',
  muted: 'errorMuted',
  'read-only': 'errorReadOnly',
  unavailable: 'errorUnavailable',
  internal: 'errorInternal',
}

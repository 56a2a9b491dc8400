/** What people read when a command fails. The message of the error itself is for programs. */
import type { Language, LazyTextKey, Values } from './language.ts'
import type { ErrorCode } from './protocol/errors.ts'
import { limits } from './protocol/limits.ts'

// Not exported: the texts have placeholders, which `errorText` fills.
const texts: Readonly<Record<ErrorCode, readonly [text: LazyTextKey, values?: Values]>> = {
  'bad-frame': ['errorBadFrame'],
  'unknown-type': ['errorBadFrame'],
  'bad-field': ['errorBadField'],
  'too-long': ['errorTooLong', { n: limits.maxMessageCharacters }],
  'too-large': ['errorTooLarge'],
  quota: ['errorQuota'],
  'file-refused': ['errorFileRefused'],
  'too-fast': ['errorTooFast'],
  'no-such-room': ['errorNoSuchRoom'],
  'not-in-room': ['errorNotInRoom'],
  'no-such-message': ['errorNoSuchMessage'],
  'no-such-user': ['errorNoSuchUser'],
  'no-such-file': ['errorNoSuchFile'],
  'name-taken': ['errorNameTaken'],
  forbidden: ['errorForbidden'],
  'not-accepted': ['errorNotAccepted', { n: limits.maxRequestMessages }],
  muted: ['errorMuted'],
  'read-only': ['errorReadOnly'],
  unavailable: ['errorUnavailable'],
  internal: ['errorInternal'],
}

export function errorText(code: ErrorCode, t: Language<LazyTextKey>['t']): string {
  return t(...texts[code])
}

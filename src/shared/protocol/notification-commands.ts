/** Commands about notifications outside of an open page, and how they are checked. */
import * as v from 'valibot'
import { urlOf } from '../addresses/url.ts'
import { termsOf } from '../search/terms.ts'
import { characters, withoutControls } from '../text.ts'
import { id, key } from './command-fields.ts'
import { limits } from './limits.ts'
import { notificationLevels } from './types.ts'

/** How long an email waits for its messages to be read. */
export const mailDelay = { min: 5, max: 24 * 60, default: 15 }
const maxAddressCharacters = 254
const maxPasswordLength = 2_048
const maxEndpointCharacters = 1_000

const clockTime = v.pipe(
  v.string('must have "from" and "to", like 22:00'),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must have "from" and "to", like 22:00'),
)
const quiet = v.pipe(
  v.object({ from: clockTime, to: clockTime }, 'must have "from" and "to", like 22:00'),
  v.check(({ from, to }) => from !== to, 'must end at another time than it begins'),
)
const timeZone = v.pipe(
  v.string('must be a time zone like Europe/Berlin'),
  v.maxLength(64, 'must be a time zone like Europe/Berlin'),
  v.check(isTimeZone, 'must be a time zone like Europe/Berlin'),
)
const language = v.picklist(['en', 'zh'], 'must be en or zh')
const keyword = v.pipe(
  v.string('must be a list of words'),
  v.check((s) => s.isWellFormed() && !s.includes('\0'), 'must be valid Unicode without U+0000'),
  v.transform((s) => withoutControls(s).replace(/\s+/g, ' ').trim()),
  v.check(
    (s) => characters(s) <= limits.maxKeywordCharacters,
    `must have words of at most ${limits.maxKeywordCharacters} characters`,
  ),
  v.check((s) => termsOf(s).length > 0, 'must have words with a letter or a digit'),
)
const keywords = v.pipe(
  v.array(keyword, 'must be a list of words'),
  v.maxLength(limits.maxKeywords, `must have at most ${limits.maxKeywords}`),
)
const mail = v.object(
  {
    address: v.pipe(
      v.string('must have an address'),
      v.transform((s) => s.trim()),
      v.check(isMailAddress, 'must have an address like li@example.org'),
    ),
    delayMinutes: v.optional(
      v.pipe(
        id,
        v.minValue(mailDelay.min, `must have "delayMinutes" from ${mailDelay.min} to ${mailDelay.max}`),
        v.maxValue(mailDelay.max, `must have "delayMinutes" from ${mailDelay.min} to ${mailDelay.max}`),
      ),
    ),
  },
  'must have an address',
)
const endpoint = v.pipe(
  v.string('must be a string'),
  v.maxLength(maxEndpointCharacters, `must have at most ${maxEndpointCharacters} characters`),
  // Only the operator's own push services may do without TLS.
  v.check((s) => /^https?:$/.test(urlOf(s)?.protocol ?? ''), 'must be an https URL'),
)

export const notificationCommands = {
  notifications: v.object({ type: v.literal('notifications') }),
  'set-notifications': v.object({
    type: v.literal('set-notifications'),
    key,
    level: v.optional(v.picklist(notificationLevels, `must be one of ${notificationLevels.join(', ')}`)),
    quiet: v.optional(v.nullable(quiet)),
    timeZone: v.optional(timeZone),
    language: v.optional(language),
    keywords: v.optional(keywords),
    showsText: v.optional(v.boolean('must be true or false')),
    mail: v.optional(v.nullable(mail)),
    password: v.optional(
      v.pipe(v.string('must be your password'), v.maxLength(maxPasswordLength, 'must be your password')),
    ),
  }),
  'push-subscribe': v.object({
    type: v.literal('push-subscribe'),
    key,
    endpoint,
    keys: v.object(
      // A point of the curve P-256, uncompressed, and 16 bytes (RFC 8291, section 3.2).
      { p256dh: base64Url(65), auth: base64Url(16) },
      'must have "p256dh" and "auth"',
    ),
    language: v.optional(language, 'en'),
    replaces: v.optional(endpoint),
  }),
  'push-unsubscribe': v.object({ type: v.literal('push-unsubscribe'), key, id }),
  'push-test': v.object({ type: v.literal('push-test'), key, id }),
}

function base64Url(bytes: number) {
  const length = Math.ceil((bytes * 4) / 3)
  return v.pipe(
    v.string('must have "p256dh" and "auth"'),
    v.regex(new RegExp(`^[\\w-]{${length}}={0,2}$`), 'must have "p256dh" and "auth" of the browser, in base64url'),
  )
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    // A RangeError is how the name is refused.
    return false
  }
}

/** The same for an address however its letters were typed. */
export function addressKey(address: string): string {
  return address.trim().toLowerCase()
}

/** What mail servers take without quotes (RFC 5321): nothing that would be a second address or a header. */
function isMailAddress(text: string): boolean {
  return (
    text.length <= maxAddressCharacters &&
    /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u.test(text) &&
    !text.includes('..')
  )
}

/** Error pages and the offline page. */
import type { Texts } from '../../text.ts'

export const errorPages = {
  backToChat: 'Back to chat',
  title400: 'Bad request',
  title403: 'Not allowed',
  title404: 'Not found',
  title405: 'Method not allowed',
  title413: 'Request too large',
  title421: 'Wrong address',
  title429: 'Too many requests',
  title500: 'Something went wrong',
  title503: 'Temporarily unavailable',
  titleOther: 'Request failed',
  text404: 'This page doesn’t exist.',
  text405: 'This page doesn’t support that kind of request.',
  text413: 'A request can be at most 64 KiB.',
  text500: 'Something went wrong on the server. The error was logged. Try again.',
  fromAnotherSite: 'This request came from another site.',
  anotherHost: 'This server has a different address.',
  tooManyPasswords: {
    one: 'Too many wrong passwords. Try again in {n} second.',
    other: 'Too many wrong passwords. Try again in {n} seconds.',
  },
  tooManyRequests: 'Too many requests. Wait a moment, then try again.',
  tooManySignIns: {
    one: 'Too many sign-ins from your network. Try again in {n} second.',
    other: 'Too many sign-ins from your network. Try again in {n} seconds.',
  },
  noSuchRoom: 'There’s no room “{room}”.',
  noSuchMessage: 'That message isn’t in “{room}”.',
  offlineTitle: 'Can’t reach the server',
  offlineText: 'This page reloads when the server answers. Your unsent messages are kept.',
} as const satisfies Texts

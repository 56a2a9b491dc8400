/** Error pages and the offline page. */
import type { Texts } from '../text.ts'

export const errorPages = {
  // Pages of what went wrong
  backToRoom: 'Back to the room',
  title400: 'That was not understood',
  title403: 'Not allowed',
  title404: 'There is nothing here',
  title405: 'Not that way',
  title413: 'Too much at once',
  title421: 'You wanted to go somewhere else',
  title429: 'Too many at once',
  title500: 'A pot has been dropped',
  title503: 'Not right now',
  titleOther: 'That did not work',
  text404: 'The page that you asked for does not exist.',
  text405: 'This page cannot be used like that.',
  text413: 'A request has at most 64 KiB.',
  text500: 'Something went wrong on our side. It has been written down; please try again.',
  fromAnotherSite: 'This came from another site.',
  anotherHost: 'This teahouse has another name.',
  tooManyPasswords: {
    one: 'Too many wrong passwords have been tried. Try again in {n} second.',
    other: 'Too many wrong passwords have been tried. Try again in {n} seconds.',
  },
  tooManyRequests: 'Too many requests. Wait a moment, then try again.',
  tooManySignIns: {
    one: 'Too many people come in from your address at once. Try again in {n} second.',
    other: 'Too many people come in from your address at once. Try again in {n} seconds.',
  },
  noSuchRoom: 'There is no room “{room}”.',
  noSuchMessage: 'There is no such message in “{room}”.',
  offlineTitle: 'The teahouse cannot be reached',
  offlineText: 'What you wrote is kept, and is sent when you open it again.',
} as const satisfies Texts

/** What only the server says: the sign-in, the pages of what went wrong, and what stands in for the script. */
import type { Words } from '../language.ts'

export const serverEn = {
  // The list of messages
  showNewer: 'Show newer messages',

  // The door
  signInTitle: 'Sign in',
  doorWords: 'Come in, take a seat. A name is all it takes.',
  yourName: 'Your name',
  comeIn: 'Come in',
  yourPassword: 'Password',
  passwordHint: 'Only if you have claimed your name.',
  nameTaken: 'That name, or one that looks like it, belongs to somebody. If it is yours, give its password.',
  wrongPassword: 'That name and that password do not belong together.',
  guestsOff: 'Here one comes in with a password, or with an invitation.',
  bannedHere: 'You cannot come in here.',
  tooBusy: 'Too many people sign in at once. Try again in a moment.',
  noRoomForGuests: 'There is no room for you here yet. Ask for an invitation, or sign in with your password.',
  nameEmpty: 'A name needs at least one character.',
  nameTooLong: { one: 'A name has at most {n} character.', other: 'A name has at most {n} characters.' },
  nameMalformed: 'A name must be valid Unicode.',
  nameControls: 'A name has no control characters or line breaks.',
  nameDirection: 'A name has no characters that change the direction of writing.',
  nameInkless: 'A name needs at least one character that can be seen.',

  // Passwords
  passwordTooShort: {
    one: 'A password needs at least {n} character.',
    other: 'A password needs at least {n} characters.',
  },
  passwordTooLong: { one: 'A password has at most {n} character.', other: 'A password has at most {n} characters.' },
  passwordCommon: 'Too many people use this password: it would be guessed first.',
  passwordIsName: 'Your name is no password: everybody knows it.',

  // Pages of what went wrong
  backToRoom: 'Back to the room',
  title400: 'That was not understood',
  title403: 'Not from there',
  title404: 'There is nothing here',
  title405: 'Not that way',
  title413: 'Too much at once',
  title421: 'You wanted to go somewhere else',
  title429: 'Too many at once',
  title500: 'A pot has been dropped',
  titleOther: 'That did not work',
  text404: 'The page that you asked for does not exist.',
  text405: 'This page cannot be used like that.',
  text413: 'A request has at most 64 KiB.',
  text500: 'Something went wrong on our side. It has been written down; please try again.',
  fromAnotherSite: 'This came from another site.',
  anotherHost: 'This teahouse has another name.',
  tooManySignIns: 'Too many people come in from your address at once. Try again in a moment.',
  noSuchRoom: 'There is no room “{room}”.',
  noSuchMessage: 'There is no such message in “{room}”.',
  offlineTitle: 'The teahouse cannot be reached',
  offlineText: 'What you wrote is kept, and is sent when you open it again.',

  // Why a message was not taken
  messageEmpty: 'A message needs something that can be seen.',
} as const satisfies Words

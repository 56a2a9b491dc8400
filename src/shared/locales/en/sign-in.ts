/** The sign-in page and the rules for names. */
import type { Texts } from '../text.ts'

export const signIn = {
  // The door
  signInTitle: 'Sign in',
  doorWords: 'Come in, take a seat. A name is all it takes.',
  doorWordsPassword: 'Come in, take a seat. It takes a password here, or an invitation.',
  yourName: 'Your name',
  comeIn: 'Come in',
  yourPassword: 'Password',
  passwordHint: 'Only if you have claimed your name.',
  nameTaken: 'That name, or one that looks like it, belongs to somebody. If it is yours, give its password.',
  wrongPassword: 'That name and that password do not belong together.',
  guestsOff: 'Here one comes in with a password, or with an invitation.',
  bannedHere: 'You cannot come in here.',
  tooMuchRead: 'The server has much to read just now, or has read much for you. Try again in a moment.',
  tooBusy: {
    one: 'Too many people sign in at once. Try again in {n} second.',
    other: 'Too many people sign in at once. Try again in {n} seconds.',
  },
  nameEmpty: 'A name needs at least one character.',
  nameTooLong: { one: 'A name has at most {n} character.', other: 'A name has at most {n} characters.' },
  nameMalformed: 'A name must be valid Unicode.',
  nameControls: 'A name has no control characters or line breaks.',
  nameDirection: 'A name has no characters that change the direction of writing.',
  nameInkless: 'A name needs at least one character that can be seen.',
  nameSpaces: 'A name has no spaces but the usual ones.',
  nameInvisible: 'A name has no invisible characters.',
  nameUnknown: 'A name has no characters that are not in Unicode.',
  nameMarks: {
    one: 'A name has at most {n} mark on each letter.',
    other: 'A name has at most {n} marks on each letter.',
  },
} as const satisfies Texts

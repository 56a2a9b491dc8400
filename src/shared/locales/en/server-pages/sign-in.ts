/** The sign-in page and the rules for names. */
import type { Texts } from '../../text.ts'

export const signIn = {
  signIn: 'Sign in',
  signInText: 'All you need is a name.',
  guestsOff: 'You need a password or an invitation.',
  yourName: 'Your name',
  join: 'Join',
  password: 'Password',
  enterPassword: 'Enter a password',
  passwordHint: 'Only if you’ve claimed your name.',
  nameTaken: 'That name, or one that looks like it, is taken. If it’s yours, enter its password.',
  wrongPassword: 'Wrong name or password.',
  youAreBanned: 'You’re banned.',
  serverBusy: 'The server is busy. Try again in a moment.',
  tooBusy: {
    one: 'Too many people are signing in. Try again in {n} second.',
    other: 'Too many people are signing in. Try again in {n} seconds.',
  },

  // Names
  nameEmpty: 'A name needs at least one character.',
  nameTooLong: { one: 'A name has at most {n} character.', other: 'A name has at most {n} characters.' },
  nameMalformed: 'A name must be valid Unicode.',
  nameControls: 'A name can’t contain control characters or line breaks.',
  nameDirection: 'A name can’t contain characters that change the text direction.',
  nameInkless: 'A name needs at least one visible character.',
  nameSpaces: 'A name can only contain ordinary spaces.',
  nameInvisible: 'A name can’t contain invisible characters.',
  nameUnknown: 'A name can only contain characters that are defined in Unicode.',
  nameMarks: {
    one: 'A name has at most {n} mark on each letter.',
    other: 'A name has at most {n} marks on each letter.',
  },
} as const satisfies Texts

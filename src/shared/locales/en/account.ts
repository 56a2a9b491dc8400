/** Passwords, the account page and one-time links. */
import type { Texts } from '../text.ts'

export const account = {
  // Passwords
  passwordTooShort: {
    one: 'A password needs at least {n} character.',
    other: 'A password needs at least {n} characters.',
  },
  passwordTooLong: { one: 'A password has at most {n} character.', other: 'A password has at most {n} characters.' },
  passwordCommon: 'Too many people use this password: it would be guessed first.',
  passwordIsName: 'Your name is no password: everybody knows it.',
  wrongCurrent: 'That is not your password.',

  // One's account
  account: 'Account',
  roleMember: 'Member',
  claimTitle: 'Claim your name',
  claimText:
    'With a password it is yours for good: nobody else can come under it, or under one that looks like it. What you wrote stays, and so do your rooms. On other devices you then come in with both.',
  claim: 'Claim it',
  notProven: 'This name was made in another browser. Claim it there, or come in under another name.',
  claimByLink: 'Here a name is claimed with a link. Ask an admin for one.',
  changePasswordTitle: 'Change your password',
  changePasswordText: 'All your other devices are signed out.',
  changePassword: 'Change it',
  currentPassword: 'Password until now',
  newPassword: 'New password',
  newPasswordHint: {
    one: 'At least {n} character. Long is better than complicated.',
    other: 'At least {n} characters. Long is better than complicated.',
  },
  blockedTitle: 'People whom you have blocked',
  blockPersonHint:
    'They cannot write to you, their requests are declined, and their messages in larger rooms are collapsed.',
  sessionsTitle: 'Where you are signed in',
  thisSession: 'this device',
  deviceOn: '{browser} on {system}',
  deviceUnknown: 'Unknown device',
  lastSeen: 'last seen',
  signOutThere: 'Sign out there',
  signOutOthers: 'Sign out everywhere else',
  signOutAll: 'Sign out everywhere',
  doneClaimed: 'The name is yours now.',
  doneChanged: 'Your password is changed, and your other devices are signed out.',
  doneEnded: 'That device is signed out.',
  doneOthers: 'Your other devices are signed out.',

  // Links
  noSuchLink: 'This link does not work, or not any more. Ask for a new one.',
  ownerTitle: 'Become the owner',
  ownerText: 'This teahouse has no owner yet. Choose a name and a password, and it is yours.',
  passwordLinkTitle: 'A new password',
  passwordLinkText: 'Choose a new password for {name}. Every device that is signed in under that name is signed out.',
  inviteTitle: 'You are invited',
  nameHeld: 'Somebody has come under that name before you. Choose another one.',
  inviteText: '{by} invites you into “{room}”.',
  comeInAs: 'Come in as {name}',
} as const satisfies Texts

/** Passwords, the account page and one-time links. */
import type { Texts } from '../../text.ts'

export const account = {
  // Passwords
  passwordTooShort: {
    one: 'A password needs at least {n} character.',
    other: 'A password needs at least {n} characters.',
  },
  passwordTooLong: { one: 'A password has at most {n} character.', other: 'A password has at most {n} characters.' },
  passwordCommon: 'This password is too common.',
  passwordIsName: 'Don’t use your name as your password.',
  wrongCurrent: 'Wrong password.',

  // The account page
  account: 'Account',
  roleMember: 'Member',
  claimText:
    'Set a password so no one else can use your name or one that looks like it. Your messages and rooms are kept. On other devices, sign in with your name and password.',
  claimName: 'Claim name',
  claimElsewhere:
    'This browser cannot prove that the name is yours, so you cannot claim it here. Claim it where you first joined, or join with a different name.',
  claimByLink: 'On this server you claim a name with a link. Ask an admin for one.',
  avatar: 'Avatar',
  initials: 'Your initials',
  drawingN: 'Drawing {n}',
  saveAvatar: 'Save avatar',
  doneAvatar: 'Avatar saved.',
  statusText: 'Text',
  statusHint: 'People who share a room with you see it. Leave both fields empty to clear it.',
  statusEmojiField: 'One emoji',
  statusRefused: 'A status has at most {n} visible characters on one line, and one emoji.',
  doneStatus: 'Status saved.',
  lastSeenTitle: 'Last seen',
  lastSeenHint:
    'People who share a room with you see when you were last here. If you hide it, you can’t see it for others either.',
  lastSeenShown: 'Show when I was last here',
  lastSeenHidden: 'Hide it',
  doneSeen: 'Saved.',
  changePasswordText: 'Your other devices will be signed out.',
  changePassword: 'Change password',
  currentPassword: 'Current password',
  newPassword: 'New password',
  newPasswordHint: {
    one: 'At least {n} character. Long is better than complicated.',
    other: 'At least {n} characters. Long is better than complicated.',
  },
  blockedPeople: 'Blocked people',
  blockHint: 'They can’t message you, their requests are declined, and their messages in larger rooms are collapsed.',
  sessions: 'Where you’re signed in',
  thisDevice: 'this device',
  deviceOn: '{browser} on {system}',
  deviceUnknown: 'Unknown device',
  lastSeen: 'last seen',
  activeNow: 'active now',
  signOutDevice: 'Sign out device',
  signOutOthers: 'Sign out all other devices',
  signOutAll: 'Sign out all devices',
  doneClaimed: 'This name is now yours.',
  doneChanged: 'Password changed. Your other devices are signed out.',
  doneEnded: 'The device is signed out.',
  doneOthers: 'Your other devices are signed out.',

  // Signing out
  signOutQuestion: 'Sign out {name}?',

  // Links
  invalidLink: 'This link is invalid or has expired. Ask for a new one.',
  ownerTitle: 'Become the owner',
  ownerText: 'This server has no owner yet. Choose a name and a password to become its owner.',
  passwordLinkTitle: 'Set a new password',
  passwordLinkText: 'Choose a new password for {name}. All devices signed in with that name will be signed out.',
  inviteTitle: 'You’re invited',
  nameInUse: 'Someone already uses that name. Choose another one.',
  inviteText: '{by} invited you to “{room}”.',
  continueAs: 'Continue as {name}',

  // Pictures
  choosePicture: 'Picture',
  pictureHint: 'JPEG, PNG, GIF, WebP or AVIF. The middle square is shown.',
  savePicture: 'Save picture',
  removePicture: 'Remove picture',
  pictureRefused: 'This image can’t be used. Choose another one.',
  cropLabel: 'Square that is shown. Drag it, or use the arrow keys',
  zoom: 'Zoom',
} as const satisfies Texts

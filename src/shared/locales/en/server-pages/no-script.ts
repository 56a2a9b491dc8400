/** What only the page without JavaScript needs. */
import type { Texts } from '../../text.ts'

export const noScript = {
  showNewer: 'Show newer messages',
  noRoomHere: 'No rooms yet',
  noRoomHereText:
    'You’re signed in as {name}, but there are no rooms you can join. Ask for an invitation, or sign out and sign in with a password.',
  messageEmpty: 'A message needs at least one visible character.',
  allMembers: 'All members',
  utc: 'UTC',
  literalSlash: 'To start a message with a slash, type two.',
  commandWithFiles: 'Commands can’t have files.',
  attachHint: 'Up to {n} files, {size} each.',
  altHint: 'Description of the files (optional)',
  sendImagesAsFiles: 'Send original images as files, with location and camera data',
  chooseFilesAgain: 'Choose your files again.',
  fileTooLarge: 'A file can have up to {size}.',
  filesPerDay: 'You can upload up to {size} in 24 hours.',
  shareMessage: 'Message',
  shareFilesAgain: 'The shared files were not received. Choose them again.',
  shareSendTo: 'Send to',
  shareNoRoom: 'There’s no room you can post in.',
  shareSignIn: 'You’re signed out. Sign in in another tab, then continue here. What you shared stays on this page.',
  shareContinue: 'Continue',
} as const satisfies Texts

/** The administration pages. */
import type { Texts } from '../text.ts'

export const admin = {
  // People
  search: 'Search',
  noMatches: 'No matches',
  onlyFirst: 'Showing the first {n}. Search to find others.',
  neverSeen: 'never signed in',
  isBanned: 'banned',
  addPerson: 'Add a person',
  personName: 'Name',
  addPersonHint: 'You get a link that lets them choose a password.',
  personNameTaken: 'That name, or one that looks like it, is taken.',
  passwordLink: 'Password link',
  passwordLinkHint:
    '{name} can set a new password with it and is then signed out everywhere else. It works once, for 24 hours.',
  forgetDevices: 'Sign out everywhere',
  forgetDevicesHint:
    'Signs {name} out in every browser. None of them can prove the name any more, so create a password link if they should keep it.',
  linkFor: 'Link for {name}',
  backToPerson: 'Back to {name}',
  role: 'Role',
  purgeSure: 'I’m sure',
  purgeUnsure: 'Tick the box to delete all their messages.',
  roleNotBelow: '{name} has the same or a higher role, so you can’t make changes here.',

  // IP bans
  ipBans: 'IP bans',
  banRangeTitle: 'Ban an address or network',
  banRangeHint: 'Only admins can sign in from there.',
  addressOrNetwork: 'Address or network',
  invalidRange: 'Enter an IP address, or a network such as 203.0.113.0/24 or 2001:db8::/32.',
  noRanges: 'No addresses are banned.',
  expires: 'expires',

  // The server
  serverSettings: 'Server',
  doneServerSettings: 'Saved.',
  serverName: 'Server name',
  serverNameHint: 'On the sign-in page, in invitations, beside the rooms and in the tab. Leave it empty for Teahouse.',
  welcomeText: 'Welcome text',
  welcomeHint: {
    one: 'On the sign-in page. At most {n} character.',
    other: 'On the sign-in page. At most {n} characters.',
  },
  welcomeTooLong: {
    one: 'A welcome text has at most {n} character.',
    other: 'A welcome text has at most {n} characters.',
  },
  guestsChoice: 'Who can sign in',
  guestsChoiceOn: 'Anyone, with a name',
  guestsChoiceOff: 'People with a password or an invitation',
  guestRoomsChoice: 'Who can create rooms',
  guestRoomsChoiceOn: 'Everyone',
  guestRoomsChoiceOff: 'People with a password',
  languageChoice: 'Language for people who have not chosen one',
  languageOfBrowser: 'That of their browser',
  accentChoice: 'Accent colour',
  accentGreen: 'Green',
  accentTeal: 'Teal',
  accentBlue: 'Blue',
  accentPurple: 'Purple',
  accentPink: 'Pink',
  accentBrown: 'Brown',
  iconChoice: 'Icon',
  iconCup: 'Cup',
  iconPot: 'Teapot',
  iconLeaf: 'Leaf',
  iconBubble: 'Speech bubble',
  iconEmoji: 'Emoji',
  iconEmojiHint: 'An emoji replaces the drawing. Leave the field empty to use the drawing.',
  iconNoEmoji: 'Enter one emoji, or leave the field empty.',
  welcomeInkless: 'A welcome text needs at least one visible character.',

  // The first steps of a new owner
  guideTitle: 'First steps',
  guideText: 'You are the owner now. You can skip these steps, and change the settings later under Server.',
  guideSettings: 'Name the server and choose who can sign in',
  guideInvitation: 'Invite the first people',
  guideLeave: 'Go to the chat',
  saveAndContinue: 'Save and continue',
  firstInvitationText: 'Create a link to the lobby and send it to them.',

  // Rooms
  noRooms: 'There are no rooms besides the lobby.',
  deleteRoomHint: 'All messages in the room are deleted for everyone. This can’t be undone.',
  deleteRoomSure: 'Delete {room} and all its messages',
  deleteRoomUnsure: 'Tick the box to delete the room.',
} as const satisfies Texts

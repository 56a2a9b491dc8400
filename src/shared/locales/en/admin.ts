/** The administration pages. */
import type { Texts } from '../text.ts'

export const admin = {
  // For those who run the house
  addressesTitle: 'Addresses',
  logTitle: 'Log',
  find: 'Search',
  beginningOfName: 'How the name begins',
  nobodyBeginsSo: 'Nobody’s name begins like that.',
  onlyFirst: 'These are the first {n}. Search to see others.',
  neverSeen: 'not signed in',
  isBanned: 'banned',
  newPerson: 'Somebody new',
  personName: 'Name',
  newPersonHint: 'You get a link with which the person chooses a password.',
  nameInUse: 'Somebody has that name already, or one that looks like it.',
  passwordLink: 'Password link',
  passwordLinkHint:
    '{name} chooses a new password with it, and is signed out everywhere else. It works once, for 24 hours.',
  linkFor: 'Link for {name}',
  backToPerson: 'Back to {name}',
  changeRole: 'Role',
  purgeSure: 'I am sure',
  purgeUnsure: 'Tick the box first: everything would be removed.',
  notBelow: '{name} stands no lower than you: there is nothing that you can do here.',
  banRangeTitle: 'Ban addresses',
  banRangeHint: 'Nobody comes in from there but those who run this teahouse.',
  addressOrNetwork: 'Address or network',
  badRange: 'That is neither an address nor a network like 203.0.113.0/24 or 2001:db8::/32.',
  noRanges: 'No address is banned.',
  ends: 'ends',
  noActs: 'Nothing has been done yet.',
  olderActs: 'Older',
  newestActs: 'Newest',

  // Rooms
  roomsTitle: 'Rooms',
  noRooms: 'There are no rooms but the lobby.',
  deleteRoom: 'Delete the room',
  deleteRoomHint: 'All its messages are erased for everybody. This cannot be undone.',
  deleteRoomSure: 'Delete {room} with all its messages',
  deleteRoomUnsure: 'Tick the box to delete the room.',
} as const satisfies Texts

/** The first load of the page. It comes with every page of a room, so few texts belong here. */
import type { Texts } from '../text.ts'

export const page = {
  // Dates, names and lists
  today: 'Today',
  yesterday: 'Yesterday',
  namesAndOthers: { one: '{names} and {n} other', other: '{names} and {n} others' },
  people: { one: '{n} person', other: '{n} people' },

  // The list of messages
  messages: 'Messages',
  emptyTitle: 'Nobody has written yet',
  emptyText: 'The tea is warm. Say the first word below.',
  showOlder: 'Show older messages',
  fetching: 'Fetching …',
  newMessages: 'New messages',
  deleted: 'This message was deleted',
  nDeleted: { one: '{n} message was deleted', other: '{n} messages were deleted' },
  edited: 'edited',
  reactions: 'Reactions',
  joined: '{names} joined',
  left: '{names} left',

  // One message
  undo: 'Undo',
  earlierMessage: 'An earlier message',
  linkCopied: 'Link copied',
  copied: 'Copied',
  showAll: 'Show all',
  showLess: 'Show less',
  waitingToBeSent: 'Waiting to be sent',
  beingSent: 'Being sent',
  sent: 'Sent',
  copy: 'Copy',
  discard: 'Discard',

  // The composer
  writeTo: 'Write to {room}',
  send: 'Send',
  save: 'Save',
  nLeft: '{n} left',
  nTooMany: '{n} too many',
  editingMessage: 'Edit your message',
  nSuggestions: { one: '{n} suggestion', other: '{n} suggestions' },
  addEmoji: 'Add an emoji',
  typing: { one: '{names} is writing', other: '{names} are writing' },
  severalTyping: 'Several people are writing',

  // The line
  cannotStore: 'The server cannot store anything right now. What you write is kept here and sent later.',
  connecting: 'Connecting …',
  noConnection: 'No connection. Trying again …',
  noConnectionIn: 'No connection. Trying again in {n} s',
  nWait: { one: '{n} message waits and will be sent', other: '{n} messages wait and will be sent' },
  keptAndSent: 'No connection. What you write is kept and sent later.',
  tryNow: 'Try now',
  loadAnew: 'Load the page anew',
  signedOut: 'You are signed out.',
  banned: 'You have been banned from this teahouse.',
  tooOld: 'This page is older than the server.',
  refusedPage: 'This page did something that the server refuses.',
  newerBuild: 'A newer version of this page is ready.',

  // Around the room
  skipToComposer: 'Go to where you write',
  nHere: '{n} here',
  here: 'here',
  peopleTitle: 'People',
  you: 'you',
  andMore: 'and {n} more',
  signOut: 'Sign out',
  close: 'Close',

  // From room to room
  rooms: 'Rooms',
  nUnread: { one: '{n} unread message', other: '{n} unread messages' },
  nMentions: { one: '{n} mention', other: '{n} mentions' },
  goToRoom: 'Go to a room',
  newRoom: 'New room',
  requests: 'Requests',
  fromBlocked: 'Message from a blocked person',
  conversations: 'Conversations',
  otherRooms: 'Other rooms',
  archivedRooms: 'Archived rooms',
  privateRoom: 'Private room',
  withPeople: 'with {names}',
  aboutRoom: 'About this room',
  roomGone: '“{room}” is no longer among your rooms.',
  roomRefused: '“{room}” cannot be opened.',

  // Settings
  settings: 'Settings',
} as const satisfies Texts

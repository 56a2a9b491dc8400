/** The first load of the page. These texts come with every page of a room, so few belong here. */
import type { Texts } from '../text.ts'

export const page = {
  // Dates, names and lists
  today: 'Today',
  yesterday: 'Yesterday',
  namesAndOthers: { one: '{names} and {n} other', other: '{names} and {n} others' },
  people: { one: '{n} person', other: '{n} people' },

  // The list of messages
  messages: 'Messages',
  noMessagesYet: 'No messages yet',
  sayHello: 'Say hello',
  showOlder: 'Show older messages',
  loading: 'Loading…',
  newMessages: 'New messages',
  deleted: 'This message was deleted',
  nDeleted: { one: '{n} message was deleted', other: '{n} messages were deleted' },
  edited: 'edited',
  reactions: 'Reactions',
  joined: '{names} joined',
  left: '{names} left',

  // One message
  undo: 'Undo',
  more: 'More',
  earlierMessage: 'Earlier message',
  copied: 'Copied',
  copyByHand: 'Couldn’t copy. Select the text and copy it yourself.',
  showAll: 'Show all',
  showLess: 'Show less',
  waitingToSend: 'Waiting to send',
  sending: 'Sending…',
  sent: 'Sent',
  copy: 'Copy',
  discard: 'Discard',

  // The composer
  messageRoom: 'Message {room}',
  send: 'Send',
  save: 'Save',
  nLeft: { one: '{n} character left', other: '{n} characters left' },
  nOver: { one: '{n} character over', other: '{n} characters over' },
  editingMessage: 'Editing message',
  nSuggestions: { one: '{n} suggestion', other: '{n} suggestions' },
  addEmoji: 'Add emoji',
  typing: { one: '{names} is typing', other: '{names} are typing' },
  severalTyping: 'Several people are typing',

  // The connection
  serverCannotSave: 'The server can’t save messages right now. Yours are kept on this device and sent later.',
  connecting: 'Connecting…',
  noConnection: 'No connection. Retrying…',
  noConnectionIn: 'No connection. Retrying in {n} s',
  nWaiting: { one: '{n} message waiting to send', other: '{n} messages waiting to send' },
  offlineHint: 'No connection. Your messages are kept and sent when you’re back online.',
  tooManyConnections: 'Open in too many windows or devices. Close one of them.',
  retryNow: 'Retry now',
  reload: 'Reload',
  signedOut: 'You’re signed out.',
  banned: 'You’ve been banned.',
  toSignIn: 'Go to sign-in',
  pageOutdated: 'This page is older than the server.',
  requestRejected: 'The server rejected a request from this page.',
  updateAvailable: 'Update available',

  // Around the room
  skipToComposer: 'Skip to message box',
  nOnline: '{n} online',
  online: 'online',
  peopleTitle: 'People',
  you: 'you',
  filterPeople: 'Filter by name',
  andMore: 'and {n} more',
  signOut: 'Sign out',
  setPassword: 'Set a password',
  close: 'Close',

  // The list of rooms
  rooms: 'Rooms',
  lobby: 'lobby',
  nUnread: { one: '{n} unread message', other: '{n} unread messages' },
  nMentions: { one: '{n} mention', other: '{n} mentions' },
  jumpTo: 'Jump to…',
  newRoom: 'New room',
  mutedRoom: 'Muted',
  markAllRead: 'Mark all rooms as read',
  requests: 'Requests',
  fromBlocked: 'Message from a blocked person',
  directMessages: 'Direct messages',
  leftRooms: 'Rooms you’ve left',
  archivedRooms: 'Archived rooms',
  privateRoom: 'Private room',
  withPeople: 'with {names}',
  roomDetails: 'Room details',
  pinnedMessages: 'Pinned messages',
  nPinned: '{n} pinned',
  noLongerInRoom: 'You’re no longer in “{room}”.',
  roomNotOpened: 'Couldn’t open “{room}”.',

  // Settings
  settings: 'Settings',
} as const satisfies Texts

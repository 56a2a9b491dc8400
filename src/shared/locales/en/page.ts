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
  wereBanned: { one: '{names} was banned', other: '{names} were banned' },

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

  // The connection
  connecting: 'Connecting…',
  noConnection: 'No connection. Retrying…',
  banned: 'You’ve been banned. You can still read what is loaded here. Ask an admin if this is a mistake.',

  // Around the room
  skipToComposer: 'Skip to message box',
  nOnline: '{n} online',
  online: 'online',
  peopleTitle: 'People',
  you: 'you',
  bot: 'bot',
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
  search: 'Search',
  newRoom: 'New room',
  mentionsAndReplies: 'Mentions and replies',
  savedMessages: 'Saved messages',
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

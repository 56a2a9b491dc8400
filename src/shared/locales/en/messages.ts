/** Messages, the composer and the emoji picker. */
import type { Texts } from '../text.ts'

export const messages = {
  // The list of messages
  jumpToLatest: 'Jump to latest',
  nNew: { one: '{n} new message', other: '{n} new messages' },
  nNewAbove: '↑ {n} new',

  // One message
  messageActions: 'Message actions',
  reply: 'Reply',
  edit: 'Edit',
  delete: 'Delete',
  react: 'React',
  reactWith: 'React with {reaction}',
  moreReactions: 'More reactions',
  copyLink: 'Copy link',
  notCopied: 'Couldn’t copy: {text}',
  linkCopied: 'Link copied',
  copyText: 'Copy text',
  noMentions: 'No one has mentioned you or replied to you yet.',
  noSaved: 'No saved messages yet. Choose “Save for later” in the menu of a message. Only you can see what you save.',
  saveMessage: 'Save for later',
  unsaveMessage: 'Remove from saved',
  messageSaved: 'Message saved',
  messageUnsaved: 'Removed from saved messages',
  tooManySaved: 'You have saved {n} messages, and more are not possible. Remove one first.',
  markUnread: 'Mark as unread from here',
  pin: 'Pin',
  unpin: 'Unpin',
  pinned: 'Message pinned',
  unpinned: 'Message unpinned',
  noPins: 'No pinned messages',
  showInRoom: 'Show in room',
  notSent: 'Not sent. {reason}',
  tryAgain: 'Try again',
  nLost: {
    one: 'A message wasn’t sent because you’re no longer in its room.',
    other: '{n} messages weren’t sent because you’re no longer in their rooms.',
  },
  whoReacted: 'View reactions',
  removeReaction: 'Remove {name}’s reaction',

  // Signing out
  cancel: 'Cancel',
  signOutGuest:
    'You are a guest. Only this browser can prove that the name is yours. Set a password to use it anywhere, and to be sure to keep it.',
  forgetDevice: 'Forget me on this device',
  forgetDeviceHint:
    'Nobody can continue under your name here. Without a password you lose your private rooms and direct messages.',
  staySignedIn: 'Stay signed in',
  signOutAndDelete: 'Sign out and delete',
  unsentAtSignOut: {
    one: '{n} message hasn’t been sent. Signing out deletes it.',
    other: '{n} messages haven’t been sent. Signing out deletes them.',
  },

  // The composer
  commandMe: 'Describe what you are doing',
  commandTopic: 'Change the topic of the room',
  unknownCommand: 'There is no command /{name}.',
  commandNeedsText: 'Add text after /{name}.',
  sendAsText: 'Send as text',
  replyingTo: 'Replying to {name}',
  mentionsEveryone: 'Mentions everyone in the room',
  suggestions: 'Suggestions',
  emoji: 'Emoji',
  searchEmoji: 'Search emoji',
  noEmojiFound: 'No emoji found',
  emojiFailed: 'Couldn’t load emoji.',
  emojiFound: 'Search results',
  emojiRecent: 'Recently used',
  emojiSmileys: 'Smileys and emotion',
  emojiPeople: 'People and body',
  emojiAnimals: 'Animals and nature',
  emojiFood: 'Food and drink',
  emojiPlaces: 'Travel and places',
  emojiActivities: 'Activities',
  emojiObjects: 'Objects',
  emojiSymbols: 'Symbols',
  emojiFlags: 'Flags',
} as const satisfies Texts

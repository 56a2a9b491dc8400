/** Messages, the composer and the emoji picker. */
import type { Texts } from '../text.ts'

export const messages = {
  // The list of messages
  toNewest: 'To the newest',
  nNew: { one: '{n} new message', other: '{n} new messages' },
  nNewAbove: '↑ {n} new',

  // One message
  actions: 'Actions',
  reply: 'Reply',
  edit: 'Edit',
  delete: 'Delete',
  react: 'React',
  reactWith: 'React with {reaction}',
  moreReactions: 'More reactions',
  more: 'More',
  copyLink: 'Copy link',
  copyText: 'Copy text',
  notSent: 'Not sent. {reason}',
  tryAgain: 'Try again',
  nLost: {
    one: 'A message was not sent: you are no longer in its room.',
    other: '{n} messages were not sent: you are no longer in their rooms.',
  },

  // The composer
  cancel: 'Cancel',
  stay: 'Stay',
  signOutAndDelete: 'Sign out and delete them',
  unsentAtSignOut: {
    one: '{n} message has not been sent yet. If you sign out, it is deleted.',
    other: '{n} messages have not been sent yet. If you sign out, they are deleted.',
  },
  replyingTo: 'Reply to {name}',
  suggestions: 'Suggestions',
  emoji: 'Emoji',
  searchEmoji: 'Search emoji',
  noEmojiFound: 'No emoji of that name',
  emojiFailed: 'The emoji could not be loaded.',
  emojiFound: 'Found',
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

/** Settings and keyboard shortcuts. */
import type { Texts } from '../text.ts'

export const settings = {
  // Account
  claimName: 'Claim your name',
  claimHint: 'With a password nobody else can use it, and it is yours on every device.',
  administration: 'Administration',

  // Settings
  theme: 'Theme',
  themeSystem: 'System',
  themeLight: 'Light',
  themeDark: 'Dark',
  language: 'Language',
  languageLoadsAnew: 'Loads the page anew. What you have written is kept.',
  enterSends: 'Enter sends',
  enterSendsNow: 'Shift+Enter breaks the line.',
  enterBreaksNow: 'Enter breaks the line, {key}+Enter sends.',
  whenMentioned: 'When you are mentioned and look elsewhere',
  notify: 'Notify me',
  notifyRefused: 'This browser has been told not to show notifications of this site. Its own settings can change that.',
  notifyInsecure: 'Notifications need a page that came over https.',
  notifyUnknown: 'This browser cannot show notifications.',
  sound: 'Make a soft sound',

  // Keys
  keysTitle: 'Keyboard',
  keysRooms: 'Rooms',
  keysWriting: 'Writing',
  keysPage: 'The page',
  keyPreviousRoom: 'The room above',
  keyNextRoom: 'The room below',
  keyPreviousUnread: 'The unread room above',
  keyNextUnread: 'The unread room below',
  keySend: 'Send',
  keyBreak: 'Break the line',
  keyEditLast: 'Edit your last message, when the box is empty',
  keyComplete: 'Complete a name or an emoji',
  keyMarkRead: 'Mark the room as read',
  keyMessages: 'From message to message, in their list',
  keySheet: 'These keys',
} as const satisfies Texts

/** Settings and keyboard shortcuts. */
import type { Texts } from '../text.ts'

export const settings = {
  // Account
  claimYourName: 'Claim your name',
  claimHint: 'Set a password so no one else can use your name.',
  administration: 'Administration',

  // Settings
  theme: 'Theme',
  themeSystem: 'System',
  themeLight: 'Light',
  themeDark: 'Dark',
  language: 'Language',
  languageHint: 'Reloads the page. Drafts are kept.',
  enterSends: 'Press Enter to send',
  enterSendsHint: 'Shift+Enter: new line',
  enterBreaksHint: 'Enter: new line. {key}+Enter: send',
  reading: 'Reading',
  opensAtEnd: 'Open rooms at the latest message',
  opensAtEndHint: 'All messages of the room count as read when it opens.',
  opensAtUnreadHint: 'A room opens at the first unread message.',
  saveData: 'Save data',
  saveDataHint: 'Images, videos and recordings load when you press them.',

  // Keyboard shortcuts
  shortcuts: 'Keyboard shortcuts',
  shortcutsRooms: 'Rooms',
  writing: 'Writing',
  shortcutsGeneral: 'General',
  previousRoom: 'Previous room',
  nextRoom: 'Next room',
  previousUnread: 'Previous unread room',
  nextUnread: 'Next unread room',
  sendKey: 'Send',
  newLine: 'New line',
  editLast: 'Edit your last message (when the box is empty)',
  complete: 'Complete a name or emoji',
  markRead: 'Mark room as read',
  nextSection: 'Move to the next part of the page',
  firstUnread: 'First unread message',
  moveInMessages: 'Move between messages',
  showShortcuts: 'Show shortcuts',
} as const satisfies Texts

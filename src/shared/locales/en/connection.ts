/** The connection, and who is typing: what is loaded right after the page. */
import type { Texts } from '../text.ts'

export const connection = {
  severalTyping: 'Several people are typing',
  serverCannotSave: 'The server can’t save messages right now. Yours are kept on this device and sent later.',
  noConnectionIn: 'No connection. Retrying in {n} s',
  serverUnreachable: 'Can’t reach the server. You see the messages as of {time}.',
  nWaiting: { one: '{n} message waiting to send', other: '{n} messages waiting to send' },
  offlineHint: 'No connection. Your messages are kept and sent when you’re back online.',
  tooManyConnections: 'Open in too many windows or devices. Close one of them.',
  retryNow: 'Retry now',
  reload: 'Reload',
  signedOut: 'You’re signed out.',
  bannedFor: 'You’ve been banned until {time}. You can still read what is loaded here, and sign in again then.',
  toSignIn: 'Go to sign-in',
  pageOutdated: 'This page is older than the server.',
  requestRejected: 'The server rejected a request from this page.',
  updateAvailable: 'Update available',
} as const satisfies Texts

/** The dialog of notifications. */
import type { Texts } from '../text.ts'

export const notificationSettings = {
  // The level of a room
  levelDefault: 'Default',
  levelDefaultIs: 'Default ({level})',

  // In this browser
  inThisBrowser: 'In this browser',
  notify: 'Show notifications',
  notifyHint: 'While a page of this server is open.',
  sound: 'Play a soft sound',
  push: 'Also when no page is open',
  pushOn: 'This browser gets notifications from the server, even when no page is open.',
  pushInsecure:
    'This needs HTTPS, and this page was opened over plain HTTP. Open it with an address that begins with https://.',
  pushHomeScreen:
    'On an iPhone or iPad, add this page to the Home Screen first: tap Share, then “Add to Home Screen”. Open it from there, and come back to this setting.',
  pushUnsupported: 'This browser can’t receive notifications when no page is open.',
  pushNoOrigin: 'This server isn’t set up for it. Its operator needs to set PUBLIC_ORIGIN to an https address.',
  pushUnverified: 'Verify your name first: claim it or sign in with your password.',
  pushServiceFailed:
    'The browser’s push service couldn’t be reached. Check the network, and whether the browser allows push messages.',
  notifyBlocked:
    'Notifications from this site are blocked. Allow them in the browser’s settings for this site (the icon beside the address), then try again.',
  notifyInsecure: 'Notifications need HTTPS.',
  notifyUnsupported: 'This browser doesn’t support notifications.',

  // Level, text and keywords
  defaultLevel: 'Notify me about',
  defaultLevelHint:
    'Mentions include replies to you, your keywords and direct messages. A room can have its own setting: open it by its name.',
  showsText: 'Show the text of messages',
  showsTextHint: 'In notifications and emails. Otherwise they only say who wrote where.',
  keywords: 'Keywords',
  keywordsHint: {
    one: 'Messages with these words count as mentions. Separate them with commas. At most {n}.',
    other: 'Messages with these words count as mentions. Separate them with commas. At most {n}.',
  },
  keywordTooLong: {
    one: '“{word}” is longer than {n} character.',
    other: '“{word}” is longer than {n} characters.',
  },
  keywordEmpty: '“{word}” has no letter or digit.',
  tooManyKeywords: { one: 'You can have at most {n} keyword.', other: 'You can have at most {n} keywords.' },

  // Quiet hours
  quietHours: 'Quiet hours',
  quietOn: 'No notifications at certain hours',
  quietFrom: 'From',
  quietTo: 'To',
  timeZone: 'Time zone',
  timeZoneHere: '{zone} (this device)',
  quietHint: 'When quiet hours end, you get one notification per room with unread messages.',
  quietSame: 'Quiet hours need different start and end times.',

  // Browsers
  browsers: 'Your browsers',
  browsersHint: 'They get notifications when no page is open.',
  thisBrowser: 'this browser',
  browserAdded: 'Since {time}',
  browserUsed: 'Last notified {time}',
  testPush: 'Test',
  pushTestOf: 'Test {browser}',
  pushRemove: 'Remove',
  pushRemoveOf: 'Remove {browser}',
  testSent: 'Sent. The notification appears within a few seconds.',
  testGone:
    'The push service has ended this subscription. It was removed. Turn notifications on again in that browser.',
  testRefused: 'The push service refused the message (status {status}).',
  testTimeout: 'The push service didn’t answer in time.',
  testUnreachable: 'The server couldn’t reach the push service.',
  testForbidden: 'The server may not send to the address of this push service.',
  testTooLarge: 'The message was too large for the push service.',
  lastFault: 'Last try: {reason}',

  // Email
  mail: 'Email',
  mailHint: 'You get one email with what you missed, once it has been unread for this long.',
  mailAddress: 'Email address',
  mailOwnPassword: 'Current password',
  mailDigestsStopped: 'Emails were stopped by a link. Save to get them again. You can still reset your password.',
  mailRefused: 'Check the address and your password.',
  mailDelay: 'Send after',
  mailSent: 'A link was sent to {address}. Open it to confirm the address.',
  mailNotTaken: 'The mail server refuses this address. Check it, or enter another one.',
  mailUnverified: 'Not confirmed yet. Open the link that was sent to this address.',
  mailVerified: 'Confirmed. You can also reset your password with it.',
  mailAgain: 'Send the link again',
  mailRemove: 'Remove address',
  mailInvalid: 'Enter a valid email address.',
} as const satisfies Texts

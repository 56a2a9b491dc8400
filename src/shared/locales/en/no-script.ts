/** What only the page without JavaScript says. */
import type { Texts } from '../text.ts'

export const noScript = {
  // The list of messages
  showNewer: 'Show newer messages',

  noRoomHere: 'No room for you yet',
  noRoomHereText:
    'You are signed in as {name}, and there is no room here that you may come into. Ask for an invitation, or sign out and come in with a password.',

  // Why a message was not taken
  messageEmpty: 'A message needs something that can be seen.',
} as const satisfies Texts

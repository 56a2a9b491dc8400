/** Why a command failed, and why somebody cannot post. */
import type { Texts } from '../text.ts'

export const errors = {
  // In place of the composer
  cannotArchived: 'This room is archived. No one can post.',
  cannotReadOnly: 'Only moderators can post here.',
  cannotBanned: 'You’re banned, so you can’t post.',
  cannotMuted: 'You’re muted here until {time}.',
  cannotSlow: 'Slow mode: one message every {time}.',
  postAgainIn: 'You can post again in {time}.',

  // Errors of commands
  connectionLost: 'Connection lost. Check whether it worked, then retry.',
  errorBadFrame: 'The server didn’t understand the request.',
  errorBadField: 'That wasn’t accepted. Check it and try again.',
  errorTooLong: 'A message has at most {n} characters.',
  errorTooLarge: 'That file is too large.',
  errorQuota: 'The space for files is full.',
  errorFileRefused: 'The virus check of this server refused that file.',
  errorTooFast: 'Too fast. Wait a moment, then try again.',
  errorNoSuchRoom: 'This room doesn’t exist.',
  errorNotInRoom: 'You’re not in this room.',
  errorNoSuchMessage: 'That message no longer exists.',
  errorNoSuchUser: 'That person doesn’t exist.',
  errorNoSuchFile: 'That file no longer exists.',
  errorNameTaken: 'Another room already has that name.',
  errorMuted: 'You’re muted here.',
  errorReadOnly: 'This room is archived, or only moderators can post.',
  errorNotAccepted: 'They haven’t accepted your request yet. Until they do, you can send up to {n} messages.',
  errorForbidden: 'You don’t have permission to do that.',
  errorUnavailable: 'The server can’t save anything right now. Try again later.',
  errorInternal: 'Something went wrong. Try again.',
} as const satisfies Texts

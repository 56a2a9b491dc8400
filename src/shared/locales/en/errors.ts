/** Why a command failed, and why somebody cannot write. */
import type { Texts } from '../text.ts'

export const errors = {
  // Why one cannot write
  cannotArchived: 'This room is archived: nobody writes in it any more.',
  cannotReadOnly: 'Only moderators may write here.',
  cannotMuted: 'You are muted here until {time}.',
  cannotSlow: 'This room is slow: one message every {time}.',
  writeAgainIn: 'You can write again in {time}.',
  lineLost: 'No answer came: the connection is gone. Please look whether it was done, and try again.',

  // Why a message was not taken
  errorBadFrame: 'The server did not understand that.',
  errorBadField: 'That could not be taken as it was. Look at it and send it again.',
  errorTooLong: 'A message has at most {n} characters.',
  errorTooFast: 'That was too fast. Wait a while, and try again.',
  errorNoSuchRoom: 'The room does not exist.',
  errorNotInRoom: 'You are not in this room.',
  errorNoSuchMessage: 'The message that this is about is no longer there.',
  errorNoSuchUser: 'There is nobody of that name here.',
  errorNameTaken: 'Another room has that name.',
  errorMuted: 'You have been muted here for a while.',
  errorReadOnly: 'This room is archived, or only moderators may write here.',
  errorNotAccepted: 'They have not accepted yet. Until they do, you can write 5 messages here.',
  errorForbidden: 'That is not allowed, or not any more.',
  errorUnavailable: 'The server cannot store anything right now. Please try again later.',
  errorInternal: 'Something went wrong on our side. Please try again.',
} as const satisfies Texts

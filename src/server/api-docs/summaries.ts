/** What each command and frame is for, in one sentence, and which frame answers a command. */
import type { Command } from '../../shared/protocol/commands.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'

type FrameType = ServerFrame['type']

export interface CommandNote {
  summary: string
  /** The frame that answers it over a WebSocket. */
  answer?: FrameType
  /** Whether a request is answered with no content: 204. */
  isSilent?: true
}

export const commandNotes = {
  open: { summary: 'Opens a room, or continues from the last entry you have.', answer: 'opened' },
  close: { summary: 'Closes a room on this connection.', answer: 'closed' },
  chat: { summary: 'Sends a message.', answer: 'sent' },
  edit: { summary: 'Changes the text of your message.', answer: 'sent' },
  delete: { summary: 'Deletes a message.', answer: 'sent' },
  react: { summary: 'Adds or removes a reaction.', answer: 'sent' },
  pin: { summary: 'Pins or unpins a message.', answer: 'done' },
  pins: { summary: 'Asks for the pinned messages of a room.', answer: 'pins' },
  commands: { summary: 'Asks for the commands of bots in a room.', answer: 'commands' },
  read: { summary: 'Marks a room as read up to an entry.', isSilent: true },
  'next-mention': { summary: 'Asks for the next message that mentions you.', answer: 'next-mention' },
  mentions: { summary: 'Asks for the messages that mention you or reply to yours.', answer: 'mentions' },
  save: { summary: 'Saves a message for yourself, or removes it.', answer: 'done' },
  saved: { summary: 'Asks for the messages that you have saved.', answer: 'saved' },
  'read-all': { summary: 'Marks several rooms, or all of them, as read.', isSilent: true },
  unread: { summary: 'Marks a message and what follows it as unread.', answer: 'read', isSilent: true },
  notify: { summary: 'Sets which messages of a room you want to hear of.', answer: 'done' },
  summary: { summary: 'Asks for the summary of a room.', answer: 'room' },
  history: { summary: 'Asks for a page of messages.', answer: 'history' },
  typing: { summary: 'Tells the others that you are typing.', isSilent: true },
  ping: { summary: 'Asks whether the connection works.', answer: 'pong' },
  create: { summary: 'Creates a room or a direct conversation.', answer: 'room' },
  change: { summary: 'Changes the settings of a room.', answer: 'done' },
  accept: { summary: 'Accepts to be in a room to which a guest has added you.', answer: 'done' },
  leave: { summary: 'Leaves a room.', answer: 'done' },
  members: { summary: 'Asks for the members of a room.', answer: 'members' },
  users: { summary: 'Asks for people by the beginning of their name.', answer: 'users' },
  add: { summary: 'Adds people to a room.', answer: 'done' },
  invite: { summary: 'Creates an invitation link.', answer: 'invite' },
  invites: { summary: 'Asks for the invitation links of a room.', answer: 'invites' },
  revoke: { summary: 'Revokes an invitation link.', answer: 'done' },
  status: { summary: 'Sets or clears your status.', answer: 'done' },
  block: { summary: 'Blocks or unblocks a user.', answer: 'done' },
  blocks: { summary: 'Asks whom you have blocked.', answer: 'blocks' },
  kick: { summary: 'Removes a user from a room.', answer: 'done' },
  mute: { summary: 'Mutes or unmutes a user in a room.', answer: 'done' },
  ban: { summary: 'Bans a user from a room or from the server, or lifts a ban.', answer: 'done' },
  role: { summary: 'Changes the role of a user in a room or on the server.', answer: 'done' },
  'delete-room': { summary: 'Deletes a room with everything in it.', answer: 'done' },
  unreact: { summary: 'Removes the reaction of another user.', answer: 'done' },
  purge: { summary: 'Deletes all messages of a user.', answer: 'done' },
  undo: { summary: 'Undoes a moderation action.', answer: 'done' },
  audit: { summary: 'Asks for the audit log.', answer: 'audit' },
} as const satisfies Record<Command['type'], CommandNote>

export const frameSummaries = {
  welcome: 'Begins each connection: who you are, your rooms and the limits.',
  opened: 'Answers `open`: the state of a room and what you have missed.',
  closed: 'Answers `close`.',
  sent: 'Answers a command that wrote an entry: the entry is on disk.',
  chat: 'An entry of the log: a message.',
  edit: 'An entry of the log: a message has a new text.',
  react: 'An entry of the log: a reaction was added or removed.',
  pin: 'An entry of the log: a message was pinned or unpinned.',
  delete: 'An entry of the log: a message was deleted.',
  room: 'The settings of a room have changed, the room as it is for you now, or the end of your view of it.',
  history: 'Answers `history`: a page of messages.',
  pins: 'Answers `pins`: the pinned messages.',
  commands: 'Answers `commands`: the commands of bots in a room.',
  mentions: 'Answers `mentions`: the messages that mention you or reply to yours.',
  save: 'You have saved a message or removed it, on any connection.',
  saved: 'Answers `saved`: the messages that you have saved.',
  'next-mention': 'Answers `next-mention`.',
  list: 'Who is online in a room.',
  join: 'A user has come online in a room.',
  left: 'A user is not online in a room any more.',
  online: 'How many are online in a large room.',
  typing: 'A user is typing.',
  status: 'Members of a room have changed their status.',
  banned: 'A user was banned; for moderators and admins.',
  read: 'Your read mark in a room has changed.',
  role: 'Your role on the server has changed.',
  members: 'Answers `members`.',
  users: 'Answers `users`.',
  invite: 'Answers `invite`: the new invitation with its token.',
  invites: 'Answers `invites`.',
  blocks: 'Whom you have blocked.',
  audit: 'Answers `audit`: actions of moderators and admins.',
  done: 'Answers a command that was carried out.',
  error: 'Answers a command that was refused.',
  bye: 'The connection is about to be closed.',
  pong: 'Answers `ping`.',
} as const satisfies Record<FrameType, string>

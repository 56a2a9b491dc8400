import type { ClientFrame } from '../../shared/protocol/commands.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { Entry } from '../../shared/protocol/types.ts'
import type { UnknownEntry } from '../room/room-state.ts'

/** The frames that may arrive: known ones, and entries of newer servers that this page does not know. */
export type ReceivedFrame = ServerFrame | UnknownEntry

type EntryType = Entry['type']
type OtherType = Exclude<ServerFrame['type'], EntryType>

const entryTypes: Record<EntryType, true> = { chat: true, edit: true, delete: true, react: true, pin: true, room: true }
const otherTypes: Record<OtherType, true> = {
  welcome: true,
  opened: true,
  closed: true,
  sent: true,
  history: true,
  join: true,
  left: true,
  online: true,
  list: true,
  pins: true,
  mentions: true,
  save: true,
  saved: true,
  'next-mention': true,
  typing: true,
  status: true,
  read: true,
  error: true,
  bye: true,
  pong: true,
  role: true,
  members: true,
  users: true,
  invite: true,
  invites: true,
  audit: true,
  done: true,
  blocks: true,
  banned: true,
}

/** The server's frames are trusted in their fields but not in their types: those grow. */
export function readFrame(text: string): ReceivedFrame | undefined {
  const frame = JSON.parse(text)
  // A room's present state and a change of the room have the same type; only the change is an entry of the log.
  const isNoEntry = frame.type === 'room' && frame.id === undefined
  if (isNoEntry || Object.hasOwn(otherTypes, frame.type)) return frame
  if (!Number.isSafeInteger(frame.id) || !Number.isFinite(frame.at)) return undefined
  if (Object.hasOwn(entryTypes, frame.type)) return frame
  // Its place in the log counts although nothing can be shown for it.
  return { type: 'unknown-entry', room: frame.room, id: frame.id }
}

export function writeFrame(frame: ClientFrame): string {
  return JSON.stringify(frame)
}

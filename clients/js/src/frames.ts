import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { ServerFrame } from '../../../src/shared/protocol/frames.ts'
import type { Entry } from '../../../src/shared/protocol/types.ts'

/** An entry of a type that this client does not know. */
export interface UnknownEntry {
  type: 'unknown-entry'
  room: string
  id: number
}

export type ReceivedFrame = ServerFrame | UnknownEntry

const entryTypes: Record<Entry['type'], true> = {
  chat: true,
  edit: true,
  delete: true,
  react: true,
  pin: true,
  room: true,
}

/** The server's frames are trusted in their fields but not in their types: those grow. */
export function readFrame(text: string): ReceivedFrame {
  const frame = JSON.parse(text)
  // Only an entry of a log has both.
  const isEntry = Number.isSafeInteger(frame.id) && Number.isFinite(frame.at)
  if (!isEntry || Object.hasOwn(entryTypes, frame.type)) return frame
  // Its place in the log counts although nothing can be shown for it.
  return { type: 'unknown-entry', room: frame.room, id: frame.id }
}

export function writeFrame(frame: ClientFrame): string {
  return JSON.stringify(frame)
}

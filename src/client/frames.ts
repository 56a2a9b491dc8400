import type { ClientFrame, ServerFrame } from '../shared/protocol.ts'

/** What may be heard: frames, and what newer servers say that this page has no words for. */
export type Heard =
  | ServerFrame
  /** Its place in the log counts although nothing can be shown for it. */
  | { type: 'unknown-entry'; room: string; id: number }

const types: ReadonlySet<string> = new Set<Heard['type']>([
  'welcome',
  'opened',
  'closed',
  'sent',
  'chat',
  'history',
  'join',
  'left',
  'online',
  'list',
  'typing',
  'error',
  'pong',
  'bye',
])

/** The server's frames are trusted in their fields but not in their types: those grow. */
export function readFrame(text: string): Heard | undefined {
  const frame = JSON.parse(text)
  if (types.has(frame.type)) return frame
  if (Number.isSafeInteger(frame.id) && Number.isFinite(frame.at)) {
    return { type: 'unknown-entry', room: frame.room, id: frame.id }
  }
  return undefined
}

export function writeFrame(frame: ClientFrame): string {
  return JSON.stringify(frame)
}

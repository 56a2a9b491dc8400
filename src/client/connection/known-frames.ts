import { type ReceivedFrame, readFrame } from '../../../clients/js/src/frames.ts'

const types: Record<ReceivedFrame['type'], true> = {
  chat: true,
  edit: true,
  delete: true,
  react: true,
  pin: true,
  room: true,
  'unknown-entry': true,
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
  files: true,
  commands: true,
  mentions: true,
  notifications: true,
  save: true,
  saved: true,
  found: true,
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

/** @returns undefined for a frame of a newer server that this page knows nothing of */
export function readKnownFrame(text: string): ReceivedFrame | undefined {
  const frame = readFrame(text)
  return Object.hasOwn(types, frame.type) ? frame : undefined
}

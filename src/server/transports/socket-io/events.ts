/** What clients of Socket.IO emit, as commands of the protocol. */
import { randomBytes } from 'node:crypto'
import type { Command } from '../../../shared/protocol/commands.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import type { FileInfo } from '../../../shared/protocol/types.ts'

/** The answers of commands that are carried out by the connection itself, not by a caller of their own. */
export const connectionAnswers: Readonly<Partial<Record<Command['type'], ServerFrame['type']>>> = {
  open: 'opened',
  close: 'closed',
  ping: 'pong',
}

/** As `POST /api/files` answers a form. */
export interface FilesAnswer {
  type: 'files'
  files: FileInfo[]
}

/** What a client is told. */
export type SentFrame = ServerFrame | FilesAnswer

export interface ReceivedEvent {
  name: unknown
  args: readonly unknown[]
  /** Takes the answer; undefined when the client does not wait for one. */
  ack: ((answer?: SentFrame) => void) | undefined
}

/** @param args of a listener: the function that takes the answer stands last */
export function receivedEvent(name: unknown, args: readonly unknown[]): ReceivedEvent {
  const last = args.at(-1)
  // JSON has no functions: this one is the package's.
  if (typeof last === 'function')
    return { name, args: args.slice(0, -1), ack: last as NonNullable<ReceivedEvent['ack']> }
  return { name, args, ack: undefined }
}

const noBytes = Buffer.alloc(0)

/** Leaves empty buffers in place of those of an event: it is refused as before. */
export function dropBytes({ args }: ReceivedEvent): void {
  // Without recursion: JSON may be deeper than the stack.
  const left: object[] = [args]
  for (let object = left.pop(); object; object = left.pop()) {
    for (const [key, value] of Object.entries(object)) {
      if (Buffer.isBuffer(value)) Object.assign(object, { [key]: noBytes })
      else if (typeof value === 'object' && value !== null) left.push(value)
    }
  }
}

/**
 * The object of a command, still to be parsed. `talk` writes a text to the client's room.
 * @throws ChatError `bad-frame`
 */
export function commandFrame({ name, args }: ReceivedEvent, room: string): Record<string, unknown> {
  const [fields = {}, ...more] = args
  if (args.some(Buffer.isBuffer)) throw new ChatError('bad-frame', 'Only "file" takes binary data.')
  // It has no key, so a client cannot send it again.
  if (name === 'talk' && !more.length)
    return { type: 'chat', room, key: randomBytes(12).toString('base64url'), data: args[0] }
  if (more.length || typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new ChatError('bad-frame', 'A command has one object with its fields, and "talk" one text.')
  return { ...fields, type: name }
}

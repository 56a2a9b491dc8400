/** What a request for a stream asks for: docs/protocol.md, "Event stream and long poll". */
import type { IncomingMessage } from 'node:http'
import { secondMs } from '../../../shared/durations.ts'
import { type Commands, parseCommand, parseFrame } from '../../../shared/protocol/commands.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import { type Cursor, type LogMark, parseLogMark } from './cursor.ts'

/** Each event repeats the rooms, and a proxy takes no longer line. */
export const maxQueryCharacters = 8 * 1024
/** Each is looked up before anything is answered. */
const maxRooms = 100
/** Shorter than the 30 s after which we and proxies give up on a request in which nothing moves. */
export const maxWaitMs = 25 * secondMs

type Open = Commands['open']

export interface StreamRequest {
  /** An event stream; otherwise a long poll. */
  isEventStream: boolean
  /** Whether `welcome` comes first. */
  isGreeted: boolean
  /** The rooms to go on with: undefined from now on. */
  rooms: ReadonlyMap<string, Cursor | undefined>
  /** Rooms to open as by the command, each answered with `opened`. */
  opens: readonly Open[]
  /** How long a long poll waits for the first frame. */
  waitMs: number
}

/** @throws ChatError `bad-field`, `bad-frame`, `too-long` */
export function parseStreamRequest({ url = '', headers }: IncomingMessage): StreamRequest {
  const at = url.indexOf('?')
  const query = new URLSearchParams(limited(at < 0 ? '' : url.slice(at + 1)))
  const { accept = '', 'last-event-id': last } = headers
  // A browser that comes back by itself asks for the same URL, and says what it has had since.
  const from = typeof last === 'string' && last ? new URLSearchParams(limited(last)) : query
  const rooms = roomsIn(from)
  const opens = from === query ? query.getAll('open').map(openCommand) : []
  if (rooms.size + opens.length > maxRooms)
    throw new ChatError('bad-field', `"room" and "open" name at most ${maxRooms} rooms.`)
  const isGreeted = query.has('welcome')
  if (!rooms.size && !opens.length && !isGreeted) throw new ChatError('bad-field', '"room" is missing.')
  return {
    isEventStream: /\btext\/event-stream\b/i.test(accept),
    isGreeted,
    rooms,
    opens,
    waitMs: waitOf(query.get('wait')),
  }
}

function limited(query: string): string {
  if (query.length <= maxQueryCharacters) return query
  throw new ChatError('too-long', 'The query has at most 8,192 characters.')
}

function roomsIn(query: URLSearchParams): Map<string, Cursor | undefined> {
  const values = query.getAll('room')
  const text = query.get('log')
  const log = text === null ? undefined : parseLogMark(text)
  if (text !== null && !log) throw new ChatError('bad-field', '"log" must be as an event or a poll said.')
  // A client may have added or left out a room: then the times are of others.
  const times = log?.times.length === values.length ? log.times : []
  return new Map(values.map((value, i) => roomAndCursor(value, log, times[i])))
}

/** The address may contain colons: the last one separates. */
function roomAndCursor(
  value: string,
  log: LogMark | undefined,
  time: number | undefined,
): [room: string, cursor: Cursor | undefined] {
  const colon = value.lastIndexOf(':')
  const [address, id] = colon < 0 ? [value, ''] : [value.slice(0, colon), value.slice(colon + 1)]
  if (!/^\d*$/.test(id)) throw new ChatError('bad-field', '"room" must end in a colon and an id, or in a colon.')
  if (id === '') return [openCommandOf({ room: address }).room, undefined]
  const { room, after = 0, at } = openCommandOf({ room: address, after: Number(id), at: time })
  return [room, { id: after, at, mark: log?.mark }]
}

function openCommand(text: string): Open {
  return openCommandOf(parseFrame(text))
}

function openCommandOf(fields: Record<string, unknown>): Open {
  return parseCommand({ ...fields, type: 'open' }) as Open
}

function waitOf(text: string | null): number {
  if (text === null) return maxWaitMs
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw new ChatError('bad-field', '"wait" must be a number of seconds.')
  return Math.min(Number(text) * secondMs, maxWaitMs)
}

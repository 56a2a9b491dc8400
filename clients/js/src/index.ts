/** teahouse-client: the chat of a Teahouse, for programs. README.md describes it, docs/protocol.md the protocol. */
import { subprotocol } from '../../../src/shared/protocol/limits.ts'
import { Client } from './client.ts'
import { steadyClock } from './clock.ts'
import type { SocketEvents } from './environment.ts'
import { createHttp } from './http-transport.ts'
import { storageInMemory } from './memory-storage.ts'
import type { Storage } from './outbox-items.ts'
import { openSocket } from './socket.ts'
import { Transports } from './transports.ts'

export type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
export type { ErrorCode } from '../../../src/shared/protocol/errors.ts'
export type { Opened, ServerFrame } from '../../../src/shared/protocol/frames.ts'
export type { Entry, FileInfo, Message, RoomSummary, User } from '../../../src/shared/protocol/types.ts'
export { type Client, ConnectionEnded, type Stored } from './client.ts'
export type { LogPosition } from './client-rooms.ts'
export type { ConnectionState } from './connection.ts'
export type { ClientEvents } from './listeners.ts'
export type { MessageChange, Storage as OutboxStorage, StoredItem } from './outbox-items.ts'
export { type AnsweredCommand, type AnswerTo, CommandError } from './pending-commands.ts'

export interface ConnectOptions {
  /** The address of the server, such as `https://chat.example.org`. */
  url: string
  /** The token of a bot. Without one, a page of the server has the session of its browser. */
  token?: string
  /** For a program that has signed in: the cookie of its session, as `name=value`. */
  cookie?: string
  /** Where what is sent waits until it is stored; by default in memory. */
  storage?: Storage
}

/** Connects, and stays connected until the server refuses the user, or `disconnect`. */
export function connect({ url, token, cookie, storage = storageInMemory() }: ConnectOptions): Client {
  const { origin } = new URL(url)
  const headers = headersOf(token, cookie)
  const transports = new Transports(
    (events) => openSocket(`${origin.replace(/^http/, 'ws')}/ws/chat`, subprotocol, events, headers),
    async (isSocketBetter) =>
      createHttp({
        origin,
        isSocketBetter,
        credentials: headers ? 'omit' : 'include',
        ...(headers && { headers }),
      }),
  )
  const hasWindow = typeof window !== 'undefined'
  return new Client(
    {
      clock: steadyClock,
      random: Math.random,
      isHidden: () => hasWindow && document.hidden,
      events: hasWindow ? window : new EventTarget(),
      openSocket: (events: SocketEvents) => transports.open(events),
    },
    storage,
  )
}

function headersOf(token: string | undefined, cookie: string | undefined): Record<string, string> | undefined {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  return cookie === undefined ? undefined : { cookie }
}

import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import type { Place } from '../../shared/protocol.ts'
import type { Bans, isRange } from '../auth/ip-bans.ts'
import type { Attempts } from '../auth/login-throttle.ts'
import type { NameSuggestions } from '../auth/name-suggestions.ts'
import type { faultInPassword, Passwords } from '../auth/passwords.ts'
import type { Session, Sessions } from '../auth/sessions.ts'
import type { Door } from '../auth/sign-in.ts'
import type { hashOf, newToken } from '../auth/tokens.ts'
import type { Hub } from '../chat/hub.ts'
import type { RoomPage } from '../commands/room-page.ts'
import type { Writing } from '../commands/write-entry.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { PageReads } from '../rate-limit/page-reads.ts'
import type { EndedSession, Meter, ModerationAction, ModerationResult, Store } from '../store/store.ts'
import type { Render } from './views/render.ts'

/** What controllers work with. */
export interface House {
  store: Store
  log: Log
  hub: Hub
  sessions: Sessions
  /** Lets people in and out. */
  door: Door
  names: NameSuggestions
  /** 0, or in how many milliseconds the client's address may sign somebody in. */
  signInWaitMs(request: IncomingMessage): number
  /** Likewise, a name that nobody had before. */
  newNameWaitMs(request: IncomingMessage): number
  render: Render
  /** Stores and publishes what a user writes. @returns its id @throws ChatError when it is not taken */
  write(request: IncomingMessage, viewer: Session, writing: Writing): Promise<number>
  /** Reads for a page when it is the user's turn, and charges them. Answers 503 when they have read too much. */
  read: PageReads
  /** The room as it stands for the user, at a place in it. */
  roomPage(viewer: Session, room: string, place: Place, meter: Meter): Promise<RoomPage>
  /** Does what keeps order, and tells whoever it concerns. @throws ChatError when it is refused */
  act(viewer: Session, content: ModerationAction): Promise<ModerationResult>
  /** Tells whoever is connected that these sessions have ended. */
  ended(sessions: readonly EndedSession[]): void
  passwords: Passwords
  faultInPassword: typeof faultInPassword
  attempts: Attempts
  bans: Bans
  isRange: typeof isRange
  /** The addresses of the user's devices, as ranges that can be banned. */
  rangesOf(userId: number): Promise<string[]>
  newToken: typeof newToken
  hashOf: typeof hashOf
  config: Config
  /** The client's address. */
  addressOf(request: IncomingMessage): string
  /** What people type to come here, as far as the request tells. */
  originOf(request: IncomingMessage): string | undefined
  skeletonOf(name: string): string
  /** Why chat cannot be had now; undefined when it can. */
  fault(): Promise<string | undefined>
}

/** What a URL does. */
export type Action = (ctx: Context, house: House) => Promise<void> | void

/** What a file in `controllers/` exports as its default: `{ 'GET /path': action }`. */
export type Controller = Record<string, Action>

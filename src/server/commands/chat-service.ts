import { randomUUID } from 'node:crypto'
import type { Commands, RequestCommand } from '../../shared/protocol/commands.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { HistoryPosition } from '../../shared/protocol/types.ts'
import type { Session } from '../auth/sessions.ts'
import type {
  Effect,
  EndedSession,
  Meter,
  ModerationAction,
  ModerationResult,
  Picture,
  UnreadRoom,
} from '../store/store.ts'
import type { Services } from './contract.ts'
import { changeOf, keyAndRequest } from './idempotency-key.ts'
import { markAllRead } from './mark-all-read.ts'
import { moderate, publishEffects } from './publish-effects.ts'
import { type Asker, runRequest } from './request-caller.ts'
import { type RoomPage, roomPage } from './room-page.ts'
import { refusePicture, setPicture } from './set-picture.ts'
import { joinAndWrite, joinIfSeen, type Writing } from './write-entry.ts'

/** What pages and programs do in rooms, without a connection. */
export class ChatService {
  readonly #services: Services

  constructor(services: Services) {
    this.#services = services
  }

  /** Stores and publishes what a user writes. @returns its id @throws ChatError when it is refused */
  write(session: Session, network: string, writing: Writing): Promise<number> {
    return joinAndWrite(this.#services, { session, network }, writing)
  }

  /** By uploading, a user joins the room, as by writing in it. Nothing happens when they cannot view it. */
  join(session: Session, room: string): Promise<void> {
    return joinIfSeen(this.#services, session, room)
  }

  /** Carries out any command. @returns the frame that answers it, if one does @throws ChatError when it is refused */
  run(asker: Asker, command: Commands[RequestCommand]): Promise<ServerFrame | undefined> {
    return runRequest(this.#services, asker, command)
  }

  /** Carries out a moderation action and publishes its effects. @throws ChatError when it is refused */
  moderate(session: Session, network: string, action: ModerationAction): Promise<ModerationResult> {
    return moderate(this.#services, { session, network }, { key: randomUUID() }, action)
  }

  /** To be asked before a picture of the user is made. @throws ChatError when they cannot have one now */
  refusePicture(session: Session): void {
    refusePicture(this.#services, session)
  }

  /** Sets or removes the user's own picture. @returns the one before */
  setPicture(session: Session, picture: Picture | undefined): Promise<Picture | undefined> {
    return setPicture(this.#services, session, picture)
  }

  /** Changes settings of a room, once for each key. @throws ChatError when it is refused */
  change(session: Session, network: string, command: Commands['change']): Promise<ModerationResult> {
    return moderate(this.#services, { session, network }, keyAndRequest(command), changeOf(command))
  }

  /** The room as the user sees it, at a position in its history. */
  roomPage(session: Session, room: string, position: HistoryPosition, meter: Meter): Promise<RoomPage> {
    return roomPage(this.#services, session, room, position, meter)
  }

  /** Marks the rooms as read up to the ends that are named. */
  markAllRead(session: Session, unread: readonly UnreadRoom[]): Promise<void> {
    return markAllRead(this.#services, session, unread)
  }

  /** Whether a verified session of the user has a connection now. */
  isConnected(userId: number): boolean {
    return this.#services.hub.connections.hasVerified(userId)
  }

  /** Closes the connections of sessions that have ended. */
  publishEnded(ended: readonly EndedSession[]): void {
    this.publish({ type: 'sessions-ended', ended: [...ended] })
  }

  /** Closes the connections of a session whose token has changed: its pages come back with the new one. */
  publishRenewed({ user, id }: Session): void {
    this.#services.hub.publish({ type: 'session-renewed', user, session: id })
  }

  /** What the user is told outside of an open page has changed. */
  publishNotifications(user: number): void {
    this.#services.hub.publish({ type: 'notifications', user })
  }

  /** Tells every node. */
  publish(...effects: Effect[]): void {
    publishEffects(this.#services.hub, effects)
  }
}

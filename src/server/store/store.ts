/** What survives a restart. The comments of the contracts are binding, and `test/store/contract/contract.ts` holds every database to them. */
import type { AccountStore } from './contracts/accounts.ts'
import type { BotStore } from './contracts/bots.ts'
import type { ClockNote } from './contracts/clock.ts'
import type { FileStore } from './contracts/files.ts'
import type { InvitationStore } from './contracts/invitations.ts'
import type { LogStore } from './contracts/log.ts'
import type { Meter } from './contracts/metering.ts'
import type { ModerationStore } from './contracts/moderation.ts'
import type { NotificationStore } from './contracts/notifications.ts'
import type { OutgoingStore } from './contracts/outgoing.ts'
import type { PictureStore } from './contracts/pictures.ts'
import type { RoomStore } from './contracts/rooms.ts'
import type { SavedStore } from './contracts/saved.ts'
import type { SearchStore } from './contracts/search.ts'
import type { ServerLogStore } from './contracts/server-log.ts'
import type { SessionStore } from './contracts/sessions.ts'
import type { SettingsStore } from './contracts/settings.ts'
import type { StorageFigures } from './contracts/storage.ts'

export type * from './contracts/accounts.ts'
export type * from './contracts/bots.ts'
export type * from './contracts/clock.ts'
export type * from './contracts/effects.ts'
export * from './contracts/files.ts'
export type * from './contracts/invitations.ts'
export * from './contracts/log.ts'
export type * from './contracts/metering.ts'
export * from './contracts/moderation.ts'
export type * from './contracts/notifications.ts'
export type * from './contracts/outgoing.ts'
export type * from './contracts/pictures.ts'
export type * from './contracts/rooms.ts'
export type * from './contracts/saved.ts'
export type * from './contracts/search.ts'
export * from './contracts/server-log.ts'
export type * from './contracts/sessions.ts'
export type * from './contracts/settings.ts'
export type * from './contracts/storage.ts'

export interface Store {
  readonly accounts: AccountStore
  readonly bots: BotStore
  readonly notifications: NotificationStore
  readonly outgoing: OutgoingStore
  readonly sessions: SessionStore
  readonly invitations: InvitationStore
  readonly rooms: RoomStore
  readonly log: LogStore
  readonly saved: SavedStore
  readonly search: SearchStore
  readonly files: FileStore
  readonly pictures: PictureStore
  readonly moderation: ModerationStore
  readonly settings: SettingsStore
  readonly serverLog: ServerLogStore

  /** Names this log: 32 hexadecimal digits, made at random with the store. */
  readonly epoch: string
  /** Resolves with the reason once nothing can be stored any more; after that every write is rejected. */
  readonly failed: Promise<Error>
  /**
   * Why nothing can be stored, a full disk say, or why what is stored would be lost: the data were taken away; undefined when
   * all is well. Writes something of no consequence to find out, if nothing was written lately.
   */
  fault(): Promise<string | undefined>
  /** The last note of the clock; undefined before the first. */
  clockNote(): Promise<ClockNote | undefined>
  noteClock(note: ClockNote): Promise<void>
  /** What the data weigh. No row of the log is read for it. */
  storageFigures(meter?: Meter): Promise<StorageFigures>
  /** Finishes what was begun, then lets go of the data. */
  close(): Promise<void>
}

/** What the operator wants to know of the storage. */
export interface StoreWatcher {
  /** Nothing can be stored, for that reason. Told once, until it can again. */
  failing?(reason: string): void
  recovered?(): void
  /** A transaction was committed, with that many writes. */
  committed?(transaction: { ms: number; writes: number }): void
  /** A transaction took long. */
  slow?(transaction: { ms: number; writes: number }): void
}

/** What survives a restart. The comments are its contract, and `test/store/contract.ts` holds every backend to it. */
import type {
  AuditRecord,
  Entry,
  Invite,
  Message,
  Place,
  RoomKind,
  RoomMember,
  RoomRole,
  RoomSettings,
  RoomSummary,
  ServerRole,
  User,
} from '../../shared/protocol.ts'
import type { Roles, RoomAccess, ViewerAccess } from '../../shared/rights.ts'

/** Past this a page is cut, whatever its limit: somebody may be waiting for it on a slow line, and everybody for the one who reads it. */
export const pageCharacters = 128 * 1024

/** Whether an act is too large for one transaction: it goes on by `proceed`. */
export function isInPieces(type: ModerationAction['type']): boolean {
  return type === 'purge' || type === 'undo' || type === 'delete-room'
}

/** What a read has cost. */
export interface Cost {
  /** Taken from the database. */
  rows: number
  /** Of their text. */
  bytes: number
  /** Of processor time, for what neither shows. */
  ms: number
}

/** Is told what a read has cost, once it is done. */
export type Meter = (cost: Cost) => void

export interface Store {
  /** Names this log: 32 hexadecimal digits, made at random with the store. */
  readonly epoch: string

  /** Resolves with the reason once nothing can be stored any more; after that every write is rejected. */
  readonly failed: Promise<Error>

  /**
   * Why nothing can be stored, a full disk say, or why what is stored would be lost: the data were taken away; undefined when
   * all is well. Writes something of no consequence to find out, if nothing was written lately.
   */
  fault(): Promise<string | undefined>

  /**
   * The user of that name who has no password, made if there is none. Names are compared exactly: normalise them first.
   * @param skeleton what the name looks like @throws ChatError `name-taken` when somebody has claimed it, or one
   * that looks like it
   */
  guestNamed(name: string, skeleton: string): Promise<User>
  hasUserNamed(name: string): Promise<boolean>
  /** Who has claimed a name that looks so; whoever has claimed `name` itself comes first, whatever was kept of how it looks. */
  accountLike(skeleton: string, name?: string): Promise<Account | undefined>
  account(userId: number): Promise<Account | undefined>
  /**
   * Gives the user a password, and to a guest his name for good; every session ends but `keep`, and those of guests whose
   * names look like it. @param keep the session that asks for it, which goes on under another token, and what is kept of the
   * password that it was asked with: without one the session must be proven @throws ChatError `name-taken` when somebody else has
   * claimed it, `forbidden` when that session is over or that password is another by now
   */
  setPassword(change: { userId: number; skeleton: string; hash: string; keep?: KeptSession }): Promise<Ended[]>
  /** Those who have claimed a name, and guests, whose names begin so; for whoever runs the house. */
  people(find: string, limit: number, meter?: Meter): Promise<Person[]>

  /**
   * Of a user's sessions at most 20 stay: unproven ones go first, and of those alike the one that was seen longest ago.
   * Whether the session is proven is decided here, by what is stored at that moment. @param session with the SHA-256 of its token
   * @returns also those that had to go @throws ChatError `name-taken` when the name, or one that looks like it, has been claimed and
   * was only typed, `bad-field` when the password is another by now, `forbidden` for a user who is banned
   */
  startSession(session: NewSession): Promise<{ session: StoredSession; ended: Ended[] }>
  findSession(tokenHash: Uint8Array): Promise<StoredSession | undefined>
  /** Notes when, where and with what a session was seen last. */
  touchSession(id: number, seen: { at: number; agent: string; address: string }): Promise<void>
  sessionsOf(userId: number): Promise<ListedSession[]>
  /** Ending what has ended already changes nothing. */
  endSession(id: number): Promise<void>
  /**
   * Their users are here: they have open connections. No session is left that began, or was seen, later than now: a clock that was
   * wrong has dated it. @param at milliseconds since 1970
   */
  keepSessions(ids: readonly number[], at: number): Promise<void>
  /** Ends the sessions that began, or were seen last, before. Both in milliseconds since 1970. */
  endSessionsBefore(startedAt: number, seenAt?: number): Promise<Ended[]>

  /** Keeps a link that is used by its token, as often as it says. */
  makeLink(link: NewLink): Promise<number>
  /** The link, if it can still be used: not past its end, and only while whoever made it might make it. */
  findLink(tokenHash: Uint8Array, at: number): Promise<Link | undefined>
  /**
   * Makes the user of that name, who is made if there is none, the owner; whatever sessions he had end. A refusal uses no
   * link up, here and below. @throws ChatError `no-such-user` for a link that cannot be used (any more), `name-taken`
   */
  becomeOwner(use: {
    tokenHash: Uint8Array
    name: string
    skeleton: string
    hash: string
    at: number
  }): Promise<{ user: User; ended: Ended[] }>
  /** @throws ChatError `no-such-user` for a link that cannot be used (any more), `name-taken` */
  passwordByLink(use: {
    tokenHash: Uint8Array
    skeleton: string
    hash: string
    at: number
  }): Promise<{ user: User; ended: Ended[] }>
  /**
   * The user belongs to the room from now on. @param session begins with it, if there is one: what the link opens would hold the
   * name before the session is proven @throws ChatError `no-such-user` for a link that they cannot use (any more), `name-taken` when
   * the session would not be proven and has to be, and what `startSession` throws
   */
  joinByLink(use: {
    tokenHash: Uint8Array
    userId: number
    at: number
    session?: NewSession & { isVerificationRequired: boolean }
  }): Promise<{ room: string; kind: RoomKind; ended: Ended[] }>
  invites(room: string, at: number, meter?: Meter): Promise<Invite[]>
  hasOwner(): Promise<boolean>

  hasRoom(address: string): Promise<boolean>
  /** Makes the public room of that address if there is none. @returns the id of its newest entry; 0 when there is none */
  openRoom(address: string, at: number, by?: User): Promise<number>
  /**
   * Makes a room that its maker moderates; one who is not believed makes none but public ones, moderates none and brings nobody
   * in. A key that he has used before makes nothing. @throws ChatError `forbidden`, `name-taken`, `no-such-user` for people whom
   * the maker cannot know, and `bad-field` for a key that was used for something else
   */
  createRoom(room: NewRoom): Promise<{ room: string; isNew: boolean; effects: Effect[] }>

  /** How the user stands in the room, whether he may see it or not; undefined when there is none. */
  standing(userId: number, room: string): Promise<Standing | undefined>
  /**
   * The user belongs to the public room from now on, if they did not. One who is not believed does not: they only get a mark and
   * can be muted there. @returns the id up to which the user has read
   */
  enter(userId: number, room: string, isVerified?: boolean): Promise<number>
  /** Whoever belongs to the room, and, if asked, whoever is banned from it, in the order of their ids. */
  members(
    room: string,
    page: { after: number; limit: number; isWithBanned: boolean },
    meter?: Meter,
  ): Promise<RoomMember[]>
  /** Users whose names begin so and with whom the viewer shares a room. */
  usersKnownTo(viewer: Viewer, find: string, limit: number, meter?: Meter): Promise<User[]>

  /** The rooms that the viewer can see, oldest first, as many as a list may have, as they stand for him. One in which he has no mark counts as read to its end. */
  rooms(viewer: Viewer, meter?: Meter): Promise<RoomSummary[]>
  /** One of them. */
  summary(viewer: Viewer, room: string, meter?: Meter): Promise<RoomSummary | undefined>

  /**
   * Moves the mark up to which the user has read, forward only and not beyond the end. One who is not believed does not move it
   * in a room to which the user belongs. @returns where it is now
   */
  read(user: User, room: string, id: number, isVerified?: boolean): Promise<number>
  /** The mark; undefined for a user who has none in the room. */
  readMark(user: User, room: string): Promise<number | undefined>

  /**
   * Does what keeps order, and writes it into the audit log, in one transaction. A key that its doer has used before does
   * nothing: the first act's id comes back. @throws ChatError `forbidden`, `no-such-user`, `no-such-room`, `name-taken`, or
   * `bad-field` for a key that was used for something else
   */
  act(act: NewModerationAction): Promise<ModerationResult>
  /** Does more of an act that is too large for one transaction; to be called until nothing comes back. */
  continueAction(act: number, at: number): Promise<Effect[]>
  /** Those that are not carried out to their end: the server went away in the middle. */
  unfinishedActions(): Promise<number[]>
  /** Whom the user has blocked, at most 200. */
  blocked(userId: number): Promise<User[]>
  /** Acts, newest first; of a room that the viewer cannot see not what, only that something was done, by whom and to whom. */
  acts(viewer: Viewer, before: number | undefined, limit: number, meter?: Meter): Promise<AuditRecord[]>
  /** Forgets the texts that were deleted to keep order before `at`, ranges and links whose time is over. */
  forget(at: number, removedBefore: number): Promise<void>
  bannedRanges(at: number): Promise<BannedRange[]>

  /**
   * Stores one entry; when it resolves, the entry survives the death of the process and of the machine.
   *
   * Ids of a room are 1, 2, 3 … without holes, in the order of commitment, and calls are committed in the order in
   * which they were made. A key that the user has used before stores nothing: the first entry's id comes back, with
   * `isNew` false. Deleting a message takes its text out of the log, and that of its edits; the entries keep their places.
   * @throws ChatError `no-such-room` (also for one that the user may not see), `not-in-room` for one that he has left or was
   * put out of, `no-such-message` (for `reply`, and for
   * `ref` also when it is deleted), `forbidden` (to change somebody else's message, or one reaction too many), `muted`,
   * `not-accepted`, `read-only`, `too-fast` in a slow room, or `bad-field` for a used key with other content
   */
  append(entry: NewEntry): Promise<Appended>

  /**
   * At most `limit` entries whose id is greater than `after`, oldest first, and no more than `pageCharacters`, but one at least;
   * none for a room that does not exist.
   */
  entriesAfter(room: string, after: number, limit: number, meter?: Meter): Promise<Entry[]>

  /** When the entry was stored; 0 when there is none. */
  timeOf(room: string, id: number): Promise<number>

  /** The newest entries, oldest first: at most `limit` of them, and no more than so many characters, but one at least. */
  newestEntries(room: string, limit: number, characters: number, meter?: Meter): Promise<Entry[]>

  /**
   * A page of messages as they stand now: at most `limit` of them, and no more than so many characters, `pageCharacters` unless said
   * otherwise, but one at least. A page around a message has that message.
   */
  messages(room: string, place: Place, limit: number, meter?: Meter, characters?: number): Promise<Page>

  /** What was noted of the clock; undefined before the first note. */
  clockNote(): Promise<ClockNote | undefined>
  noteClock(note: ClockNote): Promise<void>

  /** Finishes what was begun, then lets go of the data. */
  close(): Promise<void>
}

/** When the server ran last, and for how long with a clock that is in doubt. */
export interface ClockNote {
  at: number
  doubtMs: number
}

/** What the operator wants to know of the storage. */
export interface StoreWatcher {
  /** Nothing can be stored, for that reason. Told once, until it can again. */
  failing?(reason: string): void
  recovered?(): void
  /** A transaction took long. */
  slow?(transaction: { ms: number; writes: number }): void
}

/** Who looks at something, and how far he is believed. */
export interface Viewer extends ViewerAccess {
  user: User
}

export interface NewSession {
  tokenHash: Uint8Array
  user: User
  /** Milliseconds since 1970. */
  at: number
  /** By the name, if nothing is said. */
  credential?: Credential
  /** The session that it replaces: it ends. */
  inPlaceOf?: number | undefined
  agent?: string
  address?: string
}

/** By what somebody says who they are. */
export type Credential =
  /**
   * It proves them when nobody else can claim to be them: they replace a proven session of theirs, or have none anywhere and nothing
   * to hide. A room that is not public, a role or an invitation is something to hide, also when it was left or taken away: it may
   * come back.
   */
  | { by: 'name' }
  /** `hash`: what was kept of the password that was right. */
  | { by: 'password'; hash: string }
  /** Of whoever furnishes a store: nothing is asked. */
  | { by: 'store' }

export interface KeptSession {
  session: number
  oldHash: string | undefined
  /** Of its new token. */
  tokenHash?: Uint8Array
}

export interface StoredSession {
  id: number
  user: User
  role: ServerRole
  /** Whether it is proven that its user is who he says. */
  isVerified: boolean
  /** Milliseconds since 1970. */
  startedAt: number
  seenAt: number
}

export interface ListedSession extends Omit<StoredSession, 'user' | 'role'> {
  agent: string
  address: string
}

export interface Account {
  user: User
  role: ServerRole
  /** Undefined for a guest. */
  passwordHash: string | undefined
  bannedUntil: number | undefined
}

export interface Person extends Pick<Account, 'user' | 'role' | 'bannedUntil'> {
  seenAt: number | undefined
}

/** A session that was ended from elsewhere. */
export interface Ended {
  user: User
  session: number
}

export type LinkType = 'owner' | 'password' | 'invite'

export interface NewLink {
  tokenHash: Uint8Array
  type: LinkType
  userId?: number
  /** Its address. */
  room?: string
  uses: number
  expiresAt: number
  /** Undefined for the operator at his command line. */
  by?: number
  at: number
}

export interface Link {
  id: number
  type: LinkType
  user: User | undefined
  room: { room: string; name: string; kind: RoomKind } | undefined
  by: User | undefined
}

export interface NewRoom {
  viewer: Viewer
  key: string
  /** What the key stands for: see `NewAct`. */
  asked?: string
  kind: RoomKind
  /** For a public room its name; what is hidden gets one that nobody can guess. */
  address: string
  name: string
  topic: string
  users: readonly number[]
  at: number
}

export interface Standing extends Roles, RoomAccess {
  room: string
  name: string
  topic: string
  last: number
  role: RoomRole
  readOnly: boolean
  slowMs: number
  archived: boolean
  /** Milliseconds since 1970; 0 when he is not. */
  mutedUntil: number
  readTo: number | undefined
  /** A guest has brought the user in, who has not accepted yet. */
  isRequest: boolean
}

/** What is to be done, and by whom: undefined is the operator at his command line. */
export type NewModerationAction = ModerationAction & {
  viewer: Viewer
  key: string
  /** What the key stands for, in words of the doer's own: the same each time that he sends it. */
  asked?: string
  at: number
}

export type ModerationAction =
  | { type: 'kick'; room: string; user: number }
  | { type: 'mute'; room: string; user: number; until: number }
  /** In a room, or in the house; `until` in the past takes it back. */
  | { type: 'ban'; room: string | undefined; user: number; until: number; ranges: readonly string[] }
  | { type: 'ban-range'; range: string; until: number }
  | { type: 'role'; room: string | undefined; user: number; role: RoomRole | ServerRole }
  | { type: 'unreact'; room: string; ref: number; user: number; data: string }
  | { type: 'delete-room'; room: string }
  | { type: 'purge'; user: number }
  | { type: 'change'; room: string; data: RoomSettings }
  | { type: 'add'; room: string; users: readonly number[] }
  | { type: 'accept'; room: string }
  | { type: 'leave'; room: string }
  | { type: 'block'; user: number; isOn: boolean }
  | { type: 'invite'; room: string; tokenHash: Uint8Array; uses: number; expiresAt: number }
  | { type: 'revoke'; room: string; id: number }
  | { type: 'link'; user: number; tokenHash: Uint8Array; expiresAt: number }
  | { type: 'undo'; act: number }

export interface ModerationResult {
  /** Undefined for what nobody needs to read about. */
  act: number | undefined
  isNew: boolean
  /** What those who are connected have to be told. */
  effects: Effect[]
}

/** What follows of an act for whoever is connected. */
export type Effect =
  /** How a user stands in a room has changed. `isIn`: whether he belongs to it now; `sees`: whether he may see it, if he is believed. */
  | { type: 'standing'; user: number; room: string; kind: RoomKind; isIn: boolean; canView: boolean }
  /** A public room was made, for everybody to see; `users` belong to it. */
  | { type: 'room-made'; room: string; name: string; topic: string; users: number[] }
  /** `users` belonged to it, or were banned from it. */
  | { type: 'room-deleted'; room: string; isPublic: boolean; users: number[] }
  /** A piece of what was in a deleted room is gone: nobody has to be told. */
  | { type: 'erased'; room: number }
  | { type: 'entry'; entry: Entry }
  | { type: 'sessions-ended'; ended: Ended[] }
  | { type: 'banned'; user: number }
  | { type: 'role'; user: number; role: ServerRole }
  | { type: 'ranges' }
  /** Whom the user has blocked has changed. */
  | { type: 'blocks'; user: number }
  /** An invitation was made: its number. */
  | { type: 'invited'; id: number }

export interface BannedRange {
  range: string
  until: number
}

/** What an entry says, without what the store gives it. */
export type EntryContent =
  | { type: 'chat'; data: string; reply?: number | undefined }
  | { type: 'edit'; ref: number; data: string }
  | { type: 'delete'; ref: number }
  | { type: 'react'; ref: number; data: string; on: boolean }
  | { type: 'room'; data: RoomSettings }

export type NewEntry = EntryContent & {
  room: string
  user: User
  /** Unless it is proven that he is who he says, he keeps no order and has no private rooms. */
  unverified?: boolean
  /** He may write only where he was invited: guests, where the operator lets none in by themselves. */
  onlyInvited?: boolean
  /** The sender's own name for it, unique for the user for ever. */
  key: string
  /** Milliseconds since 1970, by the server's clock, which may have been set: the order of entries is that of their ids. */
  at: number
}

export interface Appended {
  entry: Entry
  isNew: boolean
  /** Which act it is: of a message that is deleted to keep order. */
  act: number | undefined
  /** What else follows of it. */
  effects: Effect[]
}

export interface Page {
  /** Oldest first. */
  messages: Message[]
  /** Whether there are others beyond the page: newer ones for `after`, older ones otherwise. */
  more: boolean
  /** The id of the room's newest entry when the page was read, or older: entries after it complete the page. */
  last: number
}

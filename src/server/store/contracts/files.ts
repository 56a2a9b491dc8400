import { dayMs } from '../../../shared/durations.ts'
import type { FileInfo, ListedFile } from '../../../shared/protocol/types.ts'
import type { Viewer } from './accounts.ts'
import type { Meter } from './metering.ts'

/** Text files whose contents are searched. */
export const textFiles = { maxBytes: 1024 * 1024 }

/** How long an uploaded file waits to be sent. */
export const unsentFileMs = dayMs

/**
 * What was uploaded: a row for each file. The bytes are not here; rows with the same hash share them. A file belongs to the room that it
 * was uploaded to, and is sent in a message there by `log.append`.
 */
export interface FileStore {
  /**
   * Notes that a file is being uploaded, and its declared size. @throws ChatError what `log.append` throws when the user may not write in
   * the room now (slow mode does not count), and `quota`; `bad-field` when the key is that of another upload
   * @returns its id: that of the upload with the same key, if the user has one
   */
  create(file: NewFile): Promise<string>
  /**
   * The whole file is stored. @returns it as it is now @throws ChatError `no-such-file` when it was discarded or has expired meanwhile, or
   * is complete already
   */
  complete(id: string, content: FileContent): Promise<StoredFile>
  /** In whatever state it is. */
  find(id: string): Promise<StoredFile | undefined>
  /**
   * A complete file, for a user who can view its room now: one that is sent and not removed, or, in a verified session, one of
   * their own that is not sent yet.
   * Undefined for all others.
   */
  view(viewer: Viewer, id: string, at: number): Promise<StoredFile | undefined>
  /** Removes a file that the user has not sent. @returns undefined when there is none of that id */
  discard(id: string, userId: number): Promise<Discarded | undefined>
  /**
   * The files that are sent in the room, the newest message first, those of one message in their order and never on two pages: at least
   * `limit` if there are as many. Undefined for a viewer who cannot view the room.
   * @param page with `before` only those of messages before that one
   */
  listed(viewer: Viewer, room: string, page: ListCursor, meter?: Meter): Promise<FilesPage | undefined>
  /**
   * Removes the rows of files that are not sent after `unsentFileMs`, of those that were removed and cannot come back, and of those of
   * deleted rooms; a part of them: repeat it while there are more.
   */
  expire(at: number): Promise<ExpiredFiles>
  /**
   * No other node stores or removes bytes with that hash meanwhile. Within a process it has to be called once at a time.
   * @param work is told whether that is still so @throws ChatError `unavailable`, and what `work` throws
   */
  exclusively<Result>(hash: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>): Promise<Result>
  /** Those of the hashes to which rows refer. Bytes of others can be deleted, by who holds them: see `exclusively`. */
  hashesInUse(hashes: readonly string[]): Promise<string[]>
  usage(uploader: FileUploader, since: number): Promise<FileUsage>
  /** All files, in whatever state, by their ids: those after that id, at most so many. */
  every(after: string, limit: number): Promise<StoredFile[]>
  /** For good: no undo brings them back, and their messages go on without them. @returns how many there were */
  delete(ids: readonly string[]): Promise<number>
}

export interface NewFile {
  /** 32 hexadecimal digits, at random. */
  id: string
  /** The address of the room. */
  room: string
  userId: number
  /** As in `NewEntry`. */
  unverified?: boolean
  onlyInvited?: boolean
  /** Cleaned: at most 255 bytes, no path and no control characters. */
  name: string
  /** A MIME type, as claimed. */
  type: string
  bytes: number
  alt: string
  /** Whether its bytes are kept as they are, also those of an image. */
  asFile: boolean
  at: number
  /** The client's own name for it. */
  key?: string | undefined
  /** How much all files of the user may have, those of the last 24 hours, and those of all users; undefined for no limit. */
  quotaBytes?: number | undefined
  dailyBytes?: number | undefined
  totalBytes?: number | undefined
}

export interface FileContent {
  /** SHA-256, in hexadecimal digits. */
  hash: string
  /** The MIME type that was recognised. */
  type: string
  bytes: number
  /** Size of an image as it is shown. */
  width?: number | undefined
  height?: number | undefined
  /** `#rrggbb` */
  color?: string | undefined
}

export interface StoredFile {
  file: FileInfo
  /** The address of its room. */
  room: string
  userId: number
  /** When the upload began. */
  createdAt: number
  asFile: boolean
  /** Whether it was uploaded in a verified session. */
  isVerified: boolean
  /** Undefined while it is being uploaded. */
  hash: string | undefined
  /** The message that has it, or had it; undefined until it is sent. */
  messageId: number | undefined
  /** When its message was deleted, or an edit took it out. */
  removedAt: number | undefined
}

export interface Discarded {
  /** When no other row refers to it. */
  hash: string | undefined
}

export interface ExpiredFiles {
  /** The files whose rows were removed. */
  ids: string[]
  /** Those of their hashes to which no row refers any more. */
  hashes: string[]
  more: boolean
}

export interface ListCursor {
  before?: number | undefined
  limit: number
}

export interface FilesPage {
  files: ListedFile[]
  more: boolean
}

/** A user who only typed a guest's name uploads for themself: their files are counted apart from those of the guest. */
export interface FileUploader {
  userId: number
  isVerified: boolean
}

/** In bytes. */
export interface FileUsage {
  /** All files of the user, those included that wait or are being uploaded. */
  user: number
  /** Those of them that were begun since then. */
  day: number
}

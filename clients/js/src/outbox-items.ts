/** The items of the outbox: messages and changes that are not known to be stored yet. */
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { ErrorCode } from '../../../src/shared/protocol/errors.ts'

/** An id, or an id with the text that stands for the file from now on. */
export type NamedFile = string | { id: string; alt: string }

export function idOfFile(file: NamedFile): string {
  return typeof file === 'string' ? file : file.id
}

/** The part of an item that outlives the page. */
export interface StoredItem {
  key: string
  user: number
  /** The tab that looks after it. */
  tab: string
  room: string
  /** An item without a type comes from an older page and is a message. */
  type?: 'chat' | 'edit' | 'delete' | 'react'
  data: string
  /** The message that it answers. */
  reply?: number
  /** The ids of the files of a message, or of those that stay in an edited one. */
  files?: NamedFile[] | undefined
  /** The keys of the uploads of its files. It waits until they are complete. */
  uploads?: string[] | undefined
  /** The keys of the uploads that its files come from. Should the server have forgotten them, they are uploaded again. */
  uploaded?: string[] | undefined
  /** The message that it changes. */
  ref?: number
  /** Whether a reaction is given or taken back. */
  on?: boolean
  /** Until then it can be undone, and is not sent. */
  heldUntil?: number
  /** When it was written; messages are sent in this order. */
  at: number
  /** The room's last id when it was first sent: if it was stored, then after this. */
  tried?: number
  /** What the server said to it, and the code of that. */
  refused?: string
  code?: ErrorCode
}

export type Sending = { state: 'waiting' } | { state: 'sent' } | { state: 'stored'; id: number } | { state: 'refused' }

export type Item = StoredItem & {
  sending: Sending
  /** It was sent and no answer came: it may be in the log already. */
  uncertain?: boolean
  /** The server could not store it when it was sent last. */
  unavailable?: boolean
}

/** A change that the user asks for. */
export type MessageChange = Pick<StoredItem, 'room'> &
  (
    | { type: 'edit'; ref: number; data: string; files?: NamedFile[] | undefined }
    | { type: 'delete'; ref: number }
    | { type: 'react'; ref: number; data: string; on: boolean }
  )

/** Promises: what `put` was given, `all` gives back after a reload, until `remove`. */
export interface Storage {
  all(): Promise<StoredItem[]>
  put(item: StoredItem): Promise<void>
  remove(key: string): Promise<void>
}

/** Whether it is something that the user wrote: a message or an edit. */
export function isText({ type = 'chat' }: Pick<StoredItem, 'type'>): boolean {
  return type === 'chat' || type === 'edit'
}

export function withoutHold<Held extends StoredItem>({ heldUntil: _, ...item }: Held): Omit<Held, 'heldUntil'> {
  return item
}

/** The server can store again. */
export function withoutUnavailable(item: Item): Item {
  if (!item.unavailable) return item
  const { unavailable: _, ...rest } = item
  return rest
}

/** The item as if it had never been sent, and without its reply: that id is another message now. */
export function withoutTrial({ tried: _, uncertain: __, reply: ___, ...item }: Item): Item {
  return item
}

export function revived(item: StoredItem, tab: string): Item {
  return {
    ...item,
    tab,
    sending: { state: item.refused === undefined ? 'waiting' : 'refused' },
    uncertain: item.tried !== undefined && item.refused === undefined,
  }
}

/** A name that nobody else gives: `crypto.randomUUID` does not exist on a page that came over plain http. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The command that an item is sent as. */
export function commandOf({
  key,
  room,
  type = 'chat',
  data,
  reply,
  files,
  ref = 0,
  on = true,
}: StoredItem): ClientFrame {
  switch (type) {
    case 'chat':
      return { type, room, key, data, files, ...(reply !== undefined && { reply }) }
    case 'edit':
      return { type, room, key, ref, data, files }
    case 'delete':
      return { type, room, key, ref }
    case 'react':
      return { type, room, key, ref, data, on }
    default:
      return type satisfies never
  }
}

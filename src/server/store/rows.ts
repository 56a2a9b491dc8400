/** Users and entries, from rows to what the rest of the server works with and back. */
import { noDrawing } from '../../shared/avatars.ts'
import type { Mentioned } from '../../shared/mentions.ts'
import type { Entry, Status, User } from '../../shared/protocol/types.ts'
import type { EntryContent } from './contracts/log.ts'

export interface UserColumns {
  userId: number
  userName: string
  userImage: number
  userIsBot: number
  userPicture: string | null
}

/** The columns of the user of an outer join, each with the prefix. */
export type OptionalUserColumns<Prefix extends string> = Record<
  `${Prefix}Id` | `${Prefix}Image` | `${Prefix}IsBot`,
  number | null
> &
  Record<`${Prefix}Name` | `${Prefix}Picture`, string | null>

/** The content of an entry. */
export interface EntryColumns {
  type: Entry['type']
  data: string
  ref: number | null
  isOn: number | null
  /** The ids of its files, as JSON; null when it names none. */
  files: string | null
}

export interface EntryRow extends UserColumns, EntryColumns {
  id: number
  room: string
  at: number
  mentions: string | null
  deleted: number
}

/** What `userOf` takes. @param table the name of the table of users in the statement */
export function userColumns(table = 'users', prefix = 'user'): string {
  const column = (name: string, alias: string) => `${table}.${name} as "${prefix}${alias}"`
  const plain = [column('id', 'Id'), column('name', 'Name'), column('image', 'Image'), column('is_bot', 'IsBot')]
  return [...plain, pictureColumn(table, `${prefix}Picture`)].join(', ')
}

/** The part of the hash that names a picture: so many digits tell it from those before it. */
export function pictureColumn(table: string, alias: string): string {
  return `substr(${table}.picture, 1, 8) as "${alias}"`
}

export function userOf({ userId: id, userName: name, userImage: image, userIsBot, userPicture }: UserColumns): User {
  const picture = userPicture === null ? {} : { picture: userPicture }
  return userIsBot ? { id, name, image, ...picture, bot: true } : { id, name, image, ...picture }
}

/** @param at milliseconds since 1970: what has ended by then is none */
export function statusOf(column: string | null, at: number): Status | undefined {
  const status: Status | undefined = column === null ? undefined : JSON.parse(column)
  return status?.until !== undefined && status.until <= at ? undefined : status
}

/** The user of an outer join. */
export function optionalUser(
  userId: number | null,
  name: string | null,
  image: number | null,
  isBot: number | null,
  userPicture: string | null,
): User | undefined {
  if (userId === null) return undefined
  return userOf({ userId, userName: name ?? '', userImage: image ?? noDrawing, userIsBot: isBot ?? 0, userPicture })
}

const none = { isOn: null, files: null }

export function columnsOf(content: EntryContent): EntryColumns {
  switch (content.type) {
    case 'chat':
      return {
        ...none,
        type: 'chat',
        data: content.data,
        ref: content.reply ?? null,
        files: filesColumn(content.files),
      }
    case 'edit':
      return { ...none, type: 'edit', data: content.data, ref: content.ref, files: filesColumn(content.files) }
    case 'delete':
      return { ...none, type: 'delete', data: '', ref: content.ref }
    case 'react':
      return { ...none, type: 'react', data: content.data, ref: content.ref, isOn: Number(content.on) }
    case 'room':
      return { ...none, type: 'room', data: JSON.stringify(content.data), ref: null }
    default:
      return content satisfies never
  }
}

/** Without its files, which are rows of their own. */
export function entryOf(row: Omit<EntryRow, 'files'>): Entry {
  const { id, room, type, at, data, ref, isOn, mentions, deleted, ...user } = row
  const base = { id, room, user: userOf(user), at, ...mentionsFrom(mentions) }
  switch (type) {
    case 'chat':
      return { ...base, type, data, ...(ref !== null && { reply: ref }), ...(deleted === 1 && { deleted: true }) }
    case 'edit':
      return { ...base, type, ref: ref ?? 0, data }
    case 'delete':
      return { ...base, type, ref: ref ?? 0 }
    case 'react':
      return { ...base, type, ref: ref ?? 0, data, on: isOn === 1 }
    case 'pin':
      return { ...base, type, ref: ref ?? 0, on: isOn === 1 }
    case 'room':
      return { ...base, type, data: JSON.parse(data) }
    default:
      return type satisfies never
  }
}

export function mentionsFrom(column: string | null): { mentions?: Mentioned[] } {
  return column === null ? {} : { mentions: JSON.parse(column) }
}

/** As an entry keeps them: null when there are none. */
export function mentionsColumn(mentioned: readonly Mentioned[]): string | null {
  return mentioned.length ? JSON.stringify(mentioned) : null
}

export function mentionsOf(mentioned: Mentioned[]): { mentions?: Mentioned[] } {
  return mentioned.length ? { mentions: mentioned } : {}
}

function filesColumn(ids: readonly string[] | undefined): string | null {
  return ids ? JSON.stringify(ids) : null
}

export function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

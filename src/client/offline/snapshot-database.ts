/** Where the snapshot is kept: a database of its own, which can be deleted as a whole. */
import type { RoomState } from '../room/room-state.ts'
import { snapshotDatabase, storageKeys } from '../session/storage-keys.ts'
import { type KeptPage, type KeptRoom, kept, type Origin } from './snapshot.ts'

const pages = 'page'
const rooms = 'rooms'
const theOnly = 'page'

export interface Snapshot {
  page: KeptPage
  rooms: KeptRoom[]
}

interface Known {
  /** The rooms of the list, when it is whole: the messages of others are removed. */
  listed: ReadonlySet<string> | undefined
  /** Rooms whose messages the page has not loaded: it cannot tell which of the kept ones were changed or deleted since. */
  notLoaded: ReadonlyMap<string, Pick<RoomState, 'epoch' | 'known'>>
}

export class SnapshotDatabase {
  readonly #user: number
  #opened: Promise<IDBDatabase> | undefined
  #db: IDBDatabase | undefined

  constructor(user: number) {
    this.#user = user
  }

  /** Writes at once when the database is open already, so that a page that is being left can. */
  async write(page: KeptPage, changed: readonly KeptRoom[], gone: readonly string[]): Promise<void> {
    const db = this.#db ?? (await this.#open())
    if (!isOwner(this.#user)) return
    const transaction = db.transaction([pages, rooms], 'readwrite')
    transaction.objectStore(pages).put(page, theOnly)
    for (const room of changed) transaction.objectStore(rooms).put(room)
    for (const room of gone) transaction.objectStore(rooms).delete(room)
    transaction.commit()
    await completed(transaction)
  }

  /** Removes what is not to be kept: other users, other builds, and more rooms than may be kept. */
  async prune(origin: Origin, { listed, notLoaded }: Known): Promise<void> {
    const db = await this.#open()
    const transaction = db.transaction(rooms, 'readwrite')
    const store = transaction.objectStore(rooms)
    const all = await done<KeptRoom[]>(store.getAll())
    const isToStay = (one: KeptRoom) =>
      isOf(origin, one) && (listed?.has(one.room) ?? true) && isUpToDate(one, notLoaded.get(one.room))
    const stay = new Set(
      all
        .filter(isToStay)
        .sort((a, b) => b.at - a.at)
        .slice(0, kept.rooms),
    )
    for (const one of all) if (!stay.has(one)) store.delete(one.room)
    await completed(transaction)
  }

  /** @returns undefined when nothing is kept of this user and build */
  async read(origin: Origin): Promise<Snapshot | undefined> {
    const db = await this.#open()
    if (!isOwner(this.#user)) return undefined
    const transaction = db.transaction([pages, rooms])
    const [page, all] = await Promise.all([
      done<KeptPage | undefined>(transaction.objectStore(pages).get(theOnly)),
      done<KeptRoom[]>(transaction.objectStore(rooms).getAll()),
    ])
    if (!page || !isOf(origin, page)) return undefined
    return { page, rooms: all.filter((one) => isOf(origin, one)) }
  }

  #open(): Promise<IDBDatabase> {
    this.#opened ??= this.#openNow()
    return this.#opened
  }

  async #openNow(): Promise<IDBDatabase> {
    const request = indexedDB.open(snapshotDatabase, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(pages)
      request.result.createObjectStore(rooms, { keyPath: 'room' })
    }
    const db = await done<IDBDatabase>(request)
    // Another tab, or this one, deletes it.
    db.onversionchange = () => this.#close(db)
    this.#db = db
    return db
  }

  #close(db: IDBDatabase) {
    db.close()
    this.#db = undefined
    this.#opened = undefined
  }
}

/** Signing out in any tab removes the key before the database: what is deleted is neither written again nor read. */
function isOwner(user: number): boolean {
  return ownerId() === user
}

/** The user whose data this browser keeps. */
export function ownerId(): number | undefined {
  try {
    return Number(localStorage.getItem(storageKeys.owner) ?? undefined) || undefined
  } catch {
    // Storage may be forbidden: then nothing is kept.
    return undefined
  }
}

function isUpToDate({ opened }: KeptRoom, state: Pick<RoomState, 'epoch' | 'known'> | undefined): boolean {
  if (!state) return true
  return opened.last >= state.known && (state.epoch === '' || state.epoch === opened.epoch)
}

function isOf({ user, build }: Origin, one: Origin): boolean {
  return one.user === user && one.build === build
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}

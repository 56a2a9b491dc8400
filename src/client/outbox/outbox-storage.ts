/** Where the outbox keeps its messages: IndexedDB, or nowhere but here when the browser has none to give. */

import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import type { Storage, StoredItem } from '../../../clients/js/src/outbox-items.ts'
import { outboxDatabase } from '../session/storage-keys.ts'

const outbox = 'outbox'

export interface BrowserStorage extends Storage {
  /** Removes what belongs to other users. */
  keepOnly(user: number): Promise<void>
  /** Removes everything, and takes nothing more. */
  shut(): Promise<void>
}

/** Returns at once, so that a slow disk does not delay the page. */
export function openStorage(): BrowserStorage {
  const opened = bestStorage()
  let isShut = false
  const removeWhere = async (isToGo: (item: StoredItem) => boolean) => {
    const storage = await opened
    const keys = (await storage.all()).filter(isToGo).map(({ key }) => key)
    await Promise.all(keys.map((key) => storage.remove(key)))
  }
  return {
    all: async () => (await opened).all(),
    async put(item) {
      const storage = await opened
      if (!isShut) await storage.put(item)
    },
    remove: async (key) => (await opened).remove(key),
    keepOnly: (user) => removeWhere((item) => item.user !== user),
    shut() {
      isShut = true
      return removeWhere(() => true)
    },
  }
}

async function bestStorage(): Promise<Storage> {
  try {
    return storageIn(await openDatabase())
  } catch {
    // A private window, or a browser set to keep nothing: messages then live as long as the page.
    return storageInMemory()
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(outboxDatabase, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(outbox, { keyPath: 'key' })
  return done(request)
}

function storageIn(db: IDBDatabase): Storage {
  return {
    async all() {
      try {
        return await done<StoredItem[]>(db.transaction(outbox).objectStore(outbox).getAll())
      } catch (error) {
        console.warn('What was not sent before could not be read.', error)
        return []
      }
    },
    put: (item) => write(db, (store) => store.put(item)),
    remove: (key) => write(db, (store) => store.delete(key)),
  }
}

/** A full disk must not keep a message from being sent; it only does not outlive the page. */
async function write(db: IDBDatabase, request: (store: IDBObjectStore) => void): Promise<void> {
  try {
    const transaction = db.transaction(outbox, 'readwrite')
    request(transaction.objectStore(outbox))
    // By itself it commits once the page has heard of the request, which a page that is being left may never do.
    transaction.commit()
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
  } catch (error) {
    console.warn('The message could not be kept for a reload.', error)
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

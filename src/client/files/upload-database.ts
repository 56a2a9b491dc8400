/** Where files are kept that are not sent yet, so that a reload goes on with them: IndexedDB, or only here when there is none. */
import { uploadDatabase } from '../session/storage-keys.ts'
import type { StoredUpload } from './upload.ts'

const uploads = 'uploads'

export interface UploadStorage {
  all(): Promise<StoredUpload[]>
  get(key: string): Promise<StoredUpload | undefined>
  put(upload: StoredUpload): Promise<void>
  remove(key: string): Promise<void>
}

/** A file that could not be kept is sent all the same; only a reload loses it. */
export function openUploadStorage(): UploadStorage {
  const opened = openDatabase().catch(() => undefined)
  const run = async <Result>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<Result>) => {
    try {
      const db = await opened
      return db && (await done(act(db.transaction(uploads, mode).objectStore(uploads))))
    } catch (error) {
      console.warn('The files that are not sent yet could not be kept or read.', error)
      return undefined
    }
  }
  return {
    all: async () => (await run<StoredUpload[]>('readonly', (store) => store.getAll())) ?? [],
    get: (key) => run<StoredUpload>('readonly', (store) => store.get(key)),
    async put(upload) {
      await run('readwrite', (store) => store.put(upload))
    },
    async remove(key) {
      await run('readwrite', (store) => store.delete(key))
    },
  }
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(uploadDatabase, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(uploads, { keyPath: 'key' })
  const db = await done(request)
  // Somebody signs out in another tab: nothing is kept then.
  db.onversionchange = () => db.close()
  return db
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

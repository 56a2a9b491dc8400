import { snapshotDatabase } from './storage-keys.ts'

/** Deletes the messages that this browser keeps for a reload without the server, or another database. */
export function deleteSnapshot(database = snapshotDatabase): Promise<void> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.deleteDatabase(database)
      // Blocked: it is deleted once the other tabs have closed it, which they do when they hear of it.
      request.onsuccess = request.onerror = request.onblocked = () => resolve()
    } catch {
      // Storage may be forbidden: then nothing is kept.
      resolve()
    }
  })
}

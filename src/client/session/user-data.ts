/** Deletes what this browser keeps of its user. */
import type { Drafts } from '../composer/drafts.ts'
import type { BrowserStorage } from '../outbox/outbox-storage.ts'
import { deleteSnapshot } from './delete-snapshot.ts'
import { deleteStoredKeys, isDraft, isDraftOf, sharedCache, storageKeys, uploadDatabase } from './storage-keys.ts'

const channelName = 'teahouse-sign-out'

/**
 * Deletes what users other than this one have left here: their session ended by itself, so nothing was deleted then.
 * Resolves when nothing that they have shared is left.
 */
export async function deleteDataOfOthers(user: number, storage: BrowserStorage): Promise<void> {
  void storage.keepOnly(user)
  let isOfOther = false
  try {
    const owner = localStorage.getItem(storageKeys.owner)
    isOfOther = !isOwner(owner, user)
    if (owner !== String(user)) void deleteSnapshot()
    const isOwn = (key: string) => isDraftOf(user, key) || (!isDraft(key) && !isOfOther)
    deleteStoredKeys(localStorage, (key) => !isOwn(key))
    localStorage.setItem(storageKeys.owner, String(user))
  } catch {
    // Storage may be forbidden: then nothing is kept.
  }
  // What they have shared would be offered to this user.
  if (isOfOther) await deleteShared()
}

/** Deletes all that is kept of the user, and keeps nothing more from now on. */
export async function deleteUserData(storage: BrowserStorage, drafts: Drafts): Promise<void> {
  drafts.shut()
  try {
    deleteStoredKeys(localStorage)
    deleteStoredKeys(sessionStorage)
  } catch {
    // As above.
  }
  await Promise.all([storage.shut(), deleteSnapshot(), deleteSnapshot(uploadDatabase), deleteShared()])
}

/**
 * Connects the tabs of this browser, also while it is offline.
 * @param heard another tab signs out @returns tells the others that this one does
 */
export function openSignOutChannel(received: () => void): () => void {
  // One object for both: a channel does not hear itself, but does hear another one of the same page.
  const channel = new BroadcastChannel(channelName)
  channel.onmessage = received
  return () => channel.postMessage('')
}

async function deleteShared(): Promise<void> {
  // There is none over plain http, and nothing in it then. It may be forbidden.
  if ('caches' in globalThis) await caches.delete(sharedCache).catch(() => {})
}

/** Data of a time before the owner was noted are taken for the user's own. */
function isOwner(owner: string | null, user: number): boolean {
  return owner === null || owner === String(user)
}

/** What this browser keeps of its user besides the outbox. How the device is set up (`settings.ts`) is not theirs alone, and stays. */
import type { BrowserStorage } from '../outbox/outbox-storage.ts'

const prefix = 'teahouse-'
const ownerKey = 'teahouse-user'
const settingsKey = 'teahouse-settings'
const channelName = 'teahouse-sign-out'

/** Deletes what users other than this one have left here: their session ended by itself, so nothing was deleted then. */
export function deleteDataOfOthers(user: number, storage: BrowserStorage): void {
  void storage.keepOnly(user)
  try {
    const owner = localStorage.getItem(ownerKey)
    const own = `teahouse-draft-${user}-`
    const isOwn = (key: string) => key.startsWith(own) || (!key.startsWith('teahouse-draft-') && isOwner(owner, user))
    deleteKeys(localStorage, (key) => !isOwn(key))
    localStorage.setItem(ownerKey, String(user))
  } catch {
    // Storage may be forbidden: then nothing is kept.
  }
}

/** Deletes all that is kept of the user, and keeps nothing more from now on. */
export async function deleteUserData(storage: BrowserStorage): Promise<void> {
  try {
    deleteKeys(localStorage, () => true)
    deleteKeys(sessionStorage, () => true)
  } catch {
    // As above.
  }
  await storage.shut()
}

/**
 * Between the tabs of this browser, also without a line to the server.
 * @param heard another tab signs out @returns tells the others that this one does
 */
export function openSignOutChannel(received: () => void): () => void {
  // One object for both: a channel does not hear itself, but does hear another one of the same page.
  const channel = new BroadcastChannel(channelName)
  channel.onmessage = received
  return () => channel.postMessage('')
}

/** Data of a time before the owner was noted are taken for the user's own. */
function isOwner(owner: string | null, user: number): boolean {
  return owner === null || owner === String(user)
}

function deleteKeys(from: Storage, isToGo: (key: string) => boolean): void {
  const keys = Object.keys(from).filter((key) => key.startsWith(prefix) && key !== settingsKey)
  for (const key of keys) if (isToGo(key)) from.removeItem(key)
}

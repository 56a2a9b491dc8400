import { noteReceiver } from './receiver.ts'
import { pushKey } from './storage-keys.ts'

/** The session has ended, and its subscription with it: the user's next session makes another. What is shown is theirs, and closed. */
export async function endNotifications(): Promise<void> {
  await noteReceiver(undefined)
  try {
    const [owner] = (localStorage.getItem(pushKey) ?? '').split(' ')
    if (owner) localStorage.setItem(pushKey, owner)
    const registration = await (navigator as Partial<Navigator>).serviceWorker?.getRegistration()
    for (const shown of (await registration?.getNotifications?.()) ?? []) shown.close()
  } catch {
    // Storage or service workers may be forbidden: then nothing is kept, or shown.
  }
}

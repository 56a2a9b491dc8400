import { receiverCache } from './storage-keys.ts'

/** As the service worker names it. */
const address = '/receiver'

/**
 * Notes for the service worker (`static/sw.js`) to whom pushes go here. A push may arrive after its user has signed out,
 * and while another one signs in. @param user undefined for nobody
 */
export async function noteReceiver(user: number | undefined): Promise<void> {
  try {
    if (user === undefined) await caches.delete(receiverCache)
    else await (await caches.open(receiverCache)).put(address, new Response(String(user)))
  } catch {
    // Missing, forbidden or full: then the worker shows nothing.
  }
}

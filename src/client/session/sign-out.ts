/** The end of the session, by the user or by the server, and what happens then to the data of the user in this browser. */
import type { App } from 'vue'
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import type { Chat } from '../app/chat.ts'
import { isText } from '../outbox/outbox-items.ts'
import type { BrowserStorage } from '../outbox/outbox-storage.ts'
import { deleteUserData } from './user-data.ts'

/** How many messages and edits of the user wait in this browser, in all of its tabs. They would be lost by signing out. */
export async function countUnsent({ user, items }: Chat, storage: BrowserStorage, tab: string): Promise<number> {
  const here = items.value.filter((item) => isText(item) && item.sending.state !== 'stored')
  const kept = (await storage.all()).filter((item) => isText(item) && item.user === user.id && item.tab !== tab)
  return here.length + kept.length
}

/** Ends the session. The data are deleted first. */
export async function signOut(app: App, chat: Chat, storage: BrowserStorage, tellOtherTabs: () => void): Promise<void> {
  // The page disappears at once, also when the server cannot be reached.
  app.unmount()
  await deleteUserData(storage, chat.drafts)
  const hasEnded = await endSession()
  // Not before: they go to the sign-in page, which leads back to the rooms as long as the session lives.
  tellOtherTabs()
  if (hasEnded) return location.assign('/signin')
  // The browser says that the server cannot be reached, and can send it again.
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: '/signout' })
  document.body.append(form)
  form.submit()
}

/** Another tab signs out. */
export async function signedOutElsewhere(app: App, chat: Chat, storage: BrowserStorage): Promise<void> {
  app.unmount()
  await deleteUserData(storage, chat.drafts)
  location.assign('/signin')
}

/**
 * The server has ended the connection for good. The data are deleted when somebody ended the session, and are kept for
 * the user when it expired. A banned user still sees the page.
 */
export async function connectionEnded(app: App, chat: Chat, storage: BrowserStorage): Promise<void> {
  const now = chat.connection.value
  if (now.state !== 'ended') return
  const isSignedOut = now.code === closeCodes.signedOut
  if (isSignedOut) app.unmount()
  if (isSignedOut || now.code === closeCodes.banned) await deleteUserData(storage, chat.drafts)
  if (isSignedOut || now.code === closeCodes.invalidUser)
    location.assign(`/signin?to=${encodeURIComponent(location.pathname)}`)
}

async function endSession(): Promise<boolean> {
  try {
    const { type, ok } = await fetch('/signout', { method: 'POST', redirect: 'manual' })
    return ok || type === 'opaqueredirect'
  } catch {
    return false
  }
}

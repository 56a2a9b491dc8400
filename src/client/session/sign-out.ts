/** Ends the session from the page: all that this browser keeps of the user is deleted first. */
import type { App } from 'vue'
import type { Chat } from '../app/chat.ts'
import type { BrowserStorage } from '../outbox/outbox-storage.ts'
import { deleteUserData } from './user-data.ts'

/** How many messages and edits of the user wait in this browser, in all of its tabs. They would be lost by signing out. */
export async function countUnsent({ user, items }: Chat, storage: BrowserStorage, tab: string): Promise<number> {
  const isText = ({ type = 'chat' }: { type?: string }) => type === 'chat' || type === 'edit'
  const here = items.value.filter((item) => isText(item) && item.sending.state !== 'stored')
  const kept = (await storage.all()).filter((item) => isText(item) && item.user === user.id && item.tab !== tab)
  return here.length + kept.length
}

export async function signOut(app: App, storage: BrowserStorage, tellOtherTabs: () => void): Promise<void> {
  // Nothing writes a draft after it was deleted, and nobody reads on when the server cannot be reached.
  app.unmount()
  await deleteUserData(storage)
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

async function endSession(): Promise<boolean> {
  try {
    const { type, ok } = await fetch('/signout', { method: 'POST', redirect: 'manual' })
    return ok || type === 'opaqueredirect'
  } catch {
    return false
  }
}

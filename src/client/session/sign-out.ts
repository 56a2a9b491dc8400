/** The end of the session, by the user or by the server, and what happens then to the data of the user in this browser. */
import type { App } from 'vue'
import { isText } from '../../../clients/js/src/outbox-items.ts'
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import type { Chat } from '../app/chat.ts'
import type { ForgetMe } from '../app/page.ts'
import type { BrowserStorage } from '../outbox/outbox-storage.ts'
import { deleteSnapshot } from './delete-snapshot.ts'
import { deleteDataOfOthers, deleteUserData } from './user-data.ts'

/** How many messages and edits of the user wait in this browser, in all of its tabs. They would be lost by signing out. */
export async function countUnsent({ user, items }: Chat, storage: BrowserStorage, tab: string): Promise<number> {
  const here = items.value.filter((item) => isText(item) && item.sending.state !== 'stored')
  const kept = (await storage.all()).filter((item) => isText(item) && item.user === user.id && item.tab !== tab)
  return here.length + kept.length
}

interface Needs {
  app: App
  chat: Chat
  storage: BrowserStorage
}

/** How the page ends, once: a second way to the sign-in page would cancel the first. */
export class SessionEnd {
  readonly #needs: Needs
  #isLeaving = false

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Ends the session. The data are deleted first. */
  async signOut(tellOtherTabs: () => void, forget?: ForgetMe): Promise<void> {
    // The page disappears at once, also when the server cannot be reached.
    if (!(await this.#leave())) return
    const hasEnded = await endSession(forget)
    // Not before: they go to the sign-in page, which leads back to the rooms as long as the session lives.
    tellOtherTabs()
    if (hasEnded) return location.assign('/signin')
    // The browser says that the server cannot be reached, and can send it again.
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action: '/signout' })
    if (forget)
      form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: forget, value: '1' }))
    document.body.append(form)
    form.submit()
  }

  /** Another tab signs out. */
  async signedOutElsewhere(): Promise<void> {
    if (await this.#leave()) location.assign('/signin')
  }

  /**
   * The server has ended the connection for good. The data are deleted when somebody ended the session. When it expired,
   * what the user wrote is kept for them. A banned user still sees the page.
   */
  async connectionEnded(): Promise<void> {
    const { chat } = this.#needs
    const now = chat.connection.value
    if (now.state !== 'ended' || this.#isLeaving) return
    if (now.code === closeCodes.banned) return await this.#deleteData()
    const signIn = `/signin?to=${encodeURIComponent(location.pathname)}`
    if (now.code === closeCodes.signedOut && (await this.#leave())) location.assign(signIn)
    if (now.code === closeCodes.invalidUser) {
      this.#isLeaving = true
      await deleteSnapshot()
      location.assign(signIn)
    }
  }

  /** The browser has the session of another user now, whose own data stay. */
  otherUserCame(user: number): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    const { app, chat, storage } = this.#needs
    chat.drafts.shut()
    app.unmount()
    void deleteDataOfOthers(user, storage)
    location.reload()
  }

  /** Takes the page away and deletes the data of the user. @returns false when the page has been left already */
  async #leave(): Promise<boolean> {
    if (this.#isLeaving) return false
    this.#isLeaving = true
    this.#needs.app.unmount()
    await this.#deleteData()
    return true
  }

  async #deleteData() {
    const { chat, storage } = this.#needs
    // Whatever cannot be deleted or ended, the session ends.
    await Promise.allSettled([deleteUserData(storage, chat.drafts), chat.endPush?.()])
  }
}

async function endSession(forget?: ForgetMe): Promise<boolean> {
  try {
    const { type, ok } = await fetch('/signout', {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(forget && { [forget]: '1' }),
    })
    return ok || type === 'opaqueredirect'
  } catch {
    return false
  }
}

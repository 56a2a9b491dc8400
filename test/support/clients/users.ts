import { randomBytes } from 'node:crypto'
import type { Store, Viewer } from '../../../src/server/store/store.ts'
import type { User } from '../../../src/shared/protocol/types.ts'

/** Creates a guest of that name, without a check for confusable names. */
export async function userNamed(store: Store, name: string): Promise<User> {
  return await store.accounts.openGuest(name, name)
}

/** Whether typing the name now verifies a session. */
export async function provesBy(store: Store, name: string): Promise<boolean> {
  const user = await userNamed(store, name)
  const { session } = await store.sessions.start({ tokenHash: randomBytes(32), user, at: Date.now() })
  await store.sessions.end(session)
  return session.isVerified
}

/** The user as a verified viewer who may view public rooms. */
export function viewer(user: User, more: Partial<Viewer> = {}): Viewer {
  return { user, isVerified: true, canViewPublic: true, ...more }
}

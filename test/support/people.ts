import type { Store, Viewer } from '../../src/server/store/store.ts'
import type { User } from '../../src/shared/protocol.ts'

/** A guest of that name, whatever it looks like. */
export async function userNamed(store: Store, name: string): Promise<User> {
  return (await store.guestNamed(name, name)).user
}

/** The user as one who is believed and may go where everybody may. */
export function viewer(user: User, more: Partial<Viewer> = {}): Viewer {
  return { user, isProven: true, seesPublic: true, ...more }
}

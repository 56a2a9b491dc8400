import { dayMs } from '../../shared/durations.ts'
import type { Store } from '../store/store.ts'
import { hashOf, newToken } from './tokens.ts'

/** A new link is printed at each start. */
const ownerLinkMs = 7 * dayMs

/** Makes the link whose first user becomes the owner; undefined once there is an owner. @param origin of the server, like `http://127.0.0.1:3000` */
export async function createOwnerLink({ accounts, invitations }: Store, origin: string): Promise<string | undefined> {
  if (await accounts.hasOwner()) return undefined
  const token = newToken(32)
  const at = Date.now()
  await invitations.create({ type: 'owner', tokenHash: hashOf(token), uses: 1, at, expiresAt: at + ownerLinkMs })
  return `${origin}/link/${token}`
}

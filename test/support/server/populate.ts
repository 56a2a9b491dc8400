/** A server with users of every rank, a public room and a private one, for tests of rights. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Store } from '../../../src/server/store/store.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { userNamed, viewer } from '../clients/users.ts'

export const tea = 'tea'
export const den = '~den'

export type Role = 'owen' | 'ada' | 'anna' | 'cai' | 'bo' | 'eve'
export type People = Record<Role, User>

/**
 * Owen owns the server and Ada is an admin; neither is in a room. Anna has made the public tea and the private den and moderates
 * both, Cai moderates them too, Bo is in them, and Eve is in neither. All of them have been in the lobby, so they know each other.
 */
export async function populate(store: Store): Promise<People> {
  const names = ['Owen', 'Ada', 'Anna', 'Cai', 'Bo', 'Eve']
  const everybody = await Promise.all(names.map((name) => userNamed(store, name)))
  const [owen, ada, anna, cai, bo, eve] = everybody as [User, User, User, User, User, User]
  const users = [cai.id, bo.id]
  const room = { viewer: viewer(anna), topic: '', users, at: 1 }
  await Promise.all([store.rooms.open('lobby', 1), makeOwner(store, owen)])
  // Requested at once, which is faster, and done in this order.
  await Promise.all([
    store.accounts.setPassword({ userId: ada.id, skeleton: ada.name, hash: 'hash' }),
    action({ type: 'role', room: undefined, user: ada.id, role: 'admin' }, owen),
    ...everybody.map(({ id }) => store.rooms.join(id, 'lobby')),
    store.rooms.create({ ...room, kind: 'public', address: tea, name: tea, key: tea }),
    store.rooms.create({ ...room, kind: 'private', address: den, name: 'The den', key: den }),
    // Anna is a guest, so the users that she adds must accept.
    ...[cai, bo].flatMap((by) => [tea, den].map((room) => action({ type: 'accept', room }, by))),
    ...[tea, den].map((room) => action({ type: 'role', room, user: cai.id, role: 'moderator' }, anna)),
  ])
  return { owen, ada, anna, cai, bo, eve }

  function action(content: RoleAction | { type: 'accept'; room: string }, by: User) {
    return store.moderation.moderate({ ...content, viewer: viewer(by), key: randomUUID(), at: 1 })
  }
}

interface RoleAction {
  type: 'role'
  room: string | undefined
  user: number
  role: 'moderator' | 'admin'
}

async function makeOwner(store: Store, { name }: User): Promise<void> {
  const tokenHash = randomBytes(32)
  await Promise.all([
    store.invitations.create({ type: 'owner', tokenHash, uses: 1, at: 1, expiresAt: 2 }),
    store.invitations.becomeOwner({ tokenHash, name, skeleton: name, hash: 'hash', at: 1 }),
  ])
}

import type { ServerRole } from '../../shared/protocol/types.ts'

/** Stands between a network and one of its guests. */
const inGroup = ', '

/** Names users whom limits count together. A user who only types the name of a guest uses up nothing of theirs. */
export function keyOf({ user, isVerified }: { user: { id: number }; isVerified: boolean }): string {
  return isVerified ? `user ${user.id}` : `user ${user.id} unverified`
}

/** Names who asks for a turn. Guests of a network are one group, since a name is free. */
export function callerOf(author: {
  session: { user: { id: number }; isVerified: boolean; role: ServerRole }
  network: string
}): string {
  const user = keyOf(author.session)
  return author.session.role === 'guest' ? `${author.network}${inGroup}${user}` : user
}

/** Those whose turns are shared: a network, or one user. */
export function groupOf(caller: string): string {
  return caller.split(inGroup, 1)[0] ?? ''
}

/** The users of reactions, who may be offline: the members of the room have their names. */
import type { RoomMember } from '../../shared/protocol/types.ts'

interface MembersPage {
  data: RoomMember[]
  more: boolean
}

/**
 * @param ask for the members with larger ids; undefined when there is no answer
 * @param maxPages how many answers at most
 */
export async function membersAmong(
  users: readonly number[],
  ask: (after: number) => Promise<MembersPage | undefined>,
  maxPages = Number.POSITIVE_INFINITY,
): Promise<Map<number, RoomMember>> {
  const found = new Map<number, RoomMember>()
  let after = 0
  let pages = 0
  // They come in the order of their ids: pages in which nobody is wanted are passed over.
  for (const id of users.toSorted((a, b) => a - b)) {
    if (id <= after) continue
    if (++pages > maxPages) break
    const page = await ask(id - 1)
    if (!page) break
    for (const one of page.data) found.set(one.user.id, one)
    after = page.more ? (page.data.at(-1)?.user.id ?? id) : Number.POSITIVE_INFINITY
  }
  return found
}

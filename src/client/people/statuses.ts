/** The statuses of users, as far as the page knows them. */
import { shallowReactive } from 'vue'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { Person, RoomMember, Status } from '../../shared/protocol/types.ts'

export class Statuses {
  readonly #byUser = shallowReactive(new Map<number, Status>())

  /** The status that has not ended. Nothing has to happen when one ends: the page asks again each minute. */
  of(userId: number, now: number): Status | undefined {
    const status = this.#byUser.get(userId)
    return status?.until !== undefined && status.until <= now ? undefined : status
  }

  /**
   * In a direct conversation somebody who has not accepted shows no status, nor does somebody who is banned. They may have one
   * that the page knows from another room.
   */
  learnMembers(members: readonly RoomMember[], isDirect: boolean): void {
    for (const { user, status, bannedUntil } of members) {
      if (status || !(isDirect || bannedUntil)) this.learn(user.id, status)
    }
  }

  /** What has changed since the last connection is not told. */
  welcomed(rooms: Parameters<Statuses['learnPeople']>[0]): void {
    this.#byUser.clear()
    this.learnPeople(rooms)
  }

  /** The people of direct conversations. */
  learnPeople(rooms: readonly { people?: readonly Person[] }[]): void {
    for (const { people = [] } of rooms) for (const { id, status } of people) if (status) this.learn(id, status)
  }

  learnAll(changes: Extract<ServerFrame, { type: 'status' }>['data']): void {
    for (const { user, status } of changes) this.learn(user, status)
  }

  learn(userId: number, status: Status | undefined): void {
    if (status) this.#byUser.set(userId, status)
    else this.#byUser.delete(userId)
  }
}

import type { ShownNotice } from '../store/store.ts'

/** Users whose browsers still show a notification of a room: when they read it on one device, it is taken away on the others. */
export class ShownNotices {
  readonly #users = new Map<string, Set<number>>()

  set(userId: number, room: string, isShown: boolean): void {
    const users = this.#users.get(room)
    if (isShown && users) users.add(userId)
    else if (isShown) this.#users.set(room, new Set([userId]))
    else if (users?.delete(userId) && !users.size) this.#users.delete(room)
  }

  has(userId: number, room: string): boolean {
    return this.#users.get(room)?.has(userId) === true
  }

  roomsOf(userId: number): string[] {
    return [...this.#users].flatMap(([room, users]) => (users.has(userId) ? [room] : []))
  }

  /** All of them, in parts of at most that many. */
  parts(max: number): ShownNotice[][] {
    const shown = [...this.#users].flatMap(([room, users]) => [...users].map((user) => ({ user, room })))
    return Array.from({ length: Math.ceil(shown.length / max) }, (_, i) => shown.slice(i * max, (i + 1) * max))
  }

  usersIn(room: string): number[] {
    return [...(this.#users.get(room) ?? [])]
  }
}

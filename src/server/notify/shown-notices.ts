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

  /** The users, in parts of at most that many. */
  parts(maxUsers: number): number[][] {
    const users = [...new Set([...this.#users.values()].flatMap((some) => [...some]))]
    return Array.from({ length: Math.ceil(users.length / maxUsers) }, (_, i) =>
      users.slice(i * maxUsers, (i + 1) * maxUsers),
    )
  }

  usersIn(room: string): number[] {
    return [...(this.#users.get(room) ?? [])]
  }
}

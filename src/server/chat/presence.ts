import type { PresenceFrame, StatusFrame } from '../../shared/protocol/frames.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { Status, User } from '../../shared/protocol/types.ts'

const onlineIntervalMs = 1_000
const statusIntervalMs = 1_000

interface Present {
  user: User
  /** The user's connections on this node that have the room open. */
  connections: Set<object>
  /** Whether they have, or had a moment ago, the room open on this node. */
  isHere: boolean
  /** Other nodes on which they have it open. */
  nodes?: Set<object>
  /** Set while the last of them is lost and may yet come back. */
  grace?: NodeJS.Timeout
}

/** Is told of the users who have rooms open on this node, and of rooms that are opened. */
export interface NodesPresence {
  changed(room: string, user: User, isHere: boolean): void
  opened(room: string): void
}

/** Is told when a user has the room open on this node, and when not any more. */
export type OnHere = (user: User, isHere: boolean) => void

/** The users online in one room. Never counted up and down: a user is online while the set of their connections is not empty. */
export class Presence {
  readonly #room: string
  readonly #graceMs: number
  readonly #say: (frame: PresenceFrame | StatusFrame) => void
  readonly #onHere: OnHere
  readonly #present = new Map<number, Present>()
  /** How many of them are marked so. */
  #here = 0
  #onlineTimer: NodeJS.Timeout | undefined
  /** Statuses that were changed lately, by the ids of their users. */
  readonly #statuses = new Map<number, Status | undefined>()
  #statusTimer: NodeJS.Timeout | undefined
  #isEnded = false
  #onlineSaidAt = Number.NEGATIVE_INFINITY

  constructor(
    room: string,
    graceMs: number,
    say: (frame: PresenceFrame | StatusFrame) => void,
    onHere: OnHere = () => {},
  ) {
    this.#room = room
    this.#onHere = onHere
    this.#graceMs = graceMs
    this.#say = say
  }

  get online(): number {
    return this.#present.size
  }

  /** Users who are online on this node. */
  get here(): User[] {
    return [...this.#present.values().filter(({ isHere }) => isHere)].map(({ user }) => user)
  }

  get hasHere(): boolean {
    return this.#here > 0
  }

  /** The users online, in the order in which they came, as many as a list may have. */
  list(): User[] {
    return [...this.#present.values().take(limits.maxListedUsers)].map(({ user }) => user)
  }

  /** @returns whether it is the user's first connection here, so that `join` was said */
  enter(user: User, connection: object): boolean {
    const known = this.#present.get(user.id)
    const present = known ?? this.#add(user)
    clearTimeout(present.grace)
    present.connections.add(connection)
    this.#mark(present, true)
    return known === undefined
  }

  /** The user has the room open on another node. */
  enterFrom(node: object, user: User): void {
    if (this.#isEnded) return
    const present = this.#present.get(user.id) ?? this.#add(user)
    present.nodes ??= new Set()
    present.nodes.add(node)
  }

  /** @param isLost whether that node is gone: its users may come back on this one */
  leaveFrom(node: object, user: User, isLost: boolean): void {
    const present = this.#present.get(user.id)
    if (!present?.nodes?.delete(node) || present.nodes.size || present.isHere || this.#isEnded) return
    if (isLost) this.#forgetLater(present)
    else this.#forget(user)
  }

  /** @param isLost whether the connection may come back: `left` then waits for the time of grace */
  leave(user: User, connection: object, isLost: boolean): void {
    const present = this.#present.get(user.id)
    if (!present?.connections.delete(connection) || present.connections.size) return
    if (this.#isEnded) return
    if (isLost) this.#forgetLater(present)
    else this.#forgetHere(present)
  }

  /** Changes are told together, once a second at most; in a large room not at all, as who comes and goes there. */
  changeStatus(user: number, status: Status | undefined): void {
    if (this.#isEnded || this.online > limits.maxListedUsers) return
    this.#statuses.set(user, status)
    this.#statusTimer ??= setTimeout(() => this.#sayStatuses(), statusIntervalMs)
  }

  /** Drops the status of a user who has lost the room: others there are told nothing more of them. */
  forgetStatus(user: number): void {
    this.#statuses.delete(user)
  }

  #sayStatuses(): void {
    this.#statusTimer = undefined
    const data = [...this.#statuses].map(([user, status]) => ({ user, ...(status && { status }) }))
    this.#statuses.clear()
    if (data.length) this.#say({ type: 'status', room: this.#room, data })
  }

  /** Says nothing more, to nobody: not of those either who leave from now on. */
  end(): void {
    this.#isEnded = true
    if (this.hasHere) for (const present of this.#present.values()) this.#mark(present, false)
    for (const { grace } of this.#present.values()) clearTimeout(grace)
    clearTimeout(this.#onlineTimer)
    clearTimeout(this.#statusTimer)
  }

  #add(user: User): Present {
    const present: Present = { user, connections: new Set<object>(), isHere: false }
    this.#present.set(user.id, present)
    this.#announce('join', user)
    return present
  }

  #forgetLater(present: Present): void {
    clearTimeout(present.grace)
    present.grace = setTimeout(() => this.#forgetHere(present), this.#graceMs)
  }

  /** Unless they are online on another node. */
  #forgetHere(present: Present): void {
    if (present.connections.size) return
    if (!present.nodes?.size) this.#forget(present.user)
    this.#mark(present, false)
  }

  #mark(present: Present, isHere: boolean): void {
    if (present.isHere === isHere) return
    present.isHere = isHere
    this.#here += isHere ? 1 : -1
    this.#onHere(present.user, isHere)
  }

  #forget(user: User): void {
    this.#present.delete(user.id)
    this.#announce('left', user)
  }

  #announce(type: 'join' | 'left', user: User): void {
    if (type === 'left' && this.online === limits.maxListedUsers) {
      // From here on everyone is told of everyone again, and so has to know who is there.
      this.#say({ type: 'list', room: this.#room, data: this.list(), online: this.online })
    } else if (this.online <= limits.maxListedUsers) {
      this.#say({ type, room: this.#room, user, online: this.online })
    } else {
      this.#announceOnline()
    }
  }

  /** In a large room people come and go all the time; the number, now and then, is enough. */
  #announceOnline(): void {
    this.#onlineTimer ??= setTimeout(() => this.#say(this.#sayOnline()), onlineIntervalMs)
  }

  /** How many are online, if that is due to be said: it then goes with something that is written to everyone anyway. */
  takeOnline(): PresenceFrame | undefined {
    const isDue = this.#onlineTimer !== undefined && performance.now() - this.#onlineSaidAt >= onlineIntervalMs
    return isDue ? this.#sayOnline() : undefined
  }

  #sayOnline(): PresenceFrame {
    clearTimeout(this.#onlineTimer)
    this.#onlineTimer = undefined
    this.#onlineSaidAt = performance.now()
    return { type: 'online', room: this.#room, online: this.online }
  }
}
